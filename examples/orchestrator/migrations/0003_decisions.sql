-- The gateways' audit streams: one row for each decision. Nothing personal: sessions are pseudonyms.
CREATE TABLE decisions (
    -- the worker that decided, and its number there: an event that is told twice is kept once
    source TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    -- how many events of this source before this one were lost, by its own account
    gap BIGINT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    relying_party TEXT,
    flow TEXT,
    rule TEXT,
    decision TEXT NOT NULL,
    code TEXT NOT NULL,
    session TEXT,
    trace_id TEXT,
    instance TEXT,
    PRIMARY KEY (source, sequence)
);

CREATE INDEX decisions_by_time ON decisions (at);
