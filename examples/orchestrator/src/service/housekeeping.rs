//! What time does: hand-offs and sessions end, old keys, events and elevations are forgotten, references move to
//! a new key.

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
        for (handoff, user) in write.expire_handoffs(now).await? {
            write
                .record(&AuditEvent {
                    external_user_id: Some(&user),
                    handoff_id: Some(&handoff),
                    ..AuditEvent::new(Actor::Orchestrator, Deed::HandoffExpired, now)
                })
                .await?;
        }
        for (session, user) in write.expire_sessions(now).await? {
            write
                .record(&AuditEvent {
                    external_user_id: Some(&user),
                    session_id: Some(&session),
                    ..AuditEvent::new(Actor::Orchestrator, Deed::SessionExpired, now)
                })
                .await?;
        }
        write.forget_elevations(now.saturating_sub(self.terms.elevation_seconds)).await?;
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
            let resealed = AuditEvent::new(Actor::Orchestrator, Deed::ReferencesResealed, self.now());
            write.record(&AuditEvent { detail: Some(&detail), ..resealed }).await?;
        }
        write.commit().await?;
        Ok(count)
    }
}
