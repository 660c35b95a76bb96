//! What happens to a session. Every change of status is one conditional statement, so that exactly one of many
//! wins.

use sqlx::Row as _;

use crate::session::Status;
use crate::store::{StoreError, Write};

impl Write {
    /// Gives a pending session its verdict; false when it was not pending any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle(
        &mut self,
        id: &str,
        verdict: Status,
        reference_sealed: Option<&str>,
        now: i64,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE sessions SET status = $2, reference_sealed = $3
             WHERE id = $1 AND status = 'pending' AND expires_at > $4",
        )
        .bind(id)
        .bind(verdict.as_str())
        .bind(reference_sealed)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that the client of a matched recovery showed its continuation; false when it is not matched, not
    /// any more, or it was shown before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exchange_continuation(
        &mut self,
        id: &str,
        digest: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE sessions SET exchanged_at = $3
             WHERE id = $1 AND continuation_hash = $2 AND exchanged_at IS NULL
               AND status = 'matched' AND expires_at > $3",
        )
        .bind(id)
        .bind(digest)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Uses up a matched session; false when it was not matched, or not any more, or is a recovery that was not
    /// exchanged.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn complete_session(
        &mut self,
        id: &str,
        credential_id: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE sessions SET status = 'completed', credential_id = $2, completed_at = $3
             WHERE id = $1 AND status = 'matched' AND expires_at > $3
               AND (flow <> 'recovery' OR exchanged_at IS NOT NULL)",
        )
        .bind(id)
        .bind(credential_id)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes the sealed reference that a matched registration left in the session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_reference(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT reference_sealed FROM sessions WHERE id = $1")
            .bind(id)
            .fetch_one(self.connection())
            .await?;
        sqlx::query("UPDATE sessions SET reference_sealed = NULL WHERE id = $1")
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Gives up a session that is still open; false when it had ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cancel_session(&mut self, id: &str, now: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE sessions SET status = 'cancelled', reference_sealed = NULL
             WHERE id = $1 AND status IN ('pending', 'matched') AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives up whatever sessions a user's hand-offs still have open. Answers the id of each.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cancel_cross_platform(&mut self, user: &str, now: i64) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(
            "UPDATE sessions SET status = 'cancelled'
             WHERE external_user_id = $1 AND flow = 'cross_platform'
               AND status IN ('pending', 'matched') AND expires_at > $2 RETURNING id",
        )
        .bind(user)
        .bind(now)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Marks what time has ended, and forgets the references in it. Answers `(session, user)` of each.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn expire_sessions(&mut self, now: i64) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "UPDATE sessions SET status = 'expired', reference_sealed = NULL
             WHERE status IN ('pending', 'matched') AND expires_at <= $1 RETURNING id, external_user_id",
        )
        .bind(now)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}
