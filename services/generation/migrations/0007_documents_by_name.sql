-- Passages of turns that are older than the ids of documents in them: forgetting a document finds those by its name.
UPDATE turns
SET documents = documents || ARRAY(
    SELECT DISTINCT 'name:' || (passage ->> 'document')
    FROM jsonb_array_elements(passages) AS passage
    WHERE coalesce(passage ->> 'document_id', '') = '' AND coalesce(passage ->> 'document', '') <> ''
)
WHERE EXISTS (
    SELECT 1 FROM jsonb_array_elements(passages) AS passage WHERE coalesce(passage ->> 'document_id', '') = ''
);
