//! Two gateways that share nothing but keys: begun through one, finished through the other.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::Client;
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;

use super::{Row, expect_vouched};

pub(crate) const ROWS: &[Row] = table![
    an_enrolment_over_two,
    a_step_up_over_two,
    a_sign_in_without_a_name_over_two,
    someone_else_stays_out_of_the_other_too,
];

/// The same customer, from now on at the other gateway.
async fn at_the_other(stack: &Stack, customer: Customer) -> Customer {
    let other = stack.another_gateway().await;
    customer.at(other)
}

async fn an_enrolment_over_two(stack: &Stack, client: Client) {
    let mut customer = Customer::new(client).await;
    let begun = customer.begins(Ceremony::Registration.begin()).await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    let mut customer = at_the_other(stack, customer).await;
    let answer = customer.finishes(Ceremony::Registration, &begun).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    expect_vouched(stack, "registration", "enrolment");
}

async fn a_step_up_over_two(stack: &Stack, client: Client) {
    let mut customer = Customer::enrolled(stack, client).await;
    stack.begin_trail();
    let begun = customer.begins_a_risky_sign_in().await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    let mut customer = at_the_other(stack, customer).await;
    let answer = customer.finishes(Ceremony::Authentication, &begun).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    expect_vouched(stack, "step_up", "risky-sign-in");
}

async fn a_sign_in_without_a_name_over_two(stack: &Stack, client: Client) {
    let first = client.address;
    let mut customer = Customer::enrolled(stack, client).await;
    customer.forgets_everything();
    stack.begin_trail();
    let begun = customer.begins_a_risky_sign_in().await;
    let mut customer = at_the_other(stack, customer).await;
    let refused = customer.finishes(Ceremony::Authentication, &begun).await;
    refusal::expect(&refused, &["step_up_required"]);
    stack.expect_untouched().await;
    stack.present(&capture_url(&refused.json()), Face::Mine).await;
    let mut customer = customer.at(first);
    stack.begin_trail();
    let answer = customer.finishes(Ceremony::Authentication, &begun).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    expect_vouched(stack, "step_up", "risky-sign-in");
}

async fn someone_else_stays_out_of_the_other_too(stack: &Stack, client: Client) {
    let mut customer = Customer::enrolled(stack, client).await;
    stack.begin_trail();
    let begun = customer.begins_a_risky_sign_in().await;
    stack.present(&capture_url(&begun.options), Face::SomeoneElse).await;
    let mut customer = at_the_other(stack, customer).await;
    let refused = customer.finishes(Ceremony::Authentication, &begun).await;
    refusal::expect(&refused, &["biometric_mismatch"]);
    stack.expect_untouched().await;
}
