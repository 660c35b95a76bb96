//! Hand-offs, from one device to another: created, consumed, opened, followed or cancelled.

mod authenticate;
mod cancel;
mod consume;
mod create;
mod status;

pub use self::status::HandoffReport;
use crate::handoff::{Handoff, Stage};
use crate::refusal::Refusal;
use crate::store::{Actor, AuditEvent, Deed};

impl Handoff {
    /// A line of the audit trail about this hand-off.
    fn event(&self, actor: Actor, deed: Deed, at: i64) -> AuditEvent<'_> {
        AuditEvent {
            external_user_id: Some(&self.external_user_id),
            handoff_id: Some(&self.id),
            ..AuditEvent::new(actor, deed, at)
        }
    }

    /// Why its token is not taken. A token that was used stays used, whatever came of it.
    const fn why_not_consumed(&self, now: i64) -> Refusal {
        match self.stage_at(now) {
            _ if self.is_consumed => Refusal::AlreadyConsumed,
            Stage::Cancelled => Refusal::Cancelled,
            // a waiting one that was refused ran out this very moment
            Stage::Consumed | Stage::Expired | Stage::Opened | Stage::Waiting => Refusal::Expired,
        }
    }

    /// Why it gets no session.
    const fn why_not_opened(&self, now: i64) -> Refusal {
        match self.stage_at(now) {
            Stage::Cancelled => Refusal::Cancelled,
            Stage::Consumed | Stage::Opened => Refusal::AlreadyOpened,
            Stage::Expired => Refusal::Expired,
            Stage::Waiting => Refusal::NotConsumed,
        }
    }
}
