//! What time does: sessions end, old keys and events are forgotten, references move to a new key.

use super::{Fault, Service};
use crate::seal::Purpose;
use crate::store::{Actor, AuditEvent, Deed};

/// A retry comes within minutes; a day is ample.
const KEYS_KEPT: i64 = 24 * 60 * 60;
/// Longer than a sender keeps trying.
const EVENTS_KEPT: i64 = 7 * 24 * 60 * 60;

impl Service {
    /// One round; the binary runs it every minute.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tidy(&self) -> Result<(), Fault> {
        let now = self.now();
        let mut write = self.store.write().await?;
        for (session, user) in write.expire_sessions(now).await? {
            write
                .record(&AuditEvent {
                    at: now,
                    actor: Actor::Orchestrator,
                    deed: Deed::SessionExpired,
                    external_user_id: Some(&user),
                    session_id: Some(&session),
                    detail: None,
                })
                .await?;
        }
        write.forget_keys(now.saturating_sub(KEYS_KEPT)).await?;
        write.forget_events(now.saturating_sub(EVENTS_KEPT)).await?;
        write.commit().await?;
        Ok(())
    }

    /// Seals again, with the current key, every reference that an earlier key sealed; answers how many.
    ///
    /// # Errors
    /// When a reference opens with no configured key, or the database refuses.
    pub async fn reseal(&self) -> Result<usize, Fault> {
        if !self.sealer.is_rotating() {
            return Ok(0);
        }
        let mut count = 0_usize;
        let mut write = self.store.write().await?;
        for (user, old) in write.sealed_references().await? {
            if self.sealer.is_stale(&old) {
                let plain = self.sealer.open(Purpose::Reference, &user, &old)?;
                let new = self.sealer.seal(Purpose::Reference, &user, plain.expose())?;
                write.replace_reference(&old, &new).await?;
                count += 1;
            }
        }
        if count > 0 {
            let detail = count.to_string();
            write
                .record(&AuditEvent {
                    at: self.now(),
                    actor: Actor::Orchestrator,
                    deed: Deed::ReferencesResealed,
                    external_user_id: None,
                    session_id: None,
                    detail: Some(&detail),
                })
                .await?;
        }
        write.commit().await?;
        Ok(count)
    }
}
