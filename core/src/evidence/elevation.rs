//! The evidence around a guarded resource: what a refusal asks for, and what a completed step-up gives.

use super::ceremony::RuleReference;
use super::payload::{self, Payload};
use super::seal;
use crate::json::Value;
use crate::policy::{SealKey, Transaction};
use crate::time::UnixTime;

/// `request`: a resource was refused; the ceremony that carries this is for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The relying party's name in the configuration.
    pub relying_party: String,
    /// The rule that spoke.
    pub rule: RuleReference,
    /// What is to be agreed to, if the rule binds a transaction.
    pub transaction: Option<Transaction>,
    /// The text that shows it.
    pub display: Option<String>,
    /// SHA-256 of the session's handle; `None`: no session.
    pub binding: Option<[u8; 32]>,
    /// When it was made.
    pub issued: UnixTime,
    /// When it is worth nothing any more.
    pub expires: UnixTime,
}

/// `elevation`: a step-up was completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    /// Its unique id; the orchestrator counts by it.
    pub id: String,
    /// The relying party's name in the configuration.
    pub relying_party: String,
    /// [`commit`](super::commit) of the external user id.
    pub user: [u8; 16],
    /// The rule that was fulfilled.
    pub rule: RuleReference,
    /// The authentication context class that it gives.
    pub acr: String,
    /// The orchestrator's session that saw the match.
    pub session: String,
    /// What was agreed to, if the rule binds a transaction; then it is good once.
    pub transaction: Option<Transaction>,
    /// SHA-256 of the session's handle; `None`: no session.
    pub binding: Option<[u8; 32]>,
    /// When the person was seen: `auth_time`.
    pub issued: UnixTime,
    /// When it is worth nothing any more.
    pub expires: UnixTime,
}

impl Asked {
    /// Seals it. `None` when it would not fit a cookie.
    pub fn seal(&self, key: &SealKey) -> Option<String> {
        let mut payload = Payload::of("request");
        payload.text("rp", &self.relying_party);
        payload.put("rule", self.rule.to_value());
        payload.transaction(self.transaction.as_ref());
        payload.text_if("d", self.display.as_deref());
        if let Some(binding) = &self.binding {
            payload.binary("sb", binding);
        }
        seal::seal(key, &payload.lives(self.issued, self.expires))
    }

    /// Reads a payload whose seal held. `None`: not a request, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        payload::is(payload, "request").then_some(())?;
        Some(Self {
            relying_party: payload::text(payload, "rp")?,
            rule: RuleReference::from_value(payload.get("rule")?)?,
            transaction: payload::transaction(payload)?,
            display: payload::optional_text(payload, "d")?,
            binding: payload::optional(payload, "sb", payload::array)?,
            issued: payload::time(payload, "iat")?,
            expires: payload::time(payload, "exp")?,
        })
    }
}

impl Elevation {
    /// Seals it. `None` when it would not fit a cookie.
    pub fn seal(&self, key: &SealKey) -> Option<String> {
        let mut payload = Payload::of("elevation");
        payload.text("id", &self.id);
        payload.text("rp", &self.relying_party);
        payload.binary("u", &self.user);
        payload.put("rule", self.rule.to_value());
        payload.text("acr", &self.acr);
        payload.text("s", &self.session);
        payload.transaction(self.transaction.as_ref());
        if let Some(binding) = &self.binding {
            payload.binary("sb", binding);
        }
        seal::seal(key, &payload.lives(self.issued, self.expires))
    }

    /// Reads a payload whose seal held. `None`: not an elevation, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        payload::is(payload, "elevation").then_some(())?;
        Some(Self {
            id: payload::text(payload, "id")?,
            relying_party: payload::text(payload, "rp")?,
            user: payload::array(payload.get("u")?)?,
            rule: RuleReference::from_value(payload.get("rule")?)?,
            acr: payload::text(payload, "acr")?,
            session: payload::text(payload, "s")?,
            transaction: payload::transaction(payload)?,
            binding: payload::optional(payload, "sb", payload::array)?,
            issued: payload::time(payload, "iat")?,
            expires: payload::time(payload, "exp")?,
        })
    }
}
