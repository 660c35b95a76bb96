//! What a fault row is, and how it runs.

use std::time::{Duration, Instant};

use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::{Answer, Client};
use countersign_tests::lab::{Checking, Lab};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::{Stage, USER};

/// `orchestrator.timeout` in these labs.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(500);
/// The same as the configuration has it.
pub(crate) const TIMEOUT_TEXT: &str = "500ms";
/// An exchange has at most this many callouts one after the other; a fault must end it within their time.
const CALLOUTS: u32 = 4;
/// For Envoy, the stand-ins and two busy cores.
const SLACK: Duration = Duration::from_secs(2);

/// Which request meets the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// A guarded sign-in asks for options.
    Begin,
    /// A registration asks for options.
    BeginRegistration,
    /// A guarded, matched sign-in is finished.
    Finish,
    /// A matched registration is finished.
    FinishRegistration,
    /// A discoverable sign-in is finished for the first time.
    FinishDiscoverable,
}

/// One row.
pub(crate) struct Case {
    pub(crate) name: String,
    when: When,
    break_it: Breaking,
    codes: Vec<&'static str>,
    untouched: bool,
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

    /// The orchestrator's port is open for one more answer, to `status`, and then closed.
    fn refused_after_status(when: When, codes: &[&'static str]) -> Self {
        Self::broken_by("refused", when, codes, |lab| {
            Box::pin(async move {
                // Envoy keeps connections: start from none, and those before `complete` do not stay.
                lab.orchestrator.server().close();
                unconnected(lab, "orchestrator").await;
                lab.orchestrator.server().reopen();
                lab.orchestrator.breaks(Operation::Status, Fault::LastAnswer);
                lab.orchestrator.breaks(Operation::CredentialOwner, Fault::LastAnswer);
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
        Self { name: name.into(), when, break_it: Box::new(break_it), codes: codes.to_vec(), untouched }
    }

    /// Under another name.
    pub(crate) fn named(mut self, name: impl FnOnce(&str) -> String) -> Self {
        self.name = name(&self.name);
        self
    }

    /// Whether the relying party must see nothing.
    pub(crate) fn spares_the_relying_party(mut self, spares: bool) -> Self {
        self.untouched = spares;
        self
    }

    pub(crate) async fn run(&self, lab: &Lab, client: Client) {
        lab.reset();
        let mut stage = Prepared::of(self.when, lab, client.clone()).await;
        (self.break_it)(lab).await;
        let started = Instant::now();
        let answer = stage.act().await;
        let taken = started.elapsed();
        refusal::expect(&answer, &self.codes);
        assert!(taken < TIMEOUT * CALLOUTS + SLACK, "answered only after {taken:?}");
        if self.untouched {
            lab.expect_untouched().await;
        }
        assert!(answer.header_values("set-cookie").iter().all(|cookie| !cookie.starts_with(SESSION_COOKIE)));

        lab.reset();
        let mut healthy = Prepared::of(self.when, lab, client).await;
        let answer = healthy.act().await;
        let expected = if self.when == When::FinishDiscoverable { 401 } else { 200 };
        assert_eq!(answer.status, expected, "the worker goes on serving: {}", answer.text());
    }
}

/// Waits until Envoy holds no connection to a cluster that went away.
pub(crate) async fn unconnected(lab: &Lab, cluster: &str) {
    while lab.envoy.stat(&format!("cluster.{cluster}.upstream_cx_active")).await > 0 {
        tokio::task::yield_now().await;
    }
}

/// Everything up to the request that meets the fault.
enum Prepared {
    Begin(Client, Ceremony),
    Finish(Box<Stage>),
}

impl Prepared {
    async fn of(when: When, lab: &Lab, mut client: Client) -> Self {
        let stage = match when {
            When::Begin | When::BeginRegistration => {
                client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
                let registers = when == When::BeginRegistration;
                let ceremony = if registers { Ceremony::Registration } else { Ceremony::Authentication };
                return Self::Begin(client, ceremony);
            }
            When::Finish => Stage::step_up(lab, client).await,
            When::FinishRegistration => Stage::registration(lab, client).await,
            When::FinishDiscoverable => {
                return Self::Finish(Box::new(Stage::discoverable(lab, client).await));
            }
        };
        lab.orchestrator.decide(stage.begun.session(), "matched");
        Self::Finish(Box::new(stage))
    }

    async fn act(&mut self) -> Answer {
        match self {
            Self::Begin(client, ceremony) => client.send(risky(ceremony.begin())).await.expect("an answer"),
            Self::Finish(stage) => stage.finish().await,
        }
    }
}

/// The faults that make any call fail, whatever it is.
pub(crate) fn broken(when: When, operation: Operation, success: u16, codes: &[&'static str]) -> Vec<Case> {
    let mut cases: Vec<Case> = faults(success)
        .into_iter()
        .map(|(name, fault)| Case::fault(name, when, operation, fault, codes))
        .collect();
    cases.push(if operation == Operation::Complete {
        Case::refused_after_status(when, codes)
    } else {
        Case::refused(when, codes)
    });
    cases
}

fn faults(success: u16) -> Vec<(&'static str, Fault)> {
    let huge = format!("{{\"x\":\"{}\"}}", "y".repeat(3_000_000));
    vec![
        ("slow", Fault::Stalled),
        ("slow_in_the_body", Fault::StalledInBody),
        ("cut_before_headers", Fault::CutBeforeHeaders),
        ("cut_in_the_body", Fault::CutInBody),
        ("status_500", Fault::answer(500, "{\"error\":{\"code\":\"internal\"}}")),
        ("status_503", Fault::answer(503, "")),
        ("status_401", Fault::answer(401, "{\"error\":{\"code\":\"unauthorized\"}}")),
        ("status_302", Fault::answer(302, "")),
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
