//! What only `IDaaS` has: a match that is told once, to whoever holds the transaction's token.

use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::{Ask, Carrier, Client};
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stack::Face;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use countersign_tests::vendor::Vendor;
use serde_json::{Value, json};

use super::{Row, ask_for_status};

pub(crate) const ROWS: &[Row] = table![
    the_challenge_names_the_user_and_nothing_else,
    the_token_of_the_transaction_opens_the_polls,
    the_client_gets_what_the_vendors_sdk_needs,
    a_match_that_was_told_to_the_client_is_kept,
    a_client_without_a_jar_keeps_it_too,
    a_match_that_was_asked_for_at_the_finish_does_not,
    a_match_of_another_user,
    a_match_of_nobody,
    a_match_that_is_not_completed,
    a_user_whom_the_vendor_does_not_know,
    a_new_passkey_for_the_face_that_the_vendor_knows,
    a_new_passkey_for_nobody_else,
];

const CHALLENGE: &str = "POST /api/web/v2/authentication/users/authenticate/FACE";

async fn the_challenge_names_the_user_and_nothing_else(vendor: &Vendor, client: Client) {
    vendor.step_up(client).await;
    let asked = vendor.tap.heard_at(CHALLENGE)[0].json();
    assert_eq!(asked, json!({ "applicationId": "1f1b4f2c-1a62-4cd3-9a06-0b7d3c0a2e11", "userId": USER }));
}

async fn the_token_of_the_transaction_opens_the_polls(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    let (_, challenge) = vendor.tap.heard_at(CHALLENGE)[0].said.clone().expect("an answer");
    let poll = &vendor.tap.heard_at(ask_for_status(vendor))[0];
    assert_eq!(poll.header("authorization"), challenge["token"].as_str().expect("a token"));
    assert_eq!(poll.json(), json!({ "applicationId": "1f1b4f2c-1a62-4cd3-9a06-0b7d3c0a2e11" }));
    assert!(!vendor.lab.envoy.log().contains(poll.header("authorization")), "it is a secret");
}

async fn the_client_gets_what_the_vendors_sdk_needs(vendor: &Vendor, client: Client) {
    let stage = vendor.step_up(client).await;
    let (_, challenge) = vendor.tap.heard_at(CHALLENGE)[0].said.clone().expect("an answer");
    let mut expected = challenge["faceChallenge"].clone();
    expected.as_object_mut().expect("an object").remove("id");
    assert_eq!(stage.begun.options["stepUp"]["client"], expected);
    assert_eq!(stage.begun.session(), challenge["faceChallenge"]["workflowRunId"].as_str().expect("an id"));
}

async fn polls(stage: &mut Stage) -> Value {
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    let answer = stage.send(Ask::get(&path)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["status"].clone()
}

async fn a_match_that_was_told_to_the_client_is_kept(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    assert_eq!(polls(&mut stage).await, "pending");
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.begin_anew();
    for _ in 0..3 {
        assert_eq!(polls(&mut stage).await, "matched");
    }
    assert_eq!(vendor.tap.heard().len(), 1, "asked once, told thrice");
    vendor.begin_anew();
    assert_eq!(stage.finish().await.status, 200);
    assert_eq!(vendor.steps(), ["relying party POST /verify-authentication"]);
}

async fn a_client_without_a_jar_keeps_it_too(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(Client { carrier: Carrier::Header, ..client }).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    assert_eq!(polls(&mut stage).await, "matched");
    vendor.begin_anew();
    assert_eq!(stage.finish().await.status, 200);
    assert!(vendor.tap.heard().is_empty(), "not asked again");
}

async fn declines_then_accepts(vendor: &Vendor, stage: &mut Stage) -> countersign_tests::client::Answer {
    let reply = Reply::json(400, &json!({ "error": "later" }));
    vendor.lab.relying_party.answers("POST /verify-authentication", reply);
    let finish = stage.honest();
    let declined = stage.send(finish.clone()).await.expect("an answer");
    assert_eq!((declined.status, declined.json()), (400, json!({ "error": "later" })));
    vendor
        .lab
        .relying_party
        .answers("POST /verify-authentication", Reply::json(200, &json!({ "verified": true })));
    stage.send(finish).await.expect("an answer")
}

async fn a_match_that_was_asked_for_at_the_finish_does_not(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    let answer = declines_then_accepts(vendor, &mut stage).await;
    refusal::expect(&answer, &["verdict_failed"]);
}

async fn a_match_of_another_user(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |answer| answer["userId"] = json!("bob"), "orchestrator_unavailable").await;
}

async fn a_match_of_nobody(vendor: &Vendor, client: Client) {
    let edit = |answer: &mut Value| drop(answer.as_object_mut().expect("an object").remove("userId"));
    not_believed(vendor, client, edit, "orchestrator_unavailable").await;
}

async fn a_match_that_is_not_completed(vendor: &Vendor, client: Client) {
    let edit = |answer: &mut Value| answer["authenticationCompleted"] = json!(false);
    not_believed(vendor, client, edit, "verdict_failed").await;
}

async fn not_believed(
    vendor: &Vendor,
    client: Client,
    edit: impl Fn(&mut Value) + Send + Sync + 'static,
    code: &str,
) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.tap.edits(ask_for_status(vendor), edit);
    refusal::expect(&stage.finish().await, &[code]);
    vendor.lab.expect_untouched().await;
}

async fn a_user_whom_the_vendor_does_not_know(vendor: &Vendor, mut client: Client) {
    let error = json!({ "errorCode": "user_not_found", "errorMessage": "x", "parameters": [] });
    vendor.tap.answers(CHALLENGE, 404, error);
    let session = vendor.lab.relying_party.session(Some(USER));
    client.cookies.insert(SESSION_COOKIE.to_owned(), session);
    let refused = client.send(risky(Ceremony::Authentication.begin())).await.expect("an answer");
    refusal::expect(&refused, &["user_unknown"]);
}

async fn a_new_passkey_for_the_face_that_the_vendor_knows(vendor: &Vendor, client: Client) {
    let mut stage = Stage::registration(&vendor.lab, client).await;
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    vendor.present(&stage.begun.options, Face::Mine).await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_new_passkey_for_nobody_else(vendor: &Vendor, client: Client) {
    let mut stage = Stage::registration(&vendor.lab, client).await;
    vendor.present(&stage.begun.options, Face::SomeoneElse).await;
    refusal::expect(&stage.finish().await, &["registration_unverified"]);
    vendor.lab.expect_untouched().await;
}
