//! Users: their applicant at the IDV API and their sealed biometric reference.

use sqlx::Row as _;

use super::{Store, StoreError, Write};

/// What is known of a user.
#[derive(Debug, Clone)]
pub struct User {
    /// The IDV applicant.
    pub applicant_id: String,
    /// Sealed for the user; absent until a registration was completed.
    pub reference_sealed: Option<String>,
}

impl Store {
    /// The user of that id.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn user(&self, external_user_id: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("SELECT applicant_id, reference_sealed FROM users WHERE external_user_id = $1")
            .bind(external_user_id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(User { applicant_id: row.try_get(0)?, reference_sealed: row.try_get(1)? }))
            .transpose()
    }
}

impl Write {
    /// Stores a user; where two requests create the same one, the first wins and is what both get.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_user(
        &mut self,
        external_user_id: &str,
        applicant_id: &str,
        now: i64,
    ) -> Result<User, StoreError> {
        sqlx::query(
            "INSERT INTO users (external_user_id, applicant_id, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (external_user_id) DO NOTHING",
        )
        .bind(external_user_id)
        .bind(applicant_id)
        .bind(now)
        .execute(self.connection())
        .await?;
        let row = sqlx::query("SELECT applicant_id, reference_sealed FROM users WHERE external_user_id = $1")
            .bind(external_user_id)
            .fetch_one(self.connection())
            .await?;
        Ok(User { applicant_id: row.try_get(0)?, reference_sealed: row.try_get(1)? })
    }

    /// Makes others who ask for the same user's turn wait until this transaction ends; false for a user without
    /// a reference.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_turn_of_enrolled(&mut self, external_user_id: &str) -> Result<bool, StoreError> {
        // a change that changes nothing locks the row, in either database
        let done = sqlx::query(
            "UPDATE users SET enrolled_at = enrolled_at
             WHERE external_user_id = $1 AND reference_sealed IS NOT NULL",
        )
        .bind(external_user_id)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Makes a sealed reference the user's own.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enrol(&mut self, external_user_id: &str, sealed: &str, now: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE users SET reference_sealed = $2, enrolled_at = $3 WHERE external_user_id = $1")
            .bind(external_user_id)
            .bind(sealed)
            .bind(now)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Replaces one sealed reference wherever it stands, unless somebody replaced it before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn replace_reference(&mut self, old: &str, new: &str) -> Result<(), StoreError> {
        for statement in [
            "UPDATE users SET reference_sealed = $2 WHERE reference_sealed = $1",
            "UPDATE sessions SET reference_sealed = $2 WHERE reference_sealed = $1",
        ] {
            sqlx::query(statement).bind(old).bind(new).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Every sealed reference with its user, for sealing again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sealed_references(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT external_user_id, reference_sealed FROM users WHERE reference_sealed IS NOT NULL
             UNION ALL
             SELECT external_user_id, reference_sealed FROM sessions WHERE reference_sealed IS NOT NULL",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}
