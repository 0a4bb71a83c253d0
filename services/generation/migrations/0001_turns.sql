CREATE TABLE turns (
    id uuid PRIMARY KEY,
    space text NOT NULL,
    -- Empty outside any conversation.
    conversation text NOT NULL,
    asker text NOT NULL,
    question text NOT NULL,
    -- The question that was searched with.
    standalone text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN ('open', 'done')),
    -- Until when the process that answers it may be taken to live.
    lease_until timestamptz NOT NULL,
    cancel_requested boolean NOT NULL DEFAULT false,
    answer text NOT NULL DEFAULT '',
    verdict text CHECK (verdict IN ('supported', 'trimmed', 'abstained', 'cancelled')),
    passages jsonb NOT NULL DEFAULT '[]',
    citations jsonb NOT NULL DEFAULT '[]',
    model text NOT NULL DEFAULT '',
    prompt_tokens integer NOT NULL DEFAULT 0,
    completion_tokens integer NOT NULL DEFAULT 0,
    timings jsonb NOT NULL DEFAULT '{}',
    -- Left out of its conversation after a reset.
    forgotten boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'done') = (verdict IS NOT NULL))
);

CREATE INDEX turns_of_conversation ON turns (space, conversation, created_at) WHERE NOT forgotten;
CREATE INDEX turns_of_space ON turns (space, created_at DESC);

CREATE TABLE feedback (
    turn_id uuid NOT NULL REFERENCES turns ON DELETE CASCADE,
    asker text NOT NULL,
    rating text NOT NULL CHECK (rating IN ('up', 'down')),
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (turn_id, asker)
);

CREATE TABLE personas (
    space text PRIMARY KEY,
    text text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
