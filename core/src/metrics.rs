//! Every metric of a gateway, in one table: adapters count under these names, `docs/metrics.md` lists them. Each label
//! has a closed set of values, so that nobody outside can make series.

use crate::orchestrator::{Operation, Verdict};
use crate::policy::Flow;
use crate::refusal::Code;

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name, in dots; the values of its labels follow, in dots too.
    pub name: &'static str,
    /// What of it is counted.
    pub unit: Unit,
    /// Its labels, in the order in which their values stand in the name.
    pub labels: &'static [Label],
    /// What it means.
    pub help: &'static str,
    /// Who looks at it.
    pub persona: &'static str,
}

/// What a metric is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A counter of events of this kind.
    Events(&'static str),
    /// A histogram of durations.
    Milliseconds,
}

/// What a metric is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// What was decided: a refusal's code or one of [`DECIDED`]; in observation with `would_` before it.
    Code,
    /// The flow; `none` where none was reached, `watched` for a rule that is only watched.
    Flow,
    /// What a callout is for.
    Operation,
    /// How it ended.
    Result,
    /// A rule's id, or `none`.
    Rule,
    /// What the orchestrator said.
    Verdict,
}

/// Every decision about a ceremony or a guarded request.
pub const DECISION: Metric = Metric {
    name: "countersign.decision",
    unit: Unit::Events("decisions"),
    labels: &[Label::Flow, Label::Rule, Label::Code],
    help: "Decisions about ceremonies, guarded requests and guards: a refusal by its code, or how it went on",
    persona: "security, product",
};

/// What came out of the biometric checks.
pub const VERDICT: Metric = Metric {
    name: "countersign.verdict",
    unit: Unit::Events("answers"),
    labels: &[Label::Flow, Label::Verdict],
    help: "What the orchestrator said of the biometric check when a finish asked; a match only when it is proven",
    persona: "product, security",
};

/// Credentials on routes that no profile names.
pub const CANARY: Metric = Metric {
    name: "countersign.canary",
    unit: Unit::Events("requests"),
    labels: &[],
    help: "Credentials on routes that no profile names, refused or (in observation) let through",
    persona: "security",
};

/// Calls of the gateway's own.
pub const CALLOUT: Metric = Metric {
    name: "countersign.callout",
    unit: Unit::Events("calls"),
    labels: &[Label::Operation, Label::Result],
    help: "Calls to the orchestrator, the relying party, a push service or a token endpoint",
    persona: "platform, product",
};

/// How long they took.
pub const CALLOUT_DURATION: Metric = Metric {
    name: "countersign.callout_duration_milliseconds",
    unit: Unit::Milliseconds,
    labels: &[Label::Operation],
    help: "From sending such a call to its answer or its loss",
    persona: "platform",
};

/// What the audit stream lost.
pub const UNAUDITED: Metric = Metric {
    name: "countersign.unaudited",
    unit: Unit::Events("events"),
    labels: &[],
    help: "Events of the audit stream that were too many to keep while nobody took them",
    persona: "security, platform",
};

/// All of them.
pub const TABLE: [&Metric; 6] = [&DECISION, &VERDICT, &CANARY, &CALLOUT, &CALLOUT_DURATION, &UNAUDITED];

/// What a decision that is no refusal is called.
pub const DECIDED: [&str; 9] =
    ["answered", "begun", "completed", "declined", "forwarded", "offered", "passed", "seen", "undecided"];

/// How a callout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallResult {
    /// Any other status, Envoy's own 503 and 504 among them.
    Failed,
    /// Nothing readable came back: timeout, refused, reset, too large.
    Lost,
    /// It could not be sent.
    NotSent,
    /// A status from 200 to 299.
    Succeeded,
}

impl CallResult {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Failed, Self::Lost, Self::NotSent, Self::Succeeded];

    /// The label's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::NotSent => "not_sent",
            Self::Succeeded => "succeeded",
        }
    }
}

impl Label {
    /// As Prometheus has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Flow => "flow",
            Self::Operation => "operation",
            Self::Result => "result",
            Self::Rule => "rule",
            Self::Verdict => "verdict",
        }
    }

    /// Every value it can have; of a rule those that every configuration has.
    pub fn values(self) -> Vec<String> {
        let owned = |name: &str| name.to_owned();
        match self {
            Self::Code => {
                let codes = Code::ALL.iter().map(|code| code.name()).chain(DECIDED);
                codes.flat_map(|code| [code.to_owned(), format!("would_{code}")]).collect()
            }
            Self::Flow => {
                Flow::ALL.iter().map(|flow| flow.name()).chain(["none", "watched"]).map(owned).collect()
            }
            Self::Operation => {
                let all = Operation::OF_ORCHESTRATOR.iter().chain(&Operation::BESIDE);
                all.map(|operation| owned(operation.name())).collect()
            }
            Self::Result => CallResult::ALL.iter().map(|result| owned(result.name())).collect(),
            Self::Rule => vec![owned("none")],
            Self::Verdict => Verdict::ALL.iter().map(|verdict| owned(verdict.name())).collect(),
        }
    }
}

impl Metric {
    /// The most series that a gateway with so many rules can have of it; of a histogram the most histograms.
    pub fn bound(&self, rules: usize) -> usize {
        let values = |label: &Label| {
            let more = if *label == Label::Rule { rules } else { 0 };
            label.values().len().saturating_add(more)
        };
        self.labels.iter().map(values).fold(1, usize::saturating_mul)
    }
}
