//! What a fault row is, and how it runs.

use std::time::{Duration, Instant};

use countersign_tests::client::Client;
use countersign_tests::lab::{Checking, Lab};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;

use super::prepared::Prepared;
pub(crate) use super::prepared::When;

/// `orchestrator.timeout` in these labs.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(500);
/// The same as the configuration has it.
pub(crate) const TIMEOUT_TEXT: &str = "500ms";
/// An exchange has at most this many callouts one after the other; a fault must end it within their time.
const CALLOUTS: u32 = 4;
/// For Envoy, the stand-ins and two busy cores.
pub(crate) const SLACK: Duration = Duration::from_secs(2);

/// One row.
pub(crate) struct Case {
    pub(crate) name: String,
    when: When,
    break_it: Breaking,
    codes: Vec<&'static str>,
    untouched: bool,
    begins: bool,
    within: Duration,
}

type Breaking = Box<dyn for<'a> Fn(&'a Lab) -> Checking<'a> + Send + Sync>;

impl Case {
    /// An operation of the orchestrator goes wrong.
    pub(crate) fn fault(
        name: impl Into<String>,
        when: When,
        operation: Operation,
        fault: Fault,
        codes: &[&'static str],
    ) -> Self {
        Self::broken_by(name, when, codes, move |lab| {
            lab.orchestrator.breaks(operation, fault.clone());
            Box::pin(async {})
        })
    }

    /// The orchestrator's port is closed.
    fn refused(when: When, codes: &[&'static str]) -> Self {
        Self::broken_by("refused", when, codes, |lab| {
            lab.orchestrator.server().close();
            Box::pin(unconnected(lab, "orchestrator"))
        })
    }

    /// The orchestrator's port is open until it has answered one of these, and then closed.
    fn refused_after(operations: &'static [Operation], when: When, codes: &[&'static str]) -> Self {
        Self::broken_by("refused", when, codes, move |lab| {
            Box::pin(async move {
                // Envoy keeps connections: start from none, and those before the last answer do not stay.
                lab.orchestrator.server().close();
                unconnected(lab, "orchestrator").await;
                lab.orchestrator.server().reopen();
                for operation in operations {
                    lab.orchestrator.breaks(*operation, Fault::LastAnswer);
                }
            })
        })
    }

    /// Something else goes wrong.
    pub(crate) fn broken_by(
        name: impl Into<String>,
        when: When,
        codes: &[&'static str],
        break_it: impl for<'a> Fn(&'a Lab) -> Checking<'a> + Send + Sync + 'static,
    ) -> Self {
        let untouched = codes != ["completion_failed"];
        let break_it = Box::new(break_it);
        Self {
            name: name.into(),
            when,
            break_it,
            codes: codes.to_vec(),
            untouched,
            begins: false,
            within: TIMEOUT * CALLOUTS,
        }
    }

    /// Under another name.
    pub(crate) fn named(mut self, name: impl FnOnce(&str) -> String) -> Self {
        self.name = name(&self.name);
        self
    }

    /// What is waited for has a timeout of its own.
    pub(crate) fn within(mut self, timeout: Duration) -> Self {
        self.within = timeout;
        self
    }

    /// Whether the relying party must see nothing.
    pub(crate) fn spares_the_relying_party(mut self, spares: bool) -> Self {
        self.untouched = spares;
        self
    }

    /// The fault comes after a begin at the relying party.
    pub(crate) fn after_the_begin(mut self) -> Self {
        self.begins = true;
        self
    }

    pub(crate) async fn run(&self, lab: &Lab, client: Client) {
        lab.reset();
        let prepared = Prepared::of(self.when, lab, client.clone()).await;
        (self.break_it)(lab).await;
        let started = Instant::now();
        let answer = prepared.act().await;
        let taken = started.elapsed();
        refusal::expect(&answer, &self.codes);
        assert!(taken < self.within + SLACK, "answered only after {taken:?}");
        if self.untouched {
            lab.expect_untouched().await;
        }
        if let Some(begin) = self.when.begin_behind().filter(|_| !self.begins) {
            assert!(lab.relying_party.seen_at(begin).is_empty(), "{:?}", lab.journal.steps());
        }
        assert!(answer.header_values("set-cookie").iter().all(|cookie| !cookie.starts_with(SESSION_COOKIE)));

        lab.reset();
        let answer = Prepared::of(self.when, lab, client).await.act().await;
        assert_eq!(answer.status, self.when.success(), "the worker goes on serving: {}", answer.text());
    }
}

/// Waits until Envoy holds no connection to a cluster that went away.
pub(crate) async fn unconnected(lab: &Lab, cluster: &str) {
    while lab.envoy.stat(&format!("cluster.{cluster}.upstream_cx_active")).await > 0 {
        tokio::task::yield_now().await;
    }
}

/// The faults that make any call fail whose answer is read.
pub(crate) fn broken(when: When, operation: Operation, success: u16, codes: &[&'static str]) -> Vec<Case> {
    let mut cases = unanswered(when, operation, codes);
    let nonsense = nonsense(success).into_iter();
    cases.extend(nonsense.map(|(name, fault)| Case::fault(name, when, operation, fault, codes)));
    cases
}

/// The faults that make any call fail, also one of which only the status is read.
pub(crate) fn unanswered(when: When, operation: Operation, codes: &[&'static str]) -> Vec<Case> {
    let mut cases: Vec<Case> =
        silence().into_iter().map(|(name, fault)| Case::fault(name, when, operation, fault, codes)).collect();
    cases.push(match operation {
        Operation::Complete => {
            Case::refused_after(&[Operation::Status, Operation::CredentialOwner], when, codes)
        }
        Operation::OpenCrossPlatformAuthentication => {
            Case::refused_after(&[Operation::ConsumeHandoff], when, codes)
        }
        _ => Case::refused(when, codes),
    });
    cases
}

/// An answer that says it went well, and goes on and on.
pub(crate) fn too_long(when: When, operation: Operation, codes: &[&'static str]) -> Case {
    let huge = format!("{{\"x\":\"{}\"}}", "y".repeat(3_000_000));
    Case::fault("three_megabytes", when, operation, Fault::answer(200, huge), codes)
}

/// Answers that never come, or that are none.
pub(crate) fn silence() -> Vec<(&'static str, Fault)> {
    vec![
        ("slow", Fault::Stalled),
        ("slow_in_the_body", Fault::StalledInBody),
        ("cut_before_headers", Fault::CutBeforeHeaders),
        ("cut_in_the_body", Fault::CutInBody),
        ("status_500", Fault::answer(500, "{\"error\":{\"code\":\"internal\"}}")),
        ("status_503", Fault::answer(503, "")),
        ("status_401", Fault::answer(401, "{\"error\":{\"code\":\"unauthorized\"}}")),
        ("status_302", Fault::answer(302, "")),
    ]
}

/// Answers that say it went well, and cannot be read.
pub(crate) fn nonsense(success: u16) -> Vec<(&'static str, Fault)> {
    let huge = format!("{{\"x\":\"{}\"}}", "y".repeat(3_000_000));
    vec![
        ("garbage", Fault::answer(success, "<html>not JSON</html>")),
        ("garbage_bytes", Fault::answer(success, b"\xff\xfe\x00\x80".to_vec())),
        ("empty", Fault::answer(success, "")),
        ("json_null", Fault::answer(success, "null")),
        ("json_list", Fault::answer(success, "[]")),
        ("json_object_without_members", Fault::answer(success, "{}")),
        ("three_megabytes", Fault::answer(success, huge)),
        (
            "three_megabytes_around_the_right_answer",
            Fault::edited(|json| json["padding"] = "y".repeat(3_000_000).into()),
        ),
    ]
}
