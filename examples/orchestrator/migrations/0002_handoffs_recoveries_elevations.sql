-- Hand-offs between devices, recoveries, and elevations that were used.

-- A recovery names neither a relying party nor a challenge. SQLite cannot take a NOT NULL back, so the
-- table is made anew.
CREATE TABLE sessions_anew (
    id TEXT PRIMARY KEY,
    flow TEXT NOT NULL,
    external_user_id TEXT NOT NULL REFERENCES users (external_user_id),
    rp_id TEXT,
    challenge TEXT,
    transaction_hash TEXT,
    transaction_display TEXT,
    status TEXT NOT NULL,
    run_id TEXT NOT NULL UNIQUE,
    applicant_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    -- what a matched registration run gave; becomes the user's reference when the session is completed
    reference_sealed TEXT,
    credential_id TEXT,
    -- of a recovery: what its client has to show, and when it was shown
    continuation_hash TEXT,
    exchanged_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    completed_at BIGINT,
    CHECK ((flow = 'recovery') = (rp_id IS NULL)),
    CHECK ((flow = 'recovery') = (challenge IS NULL)),
    CHECK ((flow = 'recovery') = (continuation_hash IS NOT NULL))
);

INSERT INTO sessions_anew (id, flow, external_user_id, rp_id, challenge, transaction_hash, transaction_display,
    status, run_id, applicant_id, workflow_id, reference_sealed, credential_id, created_at, expires_at, checked_at)
SELECT id, flow, external_user_id, rp_id, challenge, transaction_hash, transaction_display,
    status, run_id, applicant_id, workflow_id, reference_sealed, credential_id, created_at, expires_at, checked_at
FROM sessions;

DROP TABLE sessions;
ALTER TABLE sessions_anew RENAME TO sessions;
CREATE INDEX sessions_by_expiry ON sessions (status, expires_at);
CREATE INDEX sessions_by_user ON sessions (external_user_id, flow, status);

CREATE TABLE handoffs (
    id TEXT PRIMARY KEY,
    external_user_id TEXT NOT NULL REFERENCES users (external_user_id),
    token_hash TEXT NOT NULL UNIQUE,
    transaction_hash TEXT,
    transaction_display TEXT,
    -- waiting, consumed, opened (its session says the rest), cancelled, expired
    stage TEXT NOT NULL,
    -- the session to be opened, and until when one request may open it while it is only consumed
    session_id TEXT UNIQUE,
    opening_until BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT
);

-- At most one hand-off of a user can still become a session.
CREATE UNIQUE INDEX handoffs_outstanding ON handoffs (external_user_id) WHERE stage IN ('waiting', 'consumed');
CREATE INDEX handoffs_by_expiry ON handoffs (stage, expires_at);

CREATE TABLE elevations (
    id TEXT PRIMARY KEY,
    consumed_at BIGINT NOT NULL
);

CREATE INDEX elevations_by_time ON elevations (consumed_at);

ALTER TABLE audit_events ADD COLUMN handoff_id TEXT;
CREATE INDEX audit_events_by_handoff ON audit_events (handoff_id, at);
