//! Enrolment at the bank, with a face.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::Client;
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;
use serde_json::json;

use super::{Row, expect_order_of_finish, expect_vouched};

pub(crate) const ROWS: &[Row] = table![
    my_face_enrols,
    the_credential_waits_for_the_face,
    someone_else_cannot_add_a_passkey,
    a_mismatch_leaves_no_credential,
    what_was_declined_is_tried_again,
];

const CEREMONY: Ceremony = Ceremony::Registration;

async fn begun(client: Client) -> (Customer, Begun) {
    let mut customer = Customer::new(client).await;
    let begun = customer.begins(CEREMONY.begin()).await;
    (customer, begun)
}

async fn my_face_enrols(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(client).await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    stack.begin_trail();
    let answer = customer.finishes(CEREMONY, &begun).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    expect_order_of_finish(stack, CEREMONY.finish_path());
    expect_vouched(stack, "registration", "enrolment");
    assert_eq!(stack.finishes()[0]["body"]["id"], customer.passkey.id_text());
    assert_eq!(customer.me().await["passkeys"], 1);
}

async fn the_credential_waits_for_the_face(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(client).await;
    refusal::expect(&customer.finishes(CEREMONY, &begun).await, &["verdict_pending"]);
    stack.expect_untouched().await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    assert_eq!(customer.finishes(CEREMONY, &begun).await.status, 200);
    assert_eq!(customer.me().await["passkeys"], 1);
}

async fn someone_else_cannot_add_a_passkey(stack: &Stack, client: Client) {
    let mut customer = Customer::enrolled(stack, client).await;
    // In the customer's own session, with an authenticator of the thief's.
    let mut thief = customer.clone();
    thief.passkey = Passkey::new(customer.passkey.user_handle.clone());
    stack.begin_trail();
    let begun = thief.begins(CEREMONY.begin()).await;
    stack.present(&capture_url(&begun.options), Face::SomeoneElse).await;
    refusal::expect(&thief.finishes(CEREMONY, &begun).await, &["registration_unverified"]);
    stack.expect_untouched().await;
    assert_eq!(customer.me().await["passkeys"], 1);
}

async fn a_mismatch_leaves_no_credential(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(client).await;
    stack.present(&capture_url(&begun.options), Face::SomeoneElse).await;
    refusal::expect(&customer.finishes(CEREMONY, &begun).await, &["registration_unverified"]);
    stack.expect_untouched().await;
    assert!(!stack.steps().contains(&"orchestrator complete".to_owned()), "{:?}", stack.steps());
    assert_eq!(customer.me().await["passkeys"], 0);
}

async fn what_was_declined_is_tried_again(stack: &Stack, client: Client) {
    let (mut customer, mut attempt) = begun(client).await;
    let mut sessions = Vec::new();
    for face in [Face::SomeoneElse, Face::Broken] {
        stack.present(&capture_url(&attempt.options), face).await;
        refusal::expect(&customer.finishes(CEREMONY, &attempt).await, &["registration_unverified"]);
        sessions.push(attempt.options["stepUp"]["session"].clone());
        attempt = customer.begins(CEREMONY.begin()).await;
    }
    assert!(!sessions.contains(&attempt.options["stepUp"]["session"]), "a session of its own");
    stack.present(&capture_url(&attempt.options), Face::Mine).await;
    assert_eq!(customer.finishes(CEREMONY, &attempt).await.status, 200);
    assert_eq!(customer.me().await["passkeys"], 1, "in the account that there was");
}
