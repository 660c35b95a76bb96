//! The counters of a worker. Each is defined when it is first needed; after that counting makes no text. Names and
//! labels are the core's table: what the configuration and the contract bound.

use core::cell::RefCell;
use std::collections::BTreeMap;

use countersign::exchange::{Outcome, Watched};
use countersign::metrics::{CALLOUT, CALLOUT_DURATION, CANARY, CallResult, DECISION, UNAUDITED, VERDICT};
use countersign::orchestrator::Operation;
use countersign::policy::Flow;

use crate::host;

/// What is counted, without the rule: that is looked for among the few that share the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Decided { flow: &'static str, would: &'static str, code: &'static str },
    Said(&'static str, &'static str),
    Called(Operation, CallResult),
    Took(Operation),
    Canary,
    Unaudited,
}

/// Their numbers at the host, by rule.
type Numbers = BTreeMap<Key, Vec<(String, u32)>>;

#[derive(Debug, Default)]
pub(crate) struct Metrics(RefCell<Numbers>);

impl Metrics {
    /// What an exchange came to.
    pub(crate) fn decided(&self, outcome: &Outcome) {
        if let Some(Watched { rule, code, .. }) = &outcome.watched {
            self.decision("watched", rule, "would_", code);
        }
        let flow = outcome.flow.map_or("none", Flow::name);
        if let Some(verdict) = outcome.verdict {
            self.count(Key::Said(flow, verdict.name()), "", || {
                format!("{}.{flow}.{}", VERDICT.name, verdict.name())
            });
        }
        let Some(code) = outcome.code else { return };
        let rule = outcome.rule.as_deref().unwrap_or("none");
        self.decision(flow, rule, if outcome.observed { "would_" } else { "" }, code);
        if code == "unlisted_ceremony" {
            self.count(Key::Canary, "", || CANARY.name.to_owned());
        }
    }

    fn decision(&self, flow: &'static str, rule: &str, would: &'static str, code: &'static str) {
        let name = || format!("{}.{flow}.{rule}.{would}{code}", DECISION.name);
        self.count(Key::Decided { flow, would, code }, rule, name);
    }

    /// Events of the audit stream that were too many to keep.
    pub(crate) fn unaudited(&self, events: usize) {
        let Some(events) = i64::try_from(events).ok().filter(|events| *events > 0) else { return };
        if let Some(number) = self.number(Key::Unaudited, "", host::COUNTER, || UNAUDITED.name.to_owned()) {
            host::count(number, events);
        }
    }

    /// How a call of ours ended, and after how many nanoseconds if it was sent.
    pub(crate) fn called(&self, operation: Operation, result: CallResult, took: Option<u64>) {
        self.count(Key::Called(operation, result), "", || {
            format!("{}.{}.{}", CALLOUT.name, operation.name(), result.name())
        });
        let Some(took) = took else { return };
        let name = || format!("{}.{}", CALLOUT_DURATION.name, operation.name());
        if let Some(number) = self.number(Key::Took(operation), "", host::HISTOGRAM, name) {
            host::record(number, took / 1_000_000);
        }
    }

    fn count(&self, key: Key, rule: &str, name: impl FnOnce() -> String) {
        if let Some(number) = self.number(key, rule, host::COUNTER, name) {
            host::count(number, 1);
        }
    }

    fn number(&self, key: Key, rule: &str, kind: u32, name: impl FnOnce() -> String) -> Option<u32> {
        let mut numbers = self.0.try_borrow_mut().ok()?;
        let known = numbers.get(&key).and_then(|of| of.iter().find(|(of, _)| of == rule));
        if let Some((_, number)) = known {
            return Some(*number);
        }
        let number = host::metric(kind, &name()).ok()?;
        numbers.entry(key).or_default().push((rule.to_owned(), number));
        Some(number)
    }
}
