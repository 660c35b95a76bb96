//! Plain proxying.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation, TOKEN};
use countersign_tests::raw;
use countersign_tests::table;
use hyper::header::{HeaderMap, HeaderValue};
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    a_ceremony_passes,
    the_session_cookie_tells_who_asks,
    trailers_are_recorded,
    a_body_that_never_ends_is_recorded_as_incomplete,
    an_orchestrator_answers_as_section_8_has_it,
];

async fn a_ceremony_passes(lab: &Lab, mut client: Client) {
    let begun = Begun::by(&mut client, Ceremony::Registration.begin()).await.expect("an answer");
    let passkey = Passkey::new("ann");
    let credential = Ceremony::Registration.credential(&passkey, begun.challenge());
    let answer = client.send(Ceremony::Registration.finish(&credential)).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })));
    let seen = lab.relying_party.seen_at("/verify-registration");
    assert_eq!(seen.len(), 1);
    assert!(seen[0].complete);
    assert_eq!(seen[0].json(), credential);
    assert_eq!(
        lab.journal.steps(),
        ["relying party GET /generate-registration-options", "relying party POST /verify-registration"]
    );
}

async fn the_session_cookie_tells_who_asks(lab: &Lab, mut client: Client) {
    assert_eq!(client.send(Ask::get("/me")).await.expect("an answer").status, 401);
    let session = lab.relying_party.session(Some("ann"));
    client.cookies.insert("connect.sid".to_owned(), session);
    assert_eq!(client.send(Ask::get("/me")).await.expect("an answer").json()["id"], "ann");
}

async fn trailers_are_recorded(lab: &Lab, mut client: Client) {
    let mut ask = Ask::post_bytes("/anything", "body").header("trailer", "x-late");
    ask.trailers =
        Some(HeaderMap::from_iter([("x-late".parse().expect("a name"), HeaderValue::from_static("1"))]));
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    let seen = lab.relying_party.seen_at("/anything");
    assert_eq!(seen[0].trailers.as_ref().expect("trailers")["x-late"], "1");
}

async fn a_body_that_never_ends_is_recorded_as_incomplete(lab: &Lab, client: Client) {
    let head = raw::head(
        "POST /anything HTTP/1.1",
        &[("host".to_owned(), b"bank.example".to_vec()), ("content-length".to_owned(), b"100".to_vec())],
    );
    let unanswered = tokio::spawn({
        let address = client.address;
        async move { raw::exchange(address, &[head, b"half".to_vec()]).await }
    });
    while lab.relying_party.seen_at("/anything").is_empty() {
        tokio::task::yield_now().await;
    }
    unanswered.abort();
    assert!(!lab.relying_party.seen_at("/anything")[0].complete);
}

async fn an_orchestrator_answers_as_section_8_has_it(lab: &Lab, _: Client) {
    let mut caller = Client::new(lab.orchestrator.address(), "orchestrator");
    let open = json!({
        "flow": "step_up", "external_user_id": "ann", "rp_id": "bank.example", "challenge": "c".repeat(43),
    });
    let post = |path: &str, key: &str, body: &serde_json::Value| {
        Ask::post(path, body)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("idempotency-key", key)
    };
    let opened = caller.send(post("/v1/sessions", "a", &open)).await.expect("an answer");
    let id = opened.json()["id"].as_str().expect("an id").to_owned();
    let complete = json!({ "credential_id": "x" });
    let path = format!("/v1/sessions/{id}/complete");
    let early = caller.send(post(&path, "b", &complete)).await.expect("an answer");
    assert_eq!((early.status, early.json()["error"]["code"].clone()), (409, json!("not_ready")));
    lab.orchestrator.decide(&id, "matched");
    lab.orchestrator.breaks(Operation::Complete, Fault::CutInBody);
    assert!(caller.send(post(&path, "c", &complete)).await.is_err());
    lab.orchestrator.heals();
    let retried = caller.send(post(&path, "c", &complete)).await.expect("an answer");
    assert_eq!(retried.status, 200, "a retry with its own key gets the stored answer");
    let replayed = caller.send(post(&path, "d", &complete)).await.expect("an answer");
    assert_eq!(
        (replayed.status, replayed.json()["error"]["code"].clone()),
        (409, json!("already_completed"))
    );
}
