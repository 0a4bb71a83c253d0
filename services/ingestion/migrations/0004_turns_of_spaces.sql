-- One of many that were handed over together. What somebody waits for goes before it.
ALTER TABLE jobs ADD COLUMN bulk boolean NOT NULL DEFAULT false;

-- When a job of a space was last begun: spaces take turns.
CREATE TABLE served (
    space text PRIMARY KEY,
    at timestamptz NOT NULL
);

-- The next job of each space that has one waiting, however many wait in it.
CREATE INDEX jobs_waiting ON jobs (space, bulk, created_at, id) WHERE state = 'queued';
-- What is held, which is little.
CREATE INDEX jobs_held ON jobs (document_id) WHERE lease_until IS NOT NULL;
