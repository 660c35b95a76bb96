//! A hand-off at a relying party whose begin has to say for whom it is, in its path and its body.

use countersign_tests::authenticator::Passkey;
use countersign_tests::client::{Ask, Client};
use countersign_tests::encoding::{base64url, random};
use countersign_tests::handoff::{Offered, payload};
use countersign_tests::lab::{Lab, Plan, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    the_relying_party_sees_its_own_name,
    a_phone_that_is_signed_in,
    a_phone_signed_in_as_somebody_else,
    a_name_that_all_know,
    a_name_that_is_no_segment,
    a_begin_that_asks_for_another_method,
];

/// Nobody whose id has an `@` is known by it to the orchestrator.
const ANN: &str = "ann@bank.example";
const BEGIN_OF_ANN: &str = "/users/ann%40bank.example/login";

pub(crate) fn plan() -> Plan {
    Plan::with(|plugin| {
        let endpoints = plugin["relying_parties"]["bank"]["ceremonies"]["endpoints"].as_array_mut();
        endpoints.expect("endpoints").push(json!({
            "leg": "authentication_begin", "method": "POST", "path": "/users/{name}/login", "user": "/username",
        }));
    })
}

/// A desktop where this user is signed in has opened it; the relying party would begin under this path.
async fn offered(lab: &Lab, client: Client, user: &str, begin: &str) -> Offered {
    let phone = client.clone();
    let mut desktop = client;
    desktop.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(user)));
    let passkey = Passkey::new(user);
    let options = json!({
        "rpId": "bank.example", "challenge": base64url(random::<32>()), "userVerification": "preferred",
        "allowCredentials": [{ "id": passkey.id_text(), "type": "public-key" }],
    });
    lab.relying_party.answers(&format!("POST {begin}"), Reply::json(200, &options));
    Offered::between(desktop, phone, passkey).await
}

/// The relying party was begun with once, for this user; the orchestrator was asked for this one, whom it named itself.
async fn expect_begun(lab: &Lab, begin: &str, user: &str) -> String {
    lab.fence().await;
    let begun = lab.relying_party.seen_at(begin);
    assert_eq!(begun.len(), 1, "{:?}", lab.journal.steps());
    assert_eq!(begun[0].json(), json!({ "username": user }));
    let opened = &lab.orchestrator.calls_of(Operation::OpenCrossPlatform)[0];
    let external = opened.body["external_user_id"].as_str().expect("a user").to_owned();
    assert_eq!(lab.orchestrator.sessions()[0].external_user_id, external);
    external
}

async fn the_relying_party_sees_its_own_name(lab: &Lab, client: Client) {
    let mut offered = offered(lab, client, ANN, BEGIN_OF_ANN).await;
    assert_eq!(payload(offered.told("token"))["u"], ANN);
    let mut phone = offered.taken().await;
    assert_eq!(expect_begun(lab, BEGIN_OF_ANN, ANN).await.len(), 43, "base64url of a SHA-256 MAC");
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");
}

async fn a_phone_that_is_signed_in(lab: &Lab, client: Client) {
    let mut offered = offered(lab, client, ANN, BEGIN_OF_ANN).await;
    offered.phone.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(ANN)));
    offered.taken().await;
    expect_begun(lab, BEGIN_OF_ANN, ANN).await;
}

async fn a_phone_signed_in_as_somebody_else(lab: &Lab, client: Client) {
    let mut offered = offered(lab, client, ANN, BEGIN_OF_ANN).await;
    let stranger = lab.relying_party.session(Some("bob@bank.example"));
    offered.phone.cookies.insert(SESSION_COOKIE.to_owned(), stranger);
    let ask = offered.consume();
    refusal::expect(&offered.phone.send(ask).await.expect("an answer"), &["ceremony_unknown"]);
    assert!(lab.orchestrator.sessions().is_empty());
    lab.expect_untouched().await;
}

async fn a_name_that_all_know(lab: &Lab, client: Client) {
    let begin = format!("/users/{USER}/login");
    let mut offered = offered(lab, client, USER, &begin).await;
    assert_eq!(payload(offered.told("token"))["u"], Value::Null, "the code does not tell what it need not");
    offered.taken().await;
    assert_eq!(expect_begun(lab, &begin, USER).await, USER);
}

/// It would be read as another path, by the relying party or by what stands before it.
async fn a_name_that_is_no_segment(lab: &Lab, client: Client) {
    for name in ["..", "../admin", "%2e%2e%2fadmin"] {
        lab.reset();
        let mut offered = offered(lab, client.clone(), name, "/nowhere").await;
        let ask = offered.consume();
        refusal::expect(&offered.phone.send(ask).await.expect("an answer"), &["user_unknown"]);
        assert!(lab.orchestrator.sessions().is_empty());
        lab.expect_untouched().await;
    }
}

/// In JSON as in a form: a relying party that obeys would do something else than begin.
async fn a_begin_that_asks_for_another_method(lab: &Lab, mut client: Client) {
    let multipart = "--b\r\ncontent-disposition: form-data; name=\"_method\"\r\n\r\nPUT\r\n--b--\r\n";
    for (media, body) in [
        ("application/json", r#"{"username":"ann","_method":"PUT"}"#),
        ("application/json", r#"{"username":"ann","x":1,"x":2,"\u005fMETHOD":"PUT"}"#),
        ("multipart/form-data; boundary=b", multipart),
    ] {
        let ask = Ask::post_bytes(BEGIN_OF_ANN, body).header("content-type", media);
        refusal::expect(&client.send(ask).await.expect("an answer"), &["malformed_request"]);
        lab.fence().await;
        let seen = lab.relying_party.seen_at(BEGIN_OF_ANN);
        assert!(seen.iter().all(|seen| seen.body.is_empty() && !seen.complete), "{body}");
    }
}
