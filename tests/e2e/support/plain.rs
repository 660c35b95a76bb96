//! Plain proxying.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::raw;
use countersign_tests::table;
use hyper::header::{HeaderMap, HeaderValue};
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    a_ceremony_passes,
    the_session_cookie_tells_who_asks,
    trailers_are_recorded,
    a_body_that_never_ends_is_recorded_as_incomplete,
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
