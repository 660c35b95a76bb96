//! `/.countersign/sessions/{id}`: the client asks how its check is doing, or gives it up.

use countersign_tests::client::{Ask, Carrier, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    the_holder_asks,
    a_stranger_asks,
    another_session_with_the_evidence,
    the_holder_gives_up,
    a_stranger_cannot_give_up,
    a_foreign_origin_cannot_give_up,
];

async fn the_holder_asks(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    let session = stage.begun.session().to_owned();
    for status in ["pending", "matched", "not_matched"] {
        lab.orchestrator.decide(&session, status);
        let answer = stage.send(Ask::get(&path)).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json(), json!({ "id": session, "status": status }));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert!(
        lab.relying_party.seen().iter().all(|seen| !seen.path.contains(".countersign")),
        "never forwarded"
    );
}

async fn a_stranger_asks(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    stage.client.carrier = Carrier::Nothing;
    refusal::expect(&stage.send(Ask::get(&path)).await.expect("an answer"), &["ceremony_unknown"]);
    let mut other = Stage::step_up(lab, lab.client(stage.client.protocol, Carrier::Cookies)).await;
    refusal::expect(&other.send(Ask::get(&path)).await.expect("an answer"), &["ceremony_unknown"]);
    assert!(
        lab.orchestrator.calls_of(Operation::Status).is_empty(),
        "a stranger's question is not passed on"
    );
}

async fn another_session_with_the_evidence(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    let other = lab.relying_party.session(Some(USER));
    stage.client.cookies.insert(SESSION_COOKIE.to_owned(), other);
    for method in [Method::GET, Method::DELETE] {
        let answer = stage.send(Ask::new(method, &path)).await.expect("an answer");
        refusal::expect(&answer, &["ceremony_unknown"]);
    }
    for operation in [Operation::Status, Operation::Cancel] {
        assert!(lab.orchestrator.calls_of(operation).is_empty(), "{operation:?}");
    }
}

async fn the_holder_gives_up(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    let answer = stage.send(Ask::new(Method::DELETE, &path)).await.expect("an answer");
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "cancelled");
    refusal::expect(&stage.finish().await, &["verdict_failed"]);
    lab.expect_untouched().await;
}

async fn a_stranger_cannot_give_up(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    stage.client.carrier = Carrier::Nothing;
    let answer = stage.send(Ask::new(Method::DELETE, &path)).await.expect("an answer");
    refusal::expect(&answer, &["ceremony_unknown"]);
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "pending");
}

async fn a_foreign_origin_cannot_give_up(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    let ask = Ask::new(Method::DELETE, &path).header("origin", "https://evil.example");
    refusal::expect(&stage.send(ask).await.expect("an answer"), &["malformed_request"]);
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "pending");
    let ask = Ask::new(Method::DELETE, &path).header("origin", countersign_tests::plugin::ORIGIN);
    assert_eq!(stage.send(ask).await.expect("an answer").status, 204);
}
