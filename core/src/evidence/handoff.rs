//! The evidence of a hand-off: what the web side keeps, and what the QR code carries to the phone.

use super::ceremony::RuleReference;
use super::payload::{self, Payload};
use super::seal::{self, Context};
use crate::json::Value;
use crate::policy::{SealKey, Transaction};
use crate::time::UnixTime;

/// `handoff`: the web side's; only the session that it is bound to gets the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// The relying party's name in the configuration.
    pub relying_party: String,
    /// The orchestrator's id.
    pub id: String,
    /// SHA-256 of the web session's handle.
    pub binding: [u8; 32],
    /// [`commit`](super::commit) of the external user id.
    pub user: [u8; 16],
    /// The rule of the action that it is for, if it is for one.
    pub rule: Option<RuleReference>,
    /// The transaction that it is for, if it is for one.
    pub transaction: Option<Transaction>,
    /// When it was made.
    pub issued: UnixTime,
    /// When it is worth nothing any more.
    pub expires: UnixTime,
}

/// `token`: what the deep link and the QR code carry. Whoever has seen the code can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The relying party's name in the configuration.
    pub relying_party: String,
    /// The orchestrator's id of the hand-off.
    pub id: String,
    /// What the orchestrator knows the phone's side by.
    pub token: String,
    /// [`number_commitment`] of the number beside the code.
    pub number: [u8; 16],
    /// What the person is asked for.
    pub display: Option<String>,
    /// The relying party's own id of the user, where its begin has to name them and the orchestrator has another.
    pub user: Option<String>,
    /// From where the hand-off was started: the client's address as Envoy sees it.
    pub from: Option<String>,
    /// The rule of the action that it is for, if it is for one.
    pub rule: Option<RuleReference>,
    /// When it was made.
    pub issued: UnixTime,
    /// When it is worth nothing any more.
    pub expires: UnixTime,
}

impl Handoff {
    /// Seals it. `None` when it would not fit a cookie.
    pub fn seal(&self, key: &SealKey) -> Option<String> {
        let mut payload = Payload::of("handoff");
        payload.text("rp", &self.relying_party);
        payload.text("h", &self.id);
        payload.binary("sb", &self.binding);
        payload.binary("u", &self.user);
        if let Some(rule) = &self.rule {
            payload.put("rule", rule.to_value());
        }
        payload.transaction(self.transaction.as_ref());
        seal::seal(key, &payload.lives(self.issued, self.expires))
    }

    /// Reads a payload whose seal held. `None`: not a hand-off, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        payload::is(payload, "handoff").then_some(())?;
        Some(Self {
            relying_party: payload::text(payload, "rp")?,
            id: payload::text(payload, "h")?,
            binding: payload::array(payload.get("sb")?)?,
            user: payload::array(payload.get("u")?)?,
            rule: payload::optional(payload, "rule", RuleReference::from_value)?,
            transaction: payload::transaction(payload)?,
            issued: payload::time(payload, "iat")?,
            expires: payload::time(payload, "exp")?,
        })
    }
}

impl Token {
    /// Seals it. `None` when it would be too long for a QR code to hold well.
    pub fn seal(&self, key: &SealKey) -> Option<String> {
        const LONGEST: usize = 1800;
        let mut payload = Payload::of("token");
        payload.text("rp", &self.relying_party);
        payload.text("h", &self.id);
        payload.text("k", &self.token);
        payload.binary("n", &self.number);
        payload.text_if("d", self.display.as_deref());
        payload.text_if("u", self.user.as_deref());
        payload.text_if("from", self.from.as_deref());
        if let Some(rule) = &self.rule {
            payload.put("rule", rule.to_value());
        }
        seal::seal(key, &payload.lives(self.issued, self.expires)).filter(|token| token.len() <= LONGEST)
    }

    /// Reads a payload whose seal held. `None`: not a token, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        payload::is(payload, "token").then_some(())?;
        Some(Self {
            relying_party: payload::text(payload, "rp")?,
            id: payload::text(payload, "h")?,
            token: payload::text(payload, "k")?,
            number: payload::array(payload.get("n")?)?,
            display: payload::optional_text(payload, "d")?,
            user: payload::optional_text(payload, "u")?,
            from: payload::optional_text(payload, "from")?,
            rule: payload::optional(payload, "rule", RuleReference::from_value)?,
            issued: payload::time(payload, "iat")?,
            expires: payload::time(payload, "exp")?,
        })
    }
}

/// A keyed commitment to the number of a hand-off: who has the code cannot try the hundred numbers on it.
pub fn number_commitment(key: &SealKey, id: &str, number: &str) -> Option<[u8; 16]> {
    seal::keyed(key, Context::Number, &[id, number])
}
