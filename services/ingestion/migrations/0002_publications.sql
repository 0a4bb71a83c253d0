-- What is published with a document's passages goes with its version, so that a change of it is a new version. All may be
-- missing: in versions from before, and in those that a process from before makes while it is being replaced.
ALTER TABLE versions
    -- The document's, where it is NULL.
    ADD COLUMN collection text,
    ADD COLUMN access text[],
    -- The reader, the chunker and the embedding model that made its passages; NULL until they are shown.
    ADD COLUMN made_with text,
    -- Who taught it, as people know them; empty where nobody said.
    ADD COLUMN taught_by text NOT NULL DEFAULT '',
    -- The version with other bytes whose place it takes.
    ADD COLUMN replaces integer;

-- The file that a document was taught from, on the machine that it was taught from; NULL where that is not known.
ALTER TABLE documents ADD COLUMN origin text;
CREATE UNIQUE INDEX documents_by_origin ON documents (space, origin);
