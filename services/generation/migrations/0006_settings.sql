CREATE TABLE settings (
    space text PRIMARY KEY,
    -- What admins decided, as the chat frontends read and write it. What one of them does not know stays in it.
    value jsonb NOT NULL CHECK (jsonb_typeof(value) = 'object'),
    -- Grows with each change, so that nobody writes over what he has not read.
    version bigint NOT NULL CHECK (version > 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);
