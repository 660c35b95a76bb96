//! What an exchange came to, for counters, the access log and the log line. Nothing personal.

use crate::policy::{Flow, Rule};
use crate::refusal::Refusal;

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
    /// A rule that is only watched, and would have required something.
    pub watched: Option<String>,
}

impl Outcome {
    /// A decision that is no refusal.
    pub(crate) fn note(&mut self, code: &'static str) {
        self.code = Some(code);
    }

    /// Which flow, and which rule asked for it.
    pub(crate) fn rule(&mut self, flow: Flow, rule: Option<&Rule>) {
        self.flow = Some(flow);
        self.rule = rule.map(|rule| rule.id.clone());
    }

    /// A rule that would have decided, were it enforced.
    pub(crate) fn watched(&mut self, rule: &Rule) {
        self.watched = Some(rule.id.clone());
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        self.code = Some(refusal.code.name());
        self.why = Some(refusal.why);
    }
}
