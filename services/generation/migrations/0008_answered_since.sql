ALTER TABLE turns
    -- It got no answer, and was answered when it was asked again: it is not listed as unanswered any more.
    ADD COLUMN answered_since boolean NOT NULL DEFAULT false;
