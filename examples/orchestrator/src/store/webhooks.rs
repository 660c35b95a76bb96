//! Which webhook events were seen. They carry no id and no time, so what they say is their identity.

use super::{Store, StoreError, Write};
use crate::idv::Event;

impl Store {
    /// Whether the same event was dealt with before.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn has_seen(&self, event: &Event) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM webhook_events
             WHERE resource_type = $1 AND object_id = $2 AND action = $3 AND status = $4",
        )
        .bind(&event.resource_type)
        .bind(&event.object_id)
        .bind(&event.action)
        .bind(&event.status)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }
}

impl Write {
    /// Remembers an event; false when another delivery of it came first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn see(&mut self, event: &Event, now: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO webhook_events (resource_type, object_id, action, status, seen_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(&event.resource_type)
        .bind(&event.object_id)
        .bind(&event.action)
        .bind(&event.status)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets events seen before `before`; a later replay finds its session settled and changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_events(&mut self, before: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM webhook_events WHERE seen_at < $1")
            .bind(before)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
