//! A risky sign-in of somebody who has said who they are.

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::Client;
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;
use serde_json::json;

use super::{Row, expect_order_of_finish, expect_vouched};

pub(crate) const ROWS: &[Row] = table![
    my_face_is_in,
    the_assertion_waits_for_the_face,
    someone_else_stays_out,
    a_success_is_spent,
    what_was_declined_is_tried_again
];

const CEREMONY: Ceremony = Ceremony::Authentication;

async fn begun(stack: &Stack, client: Client) -> (Customer, Begun) {
    let mut customer = Customer::enrolled(stack, client).await;
    stack.begin_trail();
    let begun = customer.begins_a_risky_sign_in().await;
    (customer, begun)
}

async fn my_face_is_in(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    stack.begin_trail();
    let answer = customer.finishes(CEREMONY, &begun).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    expect_order_of_finish(stack, CEREMONY.finish_path());
    expect_vouched(stack, "step_up", "risky-sign-in");
    assert_eq!(customer.me().await["signedInWith"], "passkey");
}

async fn the_assertion_waits_for_the_face(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    refusal::expect(&customer.finishes(CEREMONY, &begun).await, &["verdict_pending"]);
    stack.expect_untouched().await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    assert_eq!(customer.finishes(CEREMONY, &begun).await.status, 200);
}

async fn someone_else_stays_out(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    stack.present(&capture_url(&begun.options), Face::SomeoneElse).await;
    refusal::expect(&customer.finishes(CEREMONY, &begun).await, &["biometric_mismatch"]);
    stack.expect_untouched().await;
    assert!(!stack.steps().contains(&"orchestrator complete".to_owned()), "{:?}", stack.steps());
    assert_eq!(customer.me().await["signedInWith"], "name");
}

async fn a_success_is_spent(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    let mut again = customer.clone();
    assert_eq!(customer.finishes(CEREMONY, &begun).await.status, 200);
    refusal::expect(&again.finishes(CEREMONY, &begun).await, &["ceremony_replayed"]);
    let bodies = stack.finishes().iter().filter(|finish| finish["raw"].is_string()).count();
    assert_eq!(bodies, 1, "{:?}", stack.finishes());
}

async fn what_was_declined_is_tried_again(stack: &Stack, client: Client) {
    let (mut customer, declined) = begun(stack, client).await;
    stack.present(&capture_url(&declined.options), Face::SomeoneElse).await;
    refusal::expect(&customer.finishes(CEREMONY, &declined).await, &["biometric_mismatch"]);
    let begun = customer.begins_a_risky_sign_in().await;
    assert_ne!(begun.options["stepUp"]["session"], declined.options["stepUp"]["session"]);
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    assert_eq!(customer.finishes(CEREMONY, &begun).await.status, 200);
}
