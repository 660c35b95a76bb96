//! A risky sign-in without a name: whose it is turns out at the finish.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Client};
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;
use serde_json::json;

use super::{Row, expect_order_of_finish, expect_vouched};

pub(crate) const ROWS: &[Row] =
    table![the_same_request_passes_after_the_face, someone_else_stays_out, a_passkey_nobody_knows_stays_out];

const CEREMONY: Ceremony = Ceremony::Authentication;

async fn begun(stack: &Stack, client: Client) -> (Customer, Begun) {
    let mut customer = Customer::enrolled(stack, client).await;
    customer.forgets_everything();
    stack.begin_trail();
    let begun = customer.begins_a_risky_sign_in().await;
    assert!(!stack.steps().contains(&"orchestrator open".to_owned()), "nobody is known yet");
    (customer, begun)
}

/// The first finish: refused, and the capture page that the refusal names.
async fn refused(stack: &Stack, customer: &mut Customer, finish: &Ask) -> String {
    let answer = customer.client.send(finish.clone()).await.expect("an answer");
    refusal::expect(&answer, &["step_up_required"]);
    stack.expect_untouched().await;
    capture_url(&answer.json())
}

async fn the_same_request_passes_after_the_face(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    let finish = CEREMONY.finish(&CEREMONY.credential(&customer.passkey, begun.challenge()));
    let page = refused(stack, &mut customer, &finish).await;
    stack.present(&page, Face::Mine).await;
    stack.begin_trail();
    let answer = customer.client.send(finish).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    expect_order_of_finish(stack, CEREMONY.finish_path());
    expect_vouched(stack, "step_up", "risky-sign-in");
    assert_eq!(customer.me().await["signedInWith"], "passkey");
}

async fn someone_else_stays_out(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    let finish = CEREMONY.finish(&CEREMONY.credential(&customer.passkey, begun.challenge()));
    let page = refused(stack, &mut customer, &finish).await;
    stack.present(&page, Face::SomeoneElse).await;
    let answer = customer.client.send(finish).await.expect("an answer");
    refusal::expect(&answer, &["biometric_mismatch"]);
    stack.expect_untouched().await;
    assert_eq!(customer.me().await["signedInWith"], json!(null));
}

async fn a_passkey_nobody_knows_stays_out(stack: &Stack, client: Client) {
    let (mut customer, begun) = begun(stack, client).await;
    customer.passkey = Passkey::new(customer.passkey.user_handle.clone());
    refusal::expect(&customer.finishes(CEREMONY, &begun).await, &["user_unknown"]);
    stack.expect_untouched().await;
}
