ALTER TABLE documents
    -- The day that the document says it is of, and the tag of the language that it says it is in.
    ADD COLUMN dated date,
    ADD COLUMN language text;
