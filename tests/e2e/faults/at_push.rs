//! `handoff.push`: nothing depends on what the service answers, or whether it does. The code on the screen works as
//! without it, the answer is not late, and nobody's phone rings twice.

use std::sync::Arc;
use std::time::Instant;

use countersign_tests::client::{Carrier, Client, Protocol};
use countersign_tests::handoff::{Offered, open};
use countersign_tests::lab::Plan;
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::push::Pushing;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::USER;
use countersign_tests::suite::Suite;

use super::common::{self, SLACK, TIMEOUT, nonsense, silence};

pub(crate) fn add(suite: &mut Suite, mode: &str, waits: bool) {
    let plan = Plan::with(|plugin| plugin["orchestrator"]["timeout"] = common::TIMEOUT_TEXT.into());
    let pushing = Pushing::shared(plan.headers_can_wait(waits));
    let mut rows: Vec<(&str, Trouble)> =
        silence().into_iter().chain(nonsense(202)).map(|(name, fault)| (name, Trouble::Of(fault))).collect();
    rows.push(("refused", Trouble::Closed));
    rows.push(("a_redirect_is_not_followed", Trouble::Of(Fault::answer(307, ""))));
    rows.push(("status_429", Trouble::Of(Fault::answer(429, "{\"error\":\"too many\"}"))));
    for (name, trouble) in rows {
        let pushing = Arc::clone(&pushing);
        suite.row(format!("{mode}/push/{name}"), move || async move {
            let pushing = pushing.turn().await;
            pushing.reset();
            run(&pushing, pushing.lab.client(Protocol::Http1, Carrier::Cookies), &trouble).await;
        });
    }
    // The other way round: no hand-off, no message.
    for (name, fault) in silence().into_iter().chain(nonsense(201)) {
        let pushing = Arc::clone(&pushing);
        suite.row(format!("{mode}/push/not_opened_{name}"), move || async move {
            let pushing = pushing.turn().await;
            pushing.reset();
            unopened(&pushing, pushing.lab.client(Protocol::Http1, Carrier::Cookies), fault).await;
        });
    }
}

/// What is wrong with the service.
enum Trouble {
    Of(Fault),
    /// Its port is closed.
    Closed,
}

async fn run(pushing: &Pushing, client: Client, trouble: &Trouble) {
    let lab = &pushing.lab;
    let told = match trouble {
        Trouble::Of(fault) => {
            pushing.push.breaks(fault.clone());
            1
        }
        Trouble::Closed => {
            pushing.push.server().close();
            common::unconnected(lab, "push").await;
            0
        }
    };
    let started = Instant::now();
    let mut offered = Offered::by(lab, client.clone()).await;
    let taken = started.elapsed();
    // Who is asking, the orchestrator, the service: each has its timeout, and no other is waited for.
    assert!(taken < TIMEOUT * 3 + SLACK, "answered only after {taken:?}");
    for member in ["deepLink", "qr", "number", "token", "status", "evidence"] {
        assert!(!offered.told(member).is_empty(), "no {member}: {}", offered.offer);
    }
    assert_eq!(pushing.push.messages().len(), told);
    assert_eq!(lab.orchestrator.calls_of(Operation::OpenCrossPlatform).len(), 1);

    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");

    pushing.reset();
    Offered::by(lab, client).await;
    assert_eq!(pushing.push.messages().len(), 1, "the worker goes on telling");
}

async fn unopened(pushing: &Pushing, client: Client, fault: Fault) {
    let lab = &pushing.lab;
    lab.orchestrator.breaks(Operation::OpenCrossPlatform, fault);
    let mut desktop = client;
    desktop.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let answer = desktop.send(open()).await.expect("an answer");
    refusal::expect(&answer, &["orchestrator_unavailable"]);
    assert_eq!(answer.json().get("number"), None, "{}", answer.text());
    assert!(desktop.evidence_cookies().is_empty(), "{:?}", desktop.cookies);
    lab.fence().await;
    assert!(pushing.push.messages().is_empty(), "nothing to be told of");
}
