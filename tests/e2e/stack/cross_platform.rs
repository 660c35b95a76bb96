//! Signed in at a desktop, matched on a phone.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Ask, Client};
use countersign_tests::handoff::{Offered, consume};
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::table;
use serde_json::json;

use super::{Row, expect_order_of_finish};

pub(crate) const ROWS: &[Row] = table![
    my_face_on_the_phone,
    someone_else_at_the_phone_stays_out,
    the_code_is_good_once,
    fifty_phones_at_once,
    a_wrong_number_spends_the_code,
    what_the_desktop_gave_up_is_over,
    begun_here_taken_over_there,
];

const BEGIN: &str = "relying party GET /generate-authentication-options";

/// An enrolled customer who is at a desktop, and whose phone knows nothing yet.
async fn offered(stack: &Stack, client: Client) -> Offered {
    let phone = client.clone();
    let customer = Customer::enrolled(stack, client).await;
    stack.begin_trail();
    Offered::between(customer.client, phone, customer.passkey).await
}

async fn my_face_on_the_phone(stack: &Stack, client: Client) {
    let mut offered = offered(stack, client).await;
    stack.begin_trail();
    let mut phone = offered.taken().await;
    let mut steps = stack.steps();
    steps.retain(|step| step != "relying party GET /me");
    let opened = "orchestrator open_cross_platform_authentication";
    assert_eq!(steps, ["orchestrator consume_handoff", BEGIN, opened]);
    assert_eq!(offered.follow().await.json()["status"], "consumed");

    stack.present(&capture_url(&phone.begun.options), Face::Mine).await;
    assert_eq!(offered.follow().await.json()["status"], "matched");
    stack.begin_trail();
    let answer = phone.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    expect_order_of_finish(stack, Ceremony::Authentication.finish_path());
    assert_eq!(offered.follow().await.json()["status"], "completed");
    let me = phone.client.send(Ask::get("/me")).await.expect("an answer").json();
    assert_eq!(me["signedInWith"], "passkey", "the session that the begin gave the phone");
}

async fn someone_else_at_the_phone_stays_out(stack: &Stack, client: Client) {
    let mut offered = offered(stack, client).await;
    let mut phone = offered.taken().await;
    stack.present(&capture_url(&phone.begun.options), Face::SomeoneElse).await;
    refusal::expect(&phone.finish().await, &["biometric_mismatch"]);
    stack.expect_untouched().await;
    assert_eq!(offered.follow().await.json()["status"], "not_matched");
}

/// How often the bank was asked for a begin, and the orchestrator for a check.
fn begun(stack: &Stack) -> [usize; 2] {
    let steps = stack.steps();
    let count = |wanted: &str| steps.iter().filter(|step| *step == wanted).count();
    [count(BEGIN), count("orchestrator open_cross_platform_authentication")]
}

async fn the_code_is_good_once(stack: &Stack, client: Client) {
    let mut offered = offered(stack, client).await;
    let mut thief = offered.phone.clone();
    offered.taken().await;
    let again = thief.send(offered.consume()).await.expect("an answer");
    refusal::expect(&again, &["ceremony_replayed"]);
    assert_eq!(begun(stack), [1, 1]);
}

async fn fifty_phones_at_once(stack: &Stack, client: Client) {
    let offered = offered(stack, client).await;
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut phone, ask) = (offered.phone.clone(), offered.consume());
        attempts.spawn(async move { phone.send(ask).await.expect("an answer") });
    }
    let answers = attempts.join_all().await;
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((taken, begun(stack)), (1, [1, 1]));
}

async fn a_wrong_number_spends_the_code(stack: &Stack, client: Client) {
    let mut offered = offered(stack, client).await;
    let guess = consume(offered.told("token"), &offered.wrong_number());
    let right = offered.consume();
    refusal::expect(&offered.phone.send(guess).await.expect("an answer"), &["ceremony_unknown"]);
    refusal::expect(&offered.phone.send(right).await.expect("an answer"), &["ceremony_replayed"]);
    assert_eq!(begun(stack), [0, 0]);
}

async fn what_the_desktop_gave_up_is_over(stack: &Stack, client: Client) {
    let mut offered = offered(stack, client).await;
    let (give_up, consume) = (offered.give_up(), offered.consume());
    assert_eq!(offered.desktop.send(give_up).await.expect("an answer").status, 204);
    refusal::expect(&offered.phone.send(consume).await.expect("an answer"), &["ceremony_replayed"]);
    assert_eq!(begun(stack), [0, 0]);
}

async fn begun_here_taken_over_there(stack: &Stack, client: Client) {
    let first = client.address;
    let mut offered = offered(stack, client).await;
    offered.phone = offered.phone.at(stack.another_gateway().await);
    let mut phone = offered.taken().await;
    stack.present(&capture_url(&phone.begun.options), Face::Mine).await;
    phone.client = phone.client.at(first);
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");
}
