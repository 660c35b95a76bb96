-- One schema for SQLite and PostgreSQL: TEXT and BIGINT only. Times are seconds since 1970 (UTC).
-- Columns that end in `_sealed` hold ciphertext (src/seal.rs) and are useless without the key.

CREATE TABLE users (
    external_user_id TEXT PRIMARY KEY,
    applicant_id TEXT NOT NULL,
    reference_sealed TEXT,
    enrolled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    flow TEXT NOT NULL,
    external_user_id TEXT NOT NULL REFERENCES users (external_user_id),
    rp_id TEXT NOT NULL,
    challenge TEXT NOT NULL,
    transaction_hash TEXT,
    transaction_display TEXT,
    status TEXT NOT NULL,
    run_id TEXT NOT NULL UNIQUE,
    applicant_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    -- what a matched registration run gave; becomes the user's reference when the session is completed
    reference_sealed TEXT,
    credential_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_expiry ON sessions (status, expires_at);

CREATE TABLE credentials (
    credential_id TEXT PRIMARY KEY,
    external_user_id TEXT NOT NULL REFERENCES users (external_user_id),
    public_key TEXT,
    user_handle TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    idempotency_key TEXT PRIMARY KEY,
    request_hash TEXT NOT NULL,
    -- until when a request that calls the IDV API owns this key
    claimed_until BIGINT,
    answer_status BIGINT,
    answer_sealed TEXT,
    used_at BIGINT NOT NULL
);

CREATE INDEX idempotency_keys_by_use ON idempotency_keys (used_at);

CREATE TABLE webhook_events (
    resource_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (resource_type, object_id, action, status)
);

-- Who did what, and when. Never a secret, a biometric reference or a credential's key.
CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    external_user_id TEXT,
    session_id TEXT,
    detail TEXT
);

CREATE INDEX audit_events_by_session ON audit_events (session_id, at);
