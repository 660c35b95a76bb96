//! Sessions, as they are stored and read.

mod changes;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Write};
use crate::handoff::Transaction;
use crate::session::{Ceremony, Continuation, Flow, Session};

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
