//! Which elevations were used. The table is the memory that stops a second use.

use super::{StoreError, Write};

impl Write {
    /// Remembers an elevation; false when it was used before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn consume_elevation(&mut self, id: &str, now: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO elevations (id, consumed_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets elevations used before `before`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_elevations(&mut self, before: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM elevations WHERE consumed_at < $1")
            .bind(before)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
