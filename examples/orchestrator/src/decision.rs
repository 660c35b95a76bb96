//! A gateway's audit stream as it crosses the wire (`docs/wire.md`): batches of decisions, every member known.

use serde::Deserialize;

use crate::ident::{Code, Instance, Name, Pseudonym, SourceId, TraceId};

/// Events in one batch; a gateway sends a hundred at most.
pub const LARGEST_BATCH: usize = 1000;

/// What a gateway's worker tells at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Which worker.
    pub source: SourceId,
    /// How many of its events before these were lost.
    pub gap: u32,
    /// In the order of their numbers.
    pub events: Vec<Decision>,
}

/// One decision.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Its number at its source, from 1.
    pub sequence: u32,
    /// Seconds since 1970.
    pub at: u32,
    /// The relying party's name in the gateway's configuration.
    #[serde(default)]
    pub relying_party: Option<Name>,
    /// The flow, where one was reached.
    #[serde(default)]
    pub flow: Option<Flow>,
    /// The rule that spoke.
    #[serde(default)]
    pub rule: Option<Name>,
    /// What was done.
    pub decision: Done,
    /// A refusal's code, or what else came of it.
    pub code: Code,
    /// The first 22 characters of base64url(SHA-256(the session's id)).
    #[serde(default)]
    pub session: Option<Pseudonym>,
    /// W3C Trace Context's.
    #[serde(default)]
    pub trace_id: Option<TraceId>,
    /// Of the refusal that the client got.
    #[serde(default)]
    pub instance: Option<Instance>,
}

/// The five flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// On another device.
    CrossPlatform,
    /// A lost passkey is replaced.
    Recovery,
    /// A passkey is made.
    Registration,
    /// Nobody was asked.
    Routine,
    /// On this device.
    StepUp,
}

/// What was done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It went on, or was answered, under a rule.
    Allowed,
    /// The relying party said no by itself.
    Declined,
    /// It was refused.
    Refused,
    /// No rule asked anything.
    Routine,
    /// Nothing: it, or the rule, is only observed.
    Watched,
}

impl Batch {
    /// Whether there is an event, not too many of them, and their numbers rise from 1 or later.
    pub fn is_in_order(&self) -> bool {
        let rises = |pair: &[Decision]| matches!(pair, [first, next] if first.sequence < next.sequence);
        (1..=LARGEST_BATCH).contains(&self.events.len())
            && self.events.first().is_some_and(|event| event.sequence > 0)
            && self.events.windows(2).all(rises)
    }
}

impl Flow {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrossPlatform => "cross_platform",
            Self::Recovery => "recovery",
            Self::Registration => "registration",
            Self::Routine => "routine",
            Self::StepUp => "step_up",
        }
    }
}

impl Done {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Declined => "declined",
            Self::Refused => "refused",
            Self::Routine => "routine",
            Self::Watched => "watched",
        }
    }
}
