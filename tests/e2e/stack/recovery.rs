//! The passkey is lost; the recovery code and the face are not.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::Client;
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;

use super::{Row, expect_order_of_finish, expect_vouched};

pub(crate) const ROWS: &[Row] = table![
    my_face_replaces_the_passkey,
    the_replacement_waits_for_the_face,
    someone_else_replaces_nothing,
    the_continuation_is_good_once,
    begun_here_finished_there,
];

const BEGIN: &str = "relying party GET /generate-registration-options";

/// An enrolled customer whom the bank has recognised by their code, on a new device.
async fn recovering(stack: &Stack, client: Client) -> (Customer, Recovering) {
    let device = client.clone();
    let customer = Customer::enrolled(stack, client).await;
    let replacement = Passkey::new(customer.passkey.user_handle.clone());
    stack.begin_trail();
    let recovering = Recovering::after(customer.recovers(), device, replacement).await;
    (customer, recovering)
}

/// A routine sign-in with a passkey, by somebody the bank does not know yet.
async fn signs_in(stack: &Stack, customer: &Customer, passkey: &Passkey) -> u16 {
    let mut at_the_door = customer.clone();
    at_the_door.client = stack.client(customer.client.protocol);
    at_the_door.passkey = passkey.clone();
    let begun = at_the_door.begins(Ceremony::Authentication.begin()).await;
    at_the_door.finishes(Ceremony::Authentication, &begun).await.status
}

async fn my_face_replaces_the_passkey(stack: &Stack, client: Client) {
    let (customer, recovering) = recovering(stack, client).await;
    let replacement = recovering.passkey.clone();
    stack.present(&capture_url(&recovering.body), Face::Mine).await;
    stack.begin_trail();
    let mut stage = recovering.replacing().await;
    let mut steps = stack.steps();
    steps.retain(|step| step != "relying party GET /me");
    assert_eq!(steps, ["orchestrator exchange_continuation", BEGIN]);

    stack.begin_trail();
    let answer = stage.finish().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    expect_order_of_finish(stack, Ceremony::Registration.finish_path());
    expect_vouched(stack, "recovery", "recover");
    assert_eq!(signs_in(stack, &customer, &replacement).await, 200);
    assert_eq!(signs_in(stack, &customer, &customer.passkey).await, 400, "the lost one is worth nothing");

    let mut renewed = customer.clone();
    renewed.client = stage.client;
    renewed.passkey = replacement;
    let begun = renewed.begins_a_risky_sign_in().await;
    stack.present(&capture_url(&begun.options), Face::Mine).await;
    let answer = renewed.finishes(Ceremony::Authentication, &begun).await;
    assert_eq!(answer.status, 200, "it is good for a step-up too: {}", answer.text());
}

async fn the_replacement_waits_for_the_face(stack: &Stack, client: Client) {
    let (_, mut recovering) = recovering(stack, client).await;
    let early = recovering.begin();
    refusal::expect(&recovering.client.send(early).await.expect("an answer"), &["verdict_pending"]);
    stack.expect_untouched().await;
    assert!(!stack.steps().contains(&BEGIN.to_owned()), "{:?}", stack.steps());
    stack.present(&capture_url(&recovering.body), Face::Mine).await;
    assert_eq!(recovering.replacing().await.finish().await.status, 200);
}

async fn someone_else_replaces_nothing(stack: &Stack, client: Client) {
    let (customer, mut recovering) = recovering(stack, client).await;
    stack.present(&capture_url(&recovering.body), Face::SomeoneElse).await;
    let begin = recovering.begin();
    refusal::expect(&recovering.client.send(begin).await.expect("an answer"), &["recovery_mismatch"]);
    stack.expect_untouched().await;
    assert!(!stack.steps().contains(&BEGIN.to_owned()), "{:?}", stack.steps());
    assert_eq!(signs_in(stack, &customer, &customer.passkey).await, 200, "the passkey is as good as before");
}

async fn the_continuation_is_good_once(stack: &Stack, client: Client) {
    let (_, recovering) = recovering(stack, client).await;
    stack.present(&capture_url(&recovering.body), Face::Mine).await;
    // At the other gateway, which has not seen the first: only the orchestrator can know.
    let mut again = recovering.clone();
    again.client = again.client.at(stack.another_gateway().await);
    recovering.replacing().await;
    let begin = again.begin();
    refusal::expect(&again.client.send(begin).await.expect("an answer"), &["ceremony_replayed"]);
    assert_eq!(stack.steps().iter().filter(|step| *step == BEGIN).count(), 1);
}

async fn begun_here_finished_there(stack: &Stack, client: Client) {
    let first = client.address;
    let (_, mut recovering) = recovering(stack, client).await;
    stack.present(&capture_url(&recovering.body), Face::Mine).await;
    recovering.client = recovering.client.at(stack.another_gateway().await);
    let mut stage = recovering.replacing().await;
    stage.client = stage.client.at(first);
    assert_eq!(stage.finish().await.status, 200);
}
