//! All counters, in one table. Their names hold flows, rule ids and codes only: what the configuration and
//! the contract bound.

use core::cell::RefCell;
use std::collections::BTreeMap;

use countersign::exchange::{Outcome, Watched};
use countersign::orchestrator::Operation;

use crate::host;

/// How a callout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallResult {
    /// It could not be sent.
    NotSent,
    /// Nothing readable came back: timeout, refused, reset, too large.
    Lost,
    /// A status from 200 to 299.
    Succeeded,
    /// Any other status, Envoy's own 503 and 504 among them.
    Failed,
}

impl CallResult {
    fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Lost => "lost",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// The counters of a worker, defined as they are first needed.
#[derive(Debug, Default)]
pub(crate) struct Metrics(RefCell<BTreeMap<String, u32>>);

impl Metrics {
    /// `countersign.decision.<flow>.<rule>.<code>`, and `countersign.canary` beside it.
    pub(crate) fn decided(&self, outcome: &Outcome) {
        if let Some(Watched { rule, code, .. }) = &outcome.watched {
            self.count(&format!("countersign.decision.watched.{rule}.would_{code}"));
        }
        let Some(code) = outcome.code else { return };
        let flow = outcome.flow.map_or("none", countersign::policy::Flow::name);
        let rule = outcome.rule.as_deref().unwrap_or("none");
        let would = if outcome.observed { "would_" } else { "" };
        self.count(&format!("countersign.decision.{flow}.{rule}.{would}{code}"));
        if code == "unlisted_ceremony" {
            self.count("countersign.canary");
        }
    }

    /// `countersign.callout.<operation>.<result>`
    pub(crate) fn called(&self, operation: Operation, result: CallResult) {
        self.count(&format!("countersign.callout.{}.{}", operation.name(), result.name()));
    }

    /// `countersign.unaudited`
    pub(crate) fn dropped(&self, events: usize) {
        if let Some(events) = i64::try_from(events).ok().filter(|events| *events > 0) {
            self.add("countersign.unaudited", events);
        }
    }

    fn count(&self, name: &str) {
        self.add(name, 1);
    }

    fn add(&self, name: &str, more: i64) {
        let Ok(mut counters) = self.0.try_borrow_mut() else { return };
        if let Some(id) = counters.get(name) {
            host::count(*id, more);
        } else if let Ok(id) = host::counter(name) {
            host::count(id, more);
            counters.insert(name.to_owned(), id);
        }
    }
}
