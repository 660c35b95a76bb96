//! An elevation for a transaction is good once: one after the other, and fifty at once.

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::Client;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::resource::{PAYMENTS, Payer, large, pay};
use countersign_tests::table;
use serde_json::json;
use tokio::task::JoinSet;

pub(crate) const ROWS: &[Row] = table![
    one_after_the_other,
    fifty_at_once,
    kept_in_the_jar_after_it_was_spent,
    a_spent_one_beside_a_fresh_one,
    the_relying_party_refuses_the_payment,
    spent_but_the_answer_is_lost,
];

async fn one_after_the_other(lab: &Lab, client: Client) {
    let payer = Payer::elevated(lab, client, pay(&large())).await;
    assert_eq!(payer.clone().send(pay(&large())).await.status, 200);
    for _ in 0..3 {
        refusal::expect(&payer.clone().send(pay(&large())).await, &["step_up_required"]);
    }
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
    let calls = lab.orchestrator.calls_of(Operation::ConsumeElevation);
    let mut keys: Vec<&str> = calls.iter().map(|call| call.header("idempotency-key")).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4, "a key of its own for each exchange");
    let ids: Vec<String> = calls.iter().map(countersign_tests::orchestrator::Call::id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

async fn fifty_at_once(lab: &Lab, client: Client) {
    let payer = Payer::elevated(lab, client, pay(&large())).await;
    let mut attempts = JoinSet::new();
    for _ in 0..50 {
        let mut payer = payer.clone();
        attempts.spawn(async move { payer.send(pay(&large())).await });
    }
    let answers = attempts.join_all().await;
    let (passed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(passed.len(), 1, "one of fifty");
    for answer in refused {
        refusal::expect(answer, &["step_up_required"]);
    }
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn kept_in_the_jar_after_it_was_spent(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    payer.elevate(lab, pay(&large())).await;
    assert_eq!(payer.client.evidence_cookies().len(), 1, "the new one took the place of the spent one");
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 2);
}

/// Of several that fit, whatever their order.
async fn a_spent_one_beside_a_fresh_one(lab: &Lab, client: Client) {
    for swapped in [false, true] {
        lab.reset();
        // A session that stays, so that both fit.
        lab.relying_party
            .answers("POST /verify-authentication", Reply::json(200, &json!({ "verified": true })));
        let mut payer = Payer::elevated(lab, client.clone(), pay(&large())).await;
        let spent = payer.elevation().to_owned();
        assert_eq!(payer.send(pay(&large())).await.status, 200);
        payer.elevate(lab, pay(&large())).await;
        let fresh = payer.elevation().to_owned();
        payer.client.cookies.retain(|name, _| !name.starts_with("__Host-cs-e-"));
        let shown = if swapped { [fresh.as_str(), &spent] } else { [spent.as_str(), &fresh] };
        let answer = payer.send(pay(&large()).showing(&shown)).await;
        assert_eq!(answer.status, 200, "swapped: {swapped}: {}", answer.text());
        refusal::expect(&payer.send(pay(&large()).showing(&shown)).await, &["step_up_required"]);
        assert_eq!(lab.arrived(PAYMENTS).await.len(), 2);
    }
}

/// It was asked for once, and forwarded once: what the relying party makes of it is its own business.
async fn the_relying_party_refuses_the_payment(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    lab.relying_party.answers("POST /api/payments", Reply::json(422, &json!({ "error": "no such payee" })));
    let answer = payer.send(pay(&large())).await;
    assert_eq!((answer.status, answer.json()), (422, json!({ "error": "no such payee" })));
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
}

async fn spent_but_the_answer_is_lost(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    lab.orchestrator.breaks(Operation::ConsumeElevation, Fault::DoneThenCut);
    refusal::expect(&payer.send(pay(&large())).await, &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    // Nobody can know whether it was this request's own doing: it takes another step-up.
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
    let begun = Begun::by(&mut payer.client, Ceremony::Authentication.begin()).await.expect("an answer");
    lab.orchestrator.decide(begun.session(), "matched");
    let credential = Ceremony::Authentication.credential(&payer.passkey, begun.challenge());
    assert_eq!(payer.send(Ceremony::Authentication.finish(&credential)).await.status, 200);
    assert_eq!(payer.send(pay(&large())).await.status, 200);
}
