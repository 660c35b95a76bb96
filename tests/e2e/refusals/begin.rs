//! Refused before options leave.

use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::{Answer, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::USER;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    orchestrator_unavailable_at_begin,
    relying_party_unreadable_no_json,
    relying_party_unreadable_no_challenge,
    relying_party_unreadable_challenge_is_no_base64url,
    relying_party_unreadable_member_twice,
    relying_party_unreadable_compressed,
    relying_party_unreadable_in_a_routine_begin_too,
    malformed_request_session_cookie_twice,
    malformed_request_trusted_header_twice,
    malformed_request_wrong_method,
    user_unknown_at_registration,
    user_unknown_is_empty,
];

async fn begin(lab: &Lab, client: &mut Client, ceremony: Ceremony) -> Answer {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    client.send(risky(ceremony.begin())).await.expect("an answer")
}

pub(super) fn nothing_left(lab: &Lab, answer: &Answer) {
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
    assert!(!answer.headers.contains_key("countersign-evidence"));
    assert!(!answer.headers.contains_key("set-cookie"), "the answer is withheld with its cookies");
}

async fn orchestrator_unavailable_at_begin(lab: &Lab, mut client: Client) {
    lab.orchestrator.breaks(Operation::Open, Fault::answer(500, ""));
    let answer = begin(lab, &mut client, Ceremony::Authentication).await;
    refusal::expect(&answer, &["orchestrator_unavailable"]);
    assert!(!answer.text().contains("challenge"));
}

async fn unreadable(lab: &Lab, mut client: Client, reply: Reply) {
    let reply = reply.header("set-cookie", "connect.sid=new; Path=/");
    lab.relying_party.answers("GET /generate-authentication-options", reply);
    let answer = begin(lab, &mut client, Ceremony::Authentication).await;
    refusal::expect(&answer, &["relying_party_unreadable"]);
    nothing_left(lab, &answer);
}

async fn relying_party_unreadable_no_json(lab: &Lab, client: Client) {
    unreadable(lab, client, Reply::new(200, "text/html", "<html>sign in</html>")).await;
}

async fn relying_party_unreadable_no_challenge(lab: &Lab, client: Client) {
    unreadable(lab, client, Reply::json(200, &json!({ "rpId": "bank.example" }))).await;
}

async fn relying_party_unreadable_challenge_is_no_base64url(lab: &Lab, client: Client) {
    unreadable(lab, client, Reply::json(200, &json!({ "rpId": "bank.example", "challenge": "a+b=" }))).await;
}

async fn relying_party_unreadable_member_twice(lab: &Lab, client: Client) {
    let body = r#"{"rpId":"bank.example","challenge":"AAECAwQFBgcICQoLDA0ODw","challenge":"DwECAwQFBgcICQoLDA0ODw"}"#;
    unreadable(lab, client, Reply::new(200, "application/json", body)).await;
}

async fn relying_party_unreadable_compressed(lab: &Lab, client: Client) {
    let options = json!({ "rpId": "bank.example", "challenge": "AAECAwQFBgcICQoLDA0ODw" });
    unreadable(lab, client, Reply::json(200, &options).header("content-encoding", "br")).await;
}

async fn relying_party_unreadable_in_a_routine_begin_too(lab: &Lab, mut client: Client) {
    lab.relying_party.answers("GET /generate-authentication-options", Reply::json(200, &json!([])));
    let answer = client.send(Ceremony::Authentication.begin()).await.expect("an answer");
    refusal::expect(&answer, &["relying_party_unreadable"]);
    nothing_left(lab, &answer);
}

async fn malformed_request_session_cookie_twice(lab: &Lab, mut client: Client) {
    let (one, other) = (lab.relying_party.session(Some(USER)), lab.relying_party.session(Some("bob")));
    let ask = risky(Ceremony::Authentication.begin())
        .header("cookie", format!("{SESSION_COOKIE}={one}; {SESSION_COOKIE}={other}"));
    let answer = client.send(ask).await.expect("an answer");
    refusal::expect(&answer, &["malformed_request"]);
    lab.fence().await;
    assert!(lab.relying_party.seen_at("/generate-authentication-options").is_empty());
}

async fn malformed_request_trusted_header_twice(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let ask = Ceremony::Authentication.begin().header("x-risk", "low").header("x-risk", "low");
    // A fact that cannot be read makes the rule apply; a repeated header that a decision reads is malformed.
    let answer = client.send(ask).await.expect("an answer");
    if answer.status == 200 {
        assert_eq!(answer.json()["stepUp"]["rule"], "risky-sign-in");
    } else {
        refusal::expect(&answer, &["malformed_request"]);
    }
}

async fn malformed_request_wrong_method(lab: &Lab, mut client: Client) {
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let ask = countersign_tests::client::Ask::new(method, "/generate-authentication-options");
        refusal::expect(&client.send(ask).await.expect("an answer"), &["malformed_request"]);
    }
    lab.fence().await;
    assert!(lab.relying_party.seen_at("/generate-authentication-options").is_empty());
}

async fn user_unknown_at_registration(lab: &Lab, mut client: Client) {
    lab.relying_party.edits("GET /generate-registration-options", |options| {
        options.as_object_mut().expect("an object").remove("user");
    });
    let answer = client.send(Ceremony::Registration.begin()).await.expect("an answer");
    refusal::expect(&answer, &["user_unknown", "relying_party_unreadable"]);
    nothing_left(lab, &answer);
}

async fn user_unknown_is_empty(lab: &Lab, mut client: Client) {
    lab.relying_party
        .edits("GET /generate-registration-options", |options| options["user"]["id"] = json!(""));
    let answer = client.send(Ceremony::Registration.begin()).await.expect("an answer");
    refusal::expect(&answer, &["user_unknown", "relying_party_unreadable"]);
    nothing_left(lab, &answer);
}
