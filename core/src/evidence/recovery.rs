//! The `recovery` evidence: whose account is being recovered, by which session of the orchestrator.

use super::ceremony::RuleReference;
use super::payload::{self, Payload};
use super::seal;
use crate::json::Value;
use crate::orchestrator::SessionId;
use crate::policy::SealKey;
use crate::time::UnixTime;

/// What a recovery that was opened is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The relying party's name in the configuration.
    pub relying_party: String,
    /// The orchestrator's session.
    pub session: SessionId,
    /// SHA-256 of the relying party's session handle as the client holds it; `None`: no session.
    pub binding: Option<[u8; 32]>,
    /// [`commit`](super::commit) of the external user id.
    pub user: [u8; 16],
    /// The rule that spoke.
    pub rule: RuleReference,
    /// When it was made.
    pub issued: UnixTime,
    /// When it is worth nothing any more.
    pub expires: UnixTime,
}

impl Recovery {
    /// Seals it. `None` when it would not fit a cookie.
    pub fn seal(&self, key: &SealKey) -> Option<String> {
        let mut payload = Payload::of("recovery");
        payload.text("rp", &self.relying_party);
        payload.text("s", &self.session.id);
        payload.text_if("x", self.session.carry.as_deref());
        if let Some(binding) = &self.binding {
            payload.binary("sb", binding);
        }
        payload.binary("u", &self.user);
        payload.put("rule", self.rule.to_value());
        seal::seal(key, &payload.lives(self.issued, self.expires))
    }

    /// Reads a payload whose seal held. `None`: not a recovery, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        payload::is(payload, "recovery").then_some(())?;
        Some(Self {
            relying_party: payload::text(payload, "rp")?,
            session: SessionId {
                id: payload::text(payload, "s")?,
                carry: payload::optional_text(payload, "x")?,
            },
            binding: payload::optional(payload, "sb", payload::array)?,
            user: payload::array(payload.get("u")?)?,
            rule: RuleReference::from_value(payload.get("rule")?)?,
            issued: payload::time(payload, "iat")?,
            expires: payload::time(payload, "exp")?,
        })
    }
}
