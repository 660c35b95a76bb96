//! A payment above the limit, at the bank.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::handoff::Offered;
use countersign_tests::refusal;
use countersign_tests::resource::{PAYMENTS, large, pay};
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Row, expect_told};

pub(crate) const ROWS: &[Row] = table![
    a_small_one_asks_nobody,
    my_face_pays_once,
    someone_else_pays_nothing,
    approved_on_a_phone,
    fifty_at_once_at_two_gateways,
    another_amount_than_was_shown,
];

async fn send(customer: &mut Customer, ask: Ask) -> Answer {
    customer.client.send(ask).await.expect("an answer")
}

/// What the bank has on its books.
async fn paid(customer: &mut Customer) -> Vec<Value> {
    let answer = send(customer, Ask::get(PAYMENTS)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let payments = answer.json()["payments"].as_array().expect("a list").clone();
    payments.iter().map(|payment| payment["amount"].clone()).collect()
}

/// Somebody who was refused a payment, and has shown this face in the ceremony that followed.
async fn stepped_up(stack: &Stack, client: Client, face: Face) -> (Customer, Answer) {
    let mut customer = Customer::enrolled(stack, client).await;
    refusal::expect(&send(&mut customer, pay(&large())).await, &["step_up_required"]);
    let begun = customer.begins(Ceremony::Authentication.begin()).await;
    assert_eq!(begun.options["stepUp"]["display"], "Pay 1500 EUR to DE02120300000000202051");
    stack.present(&capture_url(&begun.options), face).await;
    let finished = customer.finishes(Ceremony::Authentication, &begun).await;
    (customer, finished)
}

async fn a_small_one_asks_nobody(stack: &Stack, client: Client) {
    let mut customer = Customer::enrolled(stack, client).await;
    let mut payment = large();
    payment["amount"] = json!(900);
    stack.begin_trail();
    assert_eq!(send(&mut customer, pay(&payment)).await.status, 201);
    assert_eq!(stack.steps(), [format!("relying party POST {PAYMENTS}")]);
    assert_eq!(paid(&mut customer).await, [json!(900)]);
}

async fn my_face_pays_once(stack: &Stack, client: Client) {
    let (mut customer, finished) = stepped_up(stack, client, Face::Mine).await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    stack.begin_trail();
    let answer = send(&mut customer, pay(&large())).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let steps = stack.steps();
    let last = format!("relying party POST {PAYMENTS}");
    assert_eq!(steps, ["relying party GET /me", "orchestrator consume_elevation", last.as_str()]);
    refusal::expect(&send(&mut customer, pay(&large())).await, &["step_up_required"]);
    let received = stack.posted(&[PAYMENTS]);
    expect_told(stack, &received, "step_up", "payment");
    assert_eq!(received[0]["body"], large());
    assert_eq!(paid(&mut customer).await, [json!(1500)]);
}

async fn someone_else_pays_nothing(stack: &Stack, client: Client) {
    let (mut customer, finished) = stepped_up(stack, client, Face::SomeoneElse).await;
    refusal::expect(&finished, &["biometric_mismatch"]);
    refusal::expect(&send(&mut customer, pay(&large())).await, &["step_up_required"]);
    assert!(paid(&mut customer).await.is_empty());
}

async fn approved_on_a_phone(stack: &Stack, client: Client) {
    let phone = client.clone();
    let mut customer = Customer::enrolled(stack, client).await;
    refusal::expect(&send(&mut customer, pay(&large())).await, &["step_up_required"]);
    let mut offered = Offered::between(customer.client.clone(), phone, customer.passkey.clone()).await;
    let mut phone = offered.taken().await;
    assert_eq!(phone.begun.options["stepUp"]["display"], "Pay 1500 EUR to DE02120300000000202051");
    stack.present(&capture_url(&phone.begun.options), Face::Mine).await;
    assert_eq!(phone.finish().await.status, 200);
    refusal::expect(&phone.client.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
    assert_eq!(offered.follow().await.json()["status"], "completed");
    customer.client = offered.desktop;
    assert_eq!(send(&mut customer, pay(&large())).await.status, 201);
    refusal::expect(&send(&mut customer, pay(&large())).await, &["step_up_required"]);
    assert_eq!(paid(&mut customer).await, [json!(1500)]);
}

async fn fifty_at_once_at_two_gateways(stack: &Stack, client: Client) {
    let (mut customer, finished) = stepped_up(stack, client, Face::Mine).await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    let there = customer.clone().at(stack.another_gateway().await);
    let mut attempts = JoinSet::new();
    for turn in 0..50 {
        let mut customer = if turn % 2 == 0 { customer.clone() } else { there.clone() };
        attempts.spawn(async move { send(&mut customer, pay(&large())).await });
    }
    let answers = attempts.join_all().await;
    let (passed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(passed.len(), 1, "one of fifty");
    for answer in refused {
        refusal::expect(answer, &["step_up_required"]);
    }
    assert_eq!(paid(&mut customer).await, [json!(1500)]);
}

async fn another_amount_than_was_shown(stack: &Stack, client: Client) {
    let (mut customer, _) = stepped_up(stack, client, Face::Mine).await;
    let mut payment = large();
    payment["amount"] = json!(9000);
    refusal::expect(&send(&mut customer, pay(&payment)).await, &["elevation_mismatch"]);
    assert!(paid(&mut customer).await.is_empty());
    assert_eq!(send(&mut customer, pay(&large())).await.status, 201);
}
