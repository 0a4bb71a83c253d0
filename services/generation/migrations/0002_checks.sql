ALTER TABLE turns
    -- Every statement of the answer, with the reason why it was left out, if it was.
    ADD COLUMN checks jsonb NOT NULL DEFAULT '[]',
    -- Name and version of the prompt; empty where no model wrote.
    ADD COLUMN prompt text NOT NULL DEFAULT '',
    DROP CONSTRAINT turns_verdict_check,
    ADD CONSTRAINT turns_verdict_check
        CHECK (verdict IN ('supported', 'trimmed', 'abstained', 'cancelled', 'conversed'));
