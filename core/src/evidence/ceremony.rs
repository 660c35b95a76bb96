//! The `ceremony` evidence: what a begin decided, for the finish to hold on to.

use sha2::{Digest, Sha256};

use super::payload::{self, Payload, array, binary, optional, optional_text};
use super::seal;
use crate::es256::P256Key;
use crate::json::{Object, Value};
use crate::orchestrator::SessionId;
use crate::policy::Ceremony as Leg;
use crate::policy::{Flow, SealKey, Transaction};
use crate::time::UnixTime;

/// What options that left the relying party are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// The relying party's name in the configuration.
    pub relying_party: String,
    /// Registration or authentication.
    pub leg: Leg,
    /// SHA-256 of the challenge.
    pub challenge: [u8; 32],
    /// SHA-256 of the relying party's session handle as the client holds it; `None`: no session.
    pub binding: Option<[u8; 32]>,
    /// What the finish must show.
    pub requirement: Requirement,
    /// The credentials that the relying party allowed, as [`digest16`] of their ids.
    pub allowed: Vec<[u8; 16]>,
    /// What the orchestrator said of one credential at begin.
    pub known: Option<Known>,
    /// `user.id` of creation options: what `complete` teaches the orchestrator.
    pub handle: Option<String>,
    /// When it was made.
    pub issued: UnixTime,
    /// When it is worth nothing any more.
    pub expires: UnixTime,
}

/// What the finish must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing beyond being this ceremony's credential.
    Routine,
    /// A match is required, and a session was opened for it.
    Match(Match),
    /// A rule requires a match, and nobody could say yet for whom.
    Unopened {
        /// The rule that spoke.
        rule: RuleReference,
        /// The flow to open.
        flow: Flow,
    },
    /// The rules look at the credential.
    Undecided {
        /// What is left of the decision.
        residue: Value,
        /// The external user id, when a source other than the credential named it.
        user: Option<String>,
    },
}

/// The match that a finish has to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The rule that spoke; `None` in a hand-off that is for no action.
    pub rule: Option<RuleReference>,
    /// The flow of the session.
    pub flow: Flow,
    /// The orchestrator's session.
    pub session: SessionId,
    /// [`commit`](super::commit) of the external user id.
    pub user: [u8; 16],
    /// What the person agrees to, if it is for a transaction.
    pub transaction: Option<Transaction>,
    /// The hand-off that brought the phone in.
    pub handoff: Option<String>,
    /// The match was seen already, at an orchestrator that tells it only once.
    pub seen: bool,
}

/// A rule as it was when it spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleReference {
    /// Its id.
    pub id: String,
    /// Its digest: a changed rule is another rule.
    pub digest: [u8; 16],
}

/// What the orchestrator knows of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// [`digest16`] of the credential's id.
    pub credential: [u8; 16],
    /// [`commit`](super::commit) of its owner.
    pub owner: [u8; 16],
    /// Its key, when it is a P-256 one.
    pub key: Option<P256Key>,
    /// [`digest16`] of its user handle.
    pub handle: Option<[u8; 16]>,
}

/// The first half of SHA-256: enough to compare identifiers by.
pub fn digest16(bytes: &[u8]) -> [u8; 16] {
    let [first, ..] = Sha256::digest(bytes).into_halves();
    first
}

/// Splits a digest without indexing.
trait IntoHalves {
    fn into_halves(self) -> [[u8; 16]; 2];
}

impl<T: Into<[u8; 32]>> IntoHalves for T {
    fn into_halves(self) -> [[u8; 16]; 2] {
        let whole: [u8; 32] = self.into();
        let (first, second) = whole.split_at(16);
        [first.try_into().unwrap_or([0; 16]), second.try_into().unwrap_or([0; 16])]
    }
}

/// A ceremony in its seal.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The token.
    pub token: String,
    /// What it says.
    pub ceremony: Ceremony,
}

impl Ceremony {
    /// Seals it, without the allowed credentials where these are too many to fit a cookie: that list is left to the
    /// orchestrator's `credential_owner`. `None` when it would not fit even so.
    pub fn seal(self, key: &SealKey) -> Option<Sealed> {
        let token = seal::seal(key, &self.to_payload(&self.allowed))
            .or_else(|| seal::seal(key, &self.to_payload(&[])))?;
        Some(Sealed { token, ceremony: self })
    }

