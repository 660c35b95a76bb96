//! `POST /v1/handoffs`: a token for another device.

use serde_json::json;

use crate::clock::rfc3339;
use crate::handoff::{Stage, Transaction};
use crate::ident::{self, ExternalUserId};
use crate::opaque::Opaque;
use crate::refusal::Refusal;
use crate::service::{Answer, Fault, Service};
use crate::store::{Actor, AuditEvent, Deed, Exchange, NewHandoff, Write};

/// Why an older hand-off and its session ended.
const REPLACED: Option<&str> = Some("replaced by another hand-off");

impl Service {
    /// Creates a hand-off, and ends the user's others: of two at once, the later one stays.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], those of the `Idempotency-Key`.
    pub async fn create_handoff(
        &self,
        exchange: &Exchange,
        user: &ExternalUserId,
        transaction: Option<&Transaction>,
    ) -> Result<Answer, Fault> {
        let mut write = self.store.write().await?;
        let result = self.create_in(&mut write, exchange, user.as_str(), transaction).await;
        self.finish(write, exchange, result).await
    }

    async fn create_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        user: &str,
        transaction: Option<&Transaction>,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        if !write.take_turn_of_enrolled(user).await? {
            return Err(Refusal::NotEnrolled.into());
        }
        replace_others(write, user, now).await?;
        let (id, token) = (ident::fresh("hof_")?, Opaque::fresh("hft_")?);
        let expires_at = now.saturating_add(self.terms.handoff_seconds);
        let token_hash = &token.digest();
        write
            .add_handoff(&NewHandoff {
                id: &id,
                external_user_id: user,
                token_hash,
                transaction,
                now,
                expires_at,
            })
            .await?;
        write
            .record(&AuditEvent {
                external_user_id: Some(user),
                handoff_id: Some(&id),
                ..AuditEvent::new(Actor::Gateway, Deed::HandoffCreated, now)
            })
            .await?;
        let answer = Answer {
            status: 201,
            body: json!({"id": id, "handoff_token": token.expose(), "expires_at": rfc3339(expires_at)}),
        };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}

async fn replace_others(write: &mut Write, user: &str, now: i64) -> Result<(), Fault> {
    for (handoff, stage) in write.replace_handoffs(user, now).await? {
        let (actor, deed, detail) = match stage {
            Stage::Expired => (Actor::Orchestrator, Deed::HandoffExpired, None),
            _ => (Actor::Gateway, Deed::HandoffCancelled, REPLACED),
        };
        let ended = AuditEvent::new(actor, deed, now);
        let (external_user_id, handoff_id) = (Some(user), Some(handoff.as_str()));
        write.record(&AuditEvent { external_user_id, handoff_id, detail, ..ended }).await?;
    }
    for session in write.cancel_cross_platform(user, now).await? {
        let cancelled = AuditEvent::new(Actor::Gateway, Deed::SessionCancelled, now);
        let (external_user_id, session_id) = (Some(user), Some(session.as_str()));
        write.record(&AuditEvent { external_user_id, session_id, detail: REPLACED, ..cancelled }).await?;
    }
    Ok(())
}
