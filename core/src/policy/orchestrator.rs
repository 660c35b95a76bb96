//! How the orchestrator is reached, what it can be asked, and whose signature its verdicts bear.

use crate::json::Pointer;
use crate::orchestrator::{Operation, Procedure};

use super::Secret;

/// The upstream that runs the biometric check.
#[derive(Debug)]
pub struct Orchestrator {
    /// Its Envoy cluster.
    pub cluster: String,
    /// The `:authority` of our calls.
    pub authority: String,
    /// How long one call may take, in milliseconds: 1 to 30 000.
    pub timeout_ms: u32,
    /// What our calls identify themselves with.
    pub access: Access,
    /// The keys that sign verdicts. Unless empty, a verdict that none of them signed is no verdict.
    pub verdict_keys: Vec<VerdictKey>,
    /// What it can be asked. One without requests needs none: the upstream knows no such step.
    pub procedures: Vec<(Operation, Procedure)>,
}

impl Orchestrator {
    /// How an operation goes; `None`: this orchestrator has no such thing.
    pub fn procedure(&self, operation: Operation) -> Option<&Procedure> {
        self.procedures.iter().find(|(known, _)| *known == operation).map(|(_, procedure)| procedure)
    }

    /// Whether a match can be asked for only once; evidence keeps it then.
    pub fn tells_once(&self) -> bool {
        self.procedure(Operation::Status).is_some_and(|procedure| procedure.once)
    }

    /// Whether the operation is one that this orchestrator does without.
    pub fn does_without(&self, operation: Operation) -> bool {
        self.procedure(operation).is_some_and(|procedure| procedure.requests.is_empty())
    }
}

/// What our calls identify themselves with.
#[derive(Debug)]
pub enum Access {
    /// Nothing; the network is trusted.
    Open,
    /// A header's name in lower case and its whole value.
    Header(String, Secret),
    /// An access token that is asked for (RFC 6749 section 4.4), and kept while it lasts.
    Token(TokenSource),
}

/// Where access tokens come from.
#[derive(Debug)]
pub struct TokenSource {
    /// The path that gives one to a POST.
    pub path: String,
    /// The form that asks for it; it holds the client's secret.
    pub form: Secret,
    /// Where the token is in the answer.
    pub token: Pointer,
    /// Where the answer says for how many seconds it lasts.
    pub expires_in: Pointer,
}

/// An ES256 public key (RFC 7518 section 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictKey {
    /// Its `kid`, if it has one.
    pub id: Option<String>,
    /// The x coordinate, big-endian.
    pub x: [u8; 32],
    /// The y coordinate, big-endian.
    pub y: [u8; 32],
}
