//! The `ceremony` evidence: what a begin decided, for the finish to hold on to.

use sha2::{Digest, Sha256};

use super::seal;
use crate::encoding;
use crate::es256::P256Key;
use crate::json::{Object, Value};
use crate::policy::Ceremony as Leg;
use crate::policy::{Flow, SealKey};
use crate::time::UnixTime;

/// At most this many allowed credentials go into evidence; a longer list is left to the orchestrator's
/// `credential_owner`.
const MOST_ALLOWED: usize = 24;

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
    /// A rule requires a match, and a session was opened for it.
    Match {
        /// The rule that spoke.
        rule: RuleReference,
        /// The flow of the session.
        flow: Flow,
        /// The orchestrator's session.
        session: String,
        /// [`commit`](super::commit) of the external user id.
        user: [u8; 16],
    },
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
    /// Seals it. `None` when it would not fit a cookie.
    pub fn seal(self, key: &SealKey) -> Option<Sealed> {
        let token = seal::seal(key, &self.to_payload())?;
        Some(Sealed { token, ceremony: self })
    }

    fn to_payload(&self) -> Value {
        let mut payload = Object::default();
        let mut put = |name: &str, value: Value| {
            payload.insert(name, value);
        };
        put("t", text("ceremony"));
        put("rp", text(&self.relying_party));
        put("leg", text(self.leg.as_str()));
        put("ch", binary(&self.challenge));
        if let Some(binding) = &self.binding {
            put("sb", binary(binding));
        }
        match &self.requirement {
            Requirement::Routine => put("flow", text(Flow::Routine.name())),
            Requirement::Match { rule, flow, session, user } => {
                put("flow", text(flow.name()));
                put("rule", rule.to_value());
                put("s", text(session));
                put("u", binary(user));
            }
            Requirement::Unopened { rule, flow } => {
                put("flow", text(flow.name()));
                put("rule", rule.to_value());
            }
            Requirement::Undecided { residue, user } => {
                put("later", residue.clone());
                if let Some(user) = user {
                    put("eu", text(user));
                }
            }
        }
        if !self.allowed.is_empty() && self.allowed.len() <= MOST_ALLOWED {
            put("ac", Value::Array(self.allowed.iter().map(|id| binary(id)).collect()));
        }
        if let Some(known) = &self.known {
            put("k", known.to_value());
        }
        if let Some(handle) = &self.handle {
            put("uh", text(handle));
        }
        put("iat", Value::from(self.issued.0));
        put("exp", Value::from(self.expires.0));
        Value::Object(payload)
    }

    /// Reads a payload whose seal held. `None`: not a ceremony, or not as we write one.
    pub fn from_payload(payload: &Value) -> Option<Self> {
        if payload.get("t")?.as_str()? != "ceremony" {
            return None;
        }
        Some(Self {
            relying_party: payload.get("rp")?.as_str()?.to_owned(),
            leg: Leg::from_name(payload.get("leg")?.as_str()?)?,
            challenge: array(payload.get("ch")?)?,
            binding: optional(payload, "sb", array)?,
            requirement: Requirement::from_payload(payload)?,
            allowed: optional(payload, "ac", |list| list.as_array()?.iter().map(array).collect())?
                .unwrap_or_default(),
            known: optional(payload, "k", Known::from_value)?,
            handle: optional(payload, "uh", |handle| Some(handle.as_str()?.to_owned()))?,
            issued: UnixTime(payload.get("iat")?.as_u64()?),
            expires: UnixTime(payload.get("exp")?.as_u64()?),
        })
    }

    /// The orchestrator's session, once one is open.
    pub fn session(&self) -> Option<&str> {
        match &self.requirement {
            Requirement::Match { session, .. } => Some(session),
            _ => None,
        }
    }
}

impl Requirement {
    fn from_payload(payload: &Value) -> Option<Self> {
        if let Some(residue) = payload.get("later") {
            let user = optional(payload, "eu", |user| Some(user.as_str()?.to_owned()))?;
            return Some(Self::Undecided { residue: residue.clone(), user });
        }
        let flow = Flow::from_name(payload.get("flow")?.as_str()?)?;
        if flow == Flow::Routine {
            return Some(Self::Routine);
        }
        let rule = RuleReference::from_value(payload.get("rule")?)?;
        Some(match payload.get("s") {
            Some(session) => Self::Match {
                rule,
                flow,
                session: session.as_str()?.to_owned(),
                user: array(payload.get("u")?)?,
            },
            None => Self::Unopened { rule, flow },
        })
    }
}

impl RuleReference {
    fn to_value(&self) -> Value {
        Value::Array(vec![text(&self.id), binary(&self.digest)])
    }

    fn from_value(value: &Value) -> Option<Self> {
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

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn binary(bytes: &[u8]) -> Value {
    Value::String(encoding::to_base64url(bytes))
}

fn array<const N: usize>(value: &Value) -> Option<[u8; N]> {
    encoding::from_base64url(value.as_str()?).ok()?.try_into().ok()
}

/// An absent member is `Some(None)`; one that cannot be read is `None`.
#[expect(clippy::option_option, reason = "absent and unreadable are two things; only the second refuses")]
fn optional<T>(value: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match value.get(name) {
        None => Some(None),
        Some(member) => read(member).map(Some),
    }
}
