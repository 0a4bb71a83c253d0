ALTER TABLE turns
    -- The attempt that answers the turn. Each attempt has an id of its own, which what it writes must name: one that was
    -- paused past its lease finds another there.
    ADD COLUMN lease_owner uuid,
    -- Documents whose passages the turn holds, so that forgetting one finds them.
    ADD COLUMN documents text[] NOT NULL DEFAULT '{}',
    -- A document that the answer rests on was forgotten, and the answer with it.
    ADD COLUMN erased boolean NOT NULL DEFAULT false;

UPDATE turns
SET documents = ARRAY(
    SELECT DISTINCT passage ->> 'document_id'
    FROM jsonb_array_elements(passages) AS passage
    WHERE coalesce(passage ->> 'document_id', '') <> ''
)
WHERE passages <> '[]';

CREATE INDEX turns_of_document ON turns USING gin (documents);
CREATE INDEX turns_of_asker ON turns (asker, id);
CREATE INDEX turns_by_age ON turns (created_at);
-- Without their words: a person had them removed, and they count for the day's budget only.
CREATE INDEX turns_emptied ON turns (created_at) WHERE question = '';
CREATE INDEX feedback_of_asker ON feedback (asker);

-- Documents that were forgotten a while ago: an answer that was being written from one is not stored.
CREATE TABLE forgotten_documents (
    document_id text PRIMARY KEY,
    forgotten_at timestamptz NOT NULL DEFAULT now()
);
