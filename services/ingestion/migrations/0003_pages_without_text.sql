-- Pages that gave no text, such as scans: whoever taught the document is told which.
ALTER TABLE documents ADD COLUMN pages_without_text integer[] NOT NULL DEFAULT '{}';
ALTER TABLE jobs ADD COLUMN pages_without_text integer[] NOT NULL DEFAULT '{}';