    fn to_payload(&self, allowed: &[[u8; 16]]) -> Value {
        let mut payload = Payload::of("ceremony");
        payload.text("rp", &self.relying_party);
        payload.text("leg", self.leg.as_str());
        payload.binary("ch", &self.challenge);
        if let Some(binding) = &self.binding {
            payload.binary("sb", binding);
        }
        match &self.requirement {
            Requirement::Routine => payload.text("flow", Flow::Routine.name()),
            Requirement::Match(Match { rule, flow, session, user, transaction, handoff, seen }) => {
                payload.text("flow", flow.name());
                if let Some(rule) = rule {
                    payload.put("rule", rule.to_value());
                }
                payload.text("s", &session.id);
                payload.text_if("x", session.carry.as_deref());
                payload.binary("u", user);
                payload.transaction(transaction.as_ref());
                payload.text_if("h", handoff.as_deref());
                if *seen {
                    payload.put("m", Value::Bool(true));
                }
            }
            Requirement::Unopened { rule, flow } => {
                payload.text("flow", flow.name());
                payload.put("rule", rule.to_value());
            }
            Requirement::Undecided { residue, user } => {
                payload.put("later", residue.clone());
                payload.text_if("eu", user.as_deref());
            }
        }
        if !allowed.is_empty() {
            payload.put("ac", Value::Array(allowed.iter().map(|id| binary(id)).collect()));
        }
        if let Some(known) = &self.known {
            payload.put("k", known.to_value());
        }
        payload.text_if("uh", self.handle.as_deref());
        payload.lives(self.issued, self.expires)
    }

    /// Reads a payload whose seal held. `None`: not a ceremony, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        payload::is(payload, "ceremony").then_some(())?;
        Some(Self {
            relying_party: payload.get("rp")?.as_str()?.to_owned(),
            leg: Leg::from_name(payload.get("leg")?.as_str()?)?,
            challenge: array(payload.get("ch")?)?,
            binding: optional(payload, "sb", array)?,
            requirement: Requirement::from_payload(payload)?,
            allowed: optional(payload, "ac", |list| list.as_array()?.iter().map(array).collect())?
                .unwrap_or_default(),
            known: optional(payload, "k", Known::from_value)?,
            handle: optional_text(payload, "uh")?,
            issued: payload::time(payload, "iat")?,
            expires: payload::time(payload, "exp")?,
        })
    }

    /// The match that is required, once a session is open for it.
    pub fn required(&self) -> Option<&Match> {
        match &self.requirement {
            Requirement::Match(required) => Some(required),
            _ => None,
        }
    }
}

impl Requirement {
    fn from_payload(payload: &Value) -> Option<Self> {
        if let Some(residue) = payload.get("later") {
            return Some(Self::Undecided { residue: residue.clone(), user: optional_text(payload, "eu")? });
        }
        let flow = Flow::from_name(payload.get("flow")?.as_str()?)?;
        if flow == Flow::Routine {
            return Some(Self::Routine);
        }
        let rule = optional(payload, "rule", RuleReference::from_value)?;
        Some(match optional_text(payload, "s")? {
            Some(id) => Self::Match(Match {
                rule,
                flow,
                session: SessionId { id, carry: optional_text(payload, "x")? },
                user: array(payload.get("u")?)?,
                transaction: payload::transaction(payload)?,
                handoff: optional_text(payload, "h")?,
                seen: optional(payload, "m", Value::as_bool)?.unwrap_or_default(),
            }),
            None => Self::Unopened { rule: rule?, flow },
        })
    }
}

impl RuleReference {
    pub(super) fn to_value(&self) -> Value {
        Value::Array(vec![self.id.as_str().into(), binary(&self.digest)])
    }

    pub(super) fn from_value(value: &Value) -> Option<Self> {
        match value.as_array()? {
            [id, digest] => Some(Self { id: id.as_str()?.to_owned(), digest: array(digest)? }),
            _ => None,
        }
    }
}

impl Known {
    fn to_value(&self) -> Value {
        let mut known = Object::default();
        known.insert("c", binary(&self.credential));
        known.insert("o", binary(&self.owner));
        if let Some(key) = &self.key {
            known.insert("p", binary(&key.to_sec1()));
        }
        if let Some(handle) = &self.handle {
            known.insert("h", binary(handle));
        }
        Value::Object(known)
    }

    fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            credential: array(value.get("c")?)?,
            owner: array(value.get("o")?)?,
            key: optional(value, "p", |key| P256Key::from_sec1(&array::<65>(key)?))?,
            handle: optional(value, "h", array)?,
        })
    }
}
