//! What an exchange came to, for counters, the access log and the log line. Nothing personal.

use sha2::{Digest as _, Sha256};

use super::Context;
use crate::encoding::to_base64url;
use crate::orchestrator::Verdict;
use crate::policy::{Flow, Rule};
use crate::refusal::{Code, Refusal};
use countersign_wire::audit::TraceId;

/// Characters of a session's pseudonym: 128 bits, and never the whole.
const PSEUDONYM: usize = 22;

/// Flow, rule and code of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The flow, once decided.
    pub flow: Option<Flow>,
    /// The rule that spoke.
    pub rule: Option<String>,
    /// `None` while nothing of ours happened. Else a refusal's code, or `offered`, `forwarded`, `completed`,
    /// `declined` (by the relying party), `answered` (by ourselves); in observation with `would_` before it.
    pub code: Option<&'static str>,
    /// Which rule of the code's many was broken: log only.
    pub why: Option<&'static str>,
    /// Decided, but not enforced.
    pub observed: bool,
    /// Whose request it is: a position in the policy.
    pub relying_party: Option<usize>,
    /// The orchestrator's session, by a pseudonym: the first characters of base64url(SHA-256(its id)).
    pub session: Option<String>,
    /// The trace that the request belongs to, where an audit stream wants to know.
    pub trace: Option<TraceId>,
    /// The decision in words, where somebody wants it.
    pub reason: Option<String>,
    /// Whether the client may have it: it sent the trusted header that asks for it.
    pub tells_reason: bool,
    /// What the orchestrator said of the biometric check, where this exchange asked.
    pub verdict: Option<Verdict>,
    /// What a rule that is only watched would have refused.
    pub watched: Option<Watched>,
}

/// What would have been refused, by which rule, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The rule's id.
    pub rule: String,
    /// The refusal's code.
    pub code: &'static str,
    /// In words, nothing personal.
    pub why: &'static str,
}

impl Outcome {
    /// A decision that is no refusal.
    pub(crate) fn note(&mut self, code: &'static str) {
        self.code = Some(code);
        self.why = None;
    }

    /// Which flow, and which rule asked for it.
    pub(crate) fn rule(&mut self, flow: Flow, rule: Option<&Rule>) {
        self.flow = Some(flow);
        self.rule = rule.map(|rule| rule.id.clone());
    }

    /// Which check of the orchestrator's it is about.
    pub(crate) fn session(&mut self, id: &str) {
        let mut pseudonym = to_base64url(&Sha256::digest(id.as_bytes()));
        pseudonym.truncate(PSEUDONYM);
        self.session = Some(pseudonym);
    }

    /// Whether the last that was decided is a refusal.
    pub fn is_refusal(&self) -> bool {
        self.why.is_some()
    }

    /// Puts the decision into words, where somebody wants them.
    pub(crate) fn explain(&mut self, context: Context<'_>, words: impl FnOnce() -> String) {
        if self.tells_reason || context.gateway.explains() {
            self.reason = Some(words());
        }
    }

    /// Adds to them.
    pub(crate) fn explain_more(&mut self, words: &str) {
        if let Some(reason) = &mut self.reason {
            reason.push_str("; ");
            reason.push_str(words);
        }
    }

    /// A rule that would have refused, were it enforced.
    pub(crate) fn watched(&mut self, rule: &Rule, code: Code, why: &'static str) {
        self.watched = Some(Watched { rule: rule.id.clone(), code: code.name(), why });
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        // What no rule has said anything about has a reason, too.
        if self.tells_reason && self.reason.is_none() {
            self.reason = Some(refusal.why.to_owned());
        }
        self.code = Some(refusal.code.name());
        self.why = Some(refusal.why);
    }
}
