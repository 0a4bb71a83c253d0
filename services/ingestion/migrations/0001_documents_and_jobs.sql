CREATE TABLE documents (
    id uuid PRIMARY KEY,
    space text NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    collection text NOT NULL,
    access text[] NOT NULL,
    -- The version that searches see; 0 before the first.
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    media_type text NOT NULL DEFAULT '',
    size bigint NOT NULL DEFAULT 0,
    pages integer NOT NULL DEFAULT 0,
    passages integer NOT NULL DEFAULT 0,
    -- Set first when a document is forgotten, so that a restart finishes what was begun.
    deleting boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (space, name)
);

CREATE TABLE versions (
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    version integer NOT NULL CHECK (version >= 1),
    -- SHA-256 of the bytes and key of the blob; NULL until an address has been fetched.
    sha256 bytea CHECK (octet_length(sha256) = 32),
    size bigint NOT NULL DEFAULT 0,
    -- Where the bytes come from; NULL for an upload.
    url text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document_id, version)
);

CREATE INDEX versions_by_hash ON versions (sha256);

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    space text NOT NULL,
    document_id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    stage text NOT NULL CHECK (stage IN ('fetch', 'parse', 'chunk', 'embed', 'index')),
    attempt integer NOT NULL DEFAULT 0,
    -- Who works on it, and until when nobody else may.
    lease_owner uuid,
    lease_until timestamptz,
    -- Its version is being made visible: too late to cancel it.
    publishing boolean NOT NULL DEFAULT false,
    -- Not worked on before this time: the backoff of a retry.
    not_before timestamptz NOT NULL DEFAULT now(),
    done integer NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    pages integer NOT NULL DEFAULT 0,
    passages integer NOT NULL DEFAULT 0,
    unchanged boolean NOT NULL DEFAULT false,
    error_stage text,
    error_page integer,
    error_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (document_id, version) REFERENCES versions ON DELETE CASCADE,
    CHECK ((state = 'running') = (lease_owner IS NOT NULL))
);

CREATE INDEX jobs_newest ON jobs (space, created_at DESC, id);
CREATE INDEX jobs_of_document ON jobs (document_id, version);
CREATE INDEX jobs_open ON jobs (not_before) WHERE state IN ('queued', 'running');

-- Messages that were decided on with a row and are published after it is committed.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    -- Id for JetStream's de-duplication.
    message_id text NOT NULL,
    payload bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
