//! Sessions. Every change of status is one conditional statement, so that exactly one of many wins.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Write};
use crate::handoff::Transaction;
use crate::session::{Ceremony, Continuation, Flow, Session, Status};

const COLUMNS: &str = "id, flow, external_user_id, rp_id, challenge, status, run_id, applicant_id, workflow_id, \
                       continuation_hash, exchanged_at, created_at, expires_at, checked_at, completed_at";

/// What is stored when a capture is started; it is pending.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// See [`Session`].
    pub id: &'a str,
    /// See [`Session`].
    pub flow: Flow,
    /// See [`Session`].
    pub external_user_id: &'a str,
    /// See [`Session`].
    pub ceremony: Option<&'a Ceremony>,
    /// Digest of what the client of a recovery has to show.
    pub continuation_hash: Option<&'a str>,
    /// If the capture is for one.
    pub transaction: Option<&'a Transaction>,
    /// See [`Session`].
    pub run_id: &'a str,
    /// See [`Session`].
    pub applicant_id: &'a str,
    /// See [`Session`].
    pub workflow_id: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
}

impl Store {
    /// The session of that id.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// The session behind an IDV run.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn session_of_run(&self, run_id: &str) -> Result<Option<Session>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE run_id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(run_id).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Takes the turn to ask the IDV API about a session that nobody asked about since `before`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn take_check(&self, id: &str, before: i64, now: i64) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("UPDATE sessions SET checked_at = $3 WHERE id = $1 AND checked_at <= $2")
            .bind(id)
            .bind(before)
            .bind(now)
            .execute(write.connection())
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Write {
    /// Stores a pending session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_session(&mut self, new: &NewSession<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sessions (id, flow, external_user_id, rp_id, challenge, transaction_hash,
                transaction_display, status, run_id, applicant_id, workflow_id, created_at, expires_at, checked_at,
                continuation_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $11, $13)",
        )
        .bind(new.id)
        .bind(new.flow.as_str())
        .bind(new.external_user_id)
        .bind(new.ceremony.map(|ceremony| ceremony.rp_id.as_str()))
        .bind(new.ceremony.map(|ceremony| ceremony.challenge.as_str()))
        .bind(new.transaction.map(|transaction| transaction.hash.as_str()))
        .bind(new.transaction.map(|transaction| transaction.display.as_str()))
        .bind(new.run_id)
        .bind(new.applicant_id)
        .bind(new.workflow_id)
        .bind(new.now)
        .bind(new.expires_at)
        .bind(new.continuation_hash)
        .execute(self.connection())
        .await?;
        Ok(())
    }

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

    /// The session as this transaction sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn session(&mut self, id: &str) -> Result<Option<Session>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(self.connection()).await?;
        row.as_ref().map(read).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Session, StoreError> {
    let flow: String = row.try_get("flow")?;
    let status: String = row.try_get("status")?;
    let (rp_id, challenge): (Option<String>, Option<String>) =
        (row.try_get("rp_id")?, row.try_get("challenge")?);
    let digest: Option<String> = row.try_get("continuation_hash")?;
    let is_exchanged = row.try_get::<Option<i64>, _>("exchanged_at")?.is_some();
    Ok(Session {
        id: row.try_get("id")?,
        flow: flow.parse()?,
        external_user_id: row.try_get("external_user_id")?,
        ceremony: rp_id.zip(challenge).map(|(rp_id, challenge)| Ceremony { rp_id, challenge }),
        continuation: digest.map(|digest| Continuation { digest, is_exchanged }),
        status: status.parse()?,
        run_id: row.try_get("run_id")?,
        applicant_id: row.try_get("applicant_id")?,
        workflow_id: row.try_get("workflow_id")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        checked_at: row.try_get("checked_at")?,
        completed_at: row.try_get("completed_at")?,
    })
}
