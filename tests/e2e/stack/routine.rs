//! A sign-in that no rule applies to.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::Client;
use countersign_tests::stack::{Customer, Stack};
use countersign_tests::table;

use super::Row;

pub(crate) const ROWS: &[Row] = table![the_orchestrator_is_asked_nothing, nor_without_a_name];

async fn the_orchestrator_is_asked_nothing(stack: &Stack, client: Client) {
    let customer = Customer::enrolled(stack, client).await;
    signs_in(stack, customer).await;
}

async fn nor_without_a_name(stack: &Stack, client: Client) {
    let mut customer = Customer::enrolled(stack, client).await;
    customer.forgets_everything();
    signs_in(stack, customer).await;
}

async fn signs_in(stack: &Stack, mut customer: Customer) {
    assert!(
        stack.steps().iter().any(|step| step == "orchestrator complete"),
        "the enrolment is on the trail"
    );
    stack.begin_trail();
    let begun = customer.begins(Ceremony::Authentication.begin()).await;
    let answer = customer.finishes(Ceremony::Authentication, &begun).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut steps = stack.steps();
    steps.retain(|step| step != "relying party GET /me");
    assert_eq!(
        steps,
        ["relying party GET /generate-authentication-options", "relying party POST /verify-authentication"]
    );
    assert_eq!(customer.me().await["signedInWith"], "passkey");
}
