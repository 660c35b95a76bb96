//! Hand-offs. Every change of stage is one conditional statement, so that exactly one of many wins.
//!
//! Whoever changes hand-offs and sessions in one transaction changes the hand-offs first; in the other order
//! two of them could wait for each other.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Write};
use crate::handoff::{Handoff, Stage, Transaction};

const COLUMNS: &str = "id, external_user_id, transaction_hash, transaction_display, stage, session_id, \
                       expires_at, consumed_at";

/// What is stored of a new hand-off; it waits.
#[derive(Debug)]
pub struct NewHandoff<'a> {
    /// See [`Handoff`].
    pub id: &'a str,
    /// See [`Handoff`].
    pub external_user_id: &'a str,
    /// [`crate::opaque::Opaque::digest`] of its token.
    pub token_hash: &'a str,
    /// See [`Handoff`].
    pub transaction: Option<&'a Transaction>,
    /// Seconds since 1970.
    pub now: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
}

impl Store {
    /// The hand-off of that id.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn handoff(&self, id: &str) -> Result<Option<Handoff>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM handoffs WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Takes the one turn to open a session for a consumed hand-off, until `until`; false when it is taken,
    /// or the hand-off is not consumed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_opening(
        &self,
        id: &str,
        session_id: &str,
        now: i64,
        until: i64,
    ) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query(
            "UPDATE handoffs SET session_id = $2, opening_until = $4
             WHERE id = $1 AND stage = 'consumed' AND expires_at > $3
               AND (opening_until IS NULL OR opening_until <= $3)",
        )
        .bind(id)
        .bind(session_id)
        .bind(now)
        .bind(until)
        .execute(write.connection())
        .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives the turn back, so that another request may open a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn give_opening_back(&self, id: &str, session_id: &str) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "UPDATE handoffs SET session_id = NULL, opening_until = NULL
             WHERE id = $1 AND session_id = $2 AND stage <> 'opened'",
        )
        .bind(id)
        .bind(session_id)
        .execute(write.connection())
        .await?;
        write.commit().await
    }
}

impl Write {
    /// Ends every hand-off of a user that could still become a session. Answers each with what it is now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn replace_handoffs(
        &mut self,
        user: &str,
        now: i64,
    ) -> Result<Vec<(String, Stage)>, StoreError> {
        let rows = sqlx::query(
            "UPDATE handoffs SET stage = CASE WHEN expires_at > $2 THEN 'cancelled' ELSE 'expired' END
             WHERE external_user_id = $1 AND stage IN ('waiting', 'consumed') RETURNING id, stage",
        )
        .bind(user)
        .bind(now)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<String, _>(1)?.parse()?))).collect()
    }

    /// Stores a hand-off that waits.
    ///
    /// # Errors
    /// When the database refuses, also because the user has another that could become a session.
    pub async fn add_handoff(&mut self, new: &NewHandoff<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO handoffs (id, external_user_id, token_hash, transaction_hash, transaction_display,
                stage, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)",
        )
        .bind(new.id)
        .bind(new.external_user_id)
        .bind(new.token_hash)
        .bind(new.transaction.map(|transaction| transaction.hash.as_str()))
        .bind(new.transaction.map(|transaction| transaction.display.as_str()))
        .bind(new.now)
        .bind(new.expires_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Uses a token up; false when it does not wait, or not any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn consume_handoff(&mut self, token_hash: &str, now: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE handoffs SET stage = 'consumed', consumed_at = $2
             WHERE token_hash = $1 AND stage = 'waiting' AND expires_at > $2",
        )
        .bind(token_hash)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives a consumed hand-off the session that it was to get; false when it ended meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_handoff(&mut self, id: &str, session_id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE handoffs SET stage = 'opened', opening_until = NULL
             WHERE id = $1 AND session_id = $2 AND stage = 'consumed'",
        )
        .bind(id)
        .bind(session_id)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives up a hand-off that could still become a session; false when it cannot.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cancel_handoff(&mut self, id: &str, now: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE handoffs SET stage = 'cancelled'
             WHERE id = $1 AND stage IN ('waiting', 'consumed') AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Marks what time has ended. Answers `(hand-off, user)` of each.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn expire_handoffs(&mut self, now: i64) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "UPDATE handoffs SET stage = 'expired' WHERE stage IN ('waiting', 'consumed') AND expires_at <= $1
             RETURNING id, external_user_id",
        )
        .bind(now)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The hand-off as this transaction sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn handoff(&mut self, id: &str) -> Result<Option<Handoff>, StoreError> {
        self.handoff_where("id", id).await
    }

    /// The hand-off of a token, as this transaction sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn handoff_of_token(&mut self, token_hash: &str) -> Result<Option<Handoff>, StoreError> {
        self.handoff_where("token_hash", token_hash).await
    }

    async fn handoff_where(&mut self, column: &str, value: &str) -> Result<Option<Handoff>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM handoffs WHERE {column} = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(value);
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Handoff, StoreError> {
    let stage: String = row.try_get("stage")?;
    let (hash, display): (Option<String>, Option<String>) =
        (row.try_get("transaction_hash")?, row.try_get("transaction_display")?);
    Ok(Handoff {
        id: row.try_get("id")?,
        external_user_id: row.try_get("external_user_id")?,
        transaction: hash.zip(display).map(|(hash, display)| Transaction { hash, display }),
        stage: stage.parse()?,
        session_id: row.try_get("session_id")?,
        expires_at: row.try_get("expires_at")?,
        is_consumed: row.try_get::<Option<i64>, _>("consumed_at")?.is_some(),
    })
}
