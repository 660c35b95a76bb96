//! The audit trail, written in the transaction that makes the change.

use sqlx::Row as _;

use super::{Store, StoreError, Write};
use crate::ident;

/// Who caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A holder of the bearer token.
    Gateway,
    /// The IDV API's verdict.
    Idv,
    /// This program by itself: time passed, keys turned.
    Orchestrator,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// The client of a recovery showed its continuation.
    ContinuationExchanged,
    /// A credential was stored for a user.
    CredentialStored,
    /// An elevation was used.
    ElevationConsumed,
    /// See [`crate::handoff::Stage`].
    HandoffCancelled,
    /// See [`crate::handoff::Stage`].
    HandoffConsumed,
    /// See [`crate::handoff::Stage`].
    HandoffExpired,
    /// A hand-off was created.
    HandoffCreated,
    /// A user's biometric reference was stored or replaced.
    ReferenceStored,
    /// References were sealed again with the current key.
    ReferencesResealed,
    /// See [`crate::session::Status`].
    SessionCancelled,
    /// See [`crate::session::Status`].
    SessionCompleted,
    /// See [`crate::session::Status`].
    SessionExpired,
    /// See [`crate::session::Status`].
    SessionFailed,
    /// See [`crate::session::Status`].
    SessionMatched,
    /// See [`crate::session::Status`].
    SessionNotMatched,
    /// A capture was started.
    SessionOpened,
}

/// One line of the trail.
#[derive(Debug, Clone, Copy)]
pub struct AuditEvent<'a> {
    /// Seconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: Actor,
    /// What.
    pub deed: Deed,
    /// Whom it concerns.
    pub external_user_id: Option<&'a str>,
    /// In which session.
    pub session_id: Option<&'a str>,
    /// In which hand-off.
    pub handoff_id: Option<&'a str>,
    /// A fixed phrase or a public id; never a secret.
    pub detail: Option<&'a str>,
}

impl AuditEvent<'_> {
    /// An event that concerns nobody yet.
    pub const fn new(actor: Actor, deed: Deed, at: i64) -> Self {
        Self { at, actor, deed, external_user_id: None, session_id: None, handoff_id: None, detail: None }
    }
}

impl Write {
    /// Adds a line to the trail.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record(&mut self, event: &AuditEvent<'_>) -> Result<(), StoreError> {
        let id = ident::fresh("evt_").map_err(|error| sqlx::Error::Io(error.into()))?;
        sqlx::query(
            "INSERT INTO audit_events (id, at, actor, action, external_user_id, session_id, detail, handoff_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(event.at)
        .bind(event.actor.as_str())
        .bind(event.deed.as_str())
        .bind(event.external_user_id)
        .bind(event.session_id)
        .bind(event.detail)
        .bind(event.handoff_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

impl Store {
    /// The trail of one session, or of one hand-off and its session, as `(actor, action)`, oldest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn audit_trail(&self, id: &str) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT actor, action FROM audit_events
             WHERE session_id = $1 OR handoff_id = $1
                OR session_id = (SELECT session_id FROM handoffs WHERE id = $1)
             ORDER BY at, action",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

impl Actor {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Idv => "idv",
            Self::Orchestrator => "orchestrator",
        }
    }
}

impl Deed {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ContinuationExchanged => "continuation.exchanged",
            Self::CredentialStored => "credential.stored",
            Self::ElevationConsumed => "elevation.consumed",
            Self::HandoffCancelled => "handoff.cancelled",
            Self::HandoffConsumed => "handoff.consumed",
            Self::HandoffExpired => "handoff.expired",
            Self::HandoffCreated => "handoff.created",
            Self::ReferenceStored => "reference.stored",
            Self::ReferencesResealed => "references.resealed",
            Self::SessionCancelled => "session.cancelled",
            Self::SessionCompleted => "session.completed",
            Self::SessionExpired => "session.expired",
            Self::SessionFailed => "session.failed",
            Self::SessionMatched => "session.matched",
            Self::SessionNotMatched => "session.not_matched",
            Self::SessionOpened => "session.opened",
        }
    }
}
