//! Nothing is lost: who is told to wait, or met a fault, sends the same request again.

use countersign_tests::ceremony::{Begun, risky};
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::handoff::{Offered, open};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::recovery::{Recovering, identifies, start};
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::table;

pub(crate) const ROWS: &[Row] = table![
    after_verdict_pending,
    after_an_unreachable_status,
    after_an_unreachable_open,
    after_an_unreachable_owner_lookup,
    after_an_unreachable_handoff,
    after_an_unreachable_consumption,
    after_an_unreachable_recovery,
    after_an_unreachable_exchange,
    keys_are_fresh_for_each_exchange,
];

async fn after_verdict_pending(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let finish = stage.honest();
    for _ in 0..3 {
        refusal::expect(&stage.send(finish.clone()).await.expect("an answer"), &["verdict_pending"]);
    }
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.send(finish).await.expect("an answer").status, 200);
}

async fn after_an_unreachable_status(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let finish = stage.honest();
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.orchestrator.breaks(Operation::Status, Fault::answer(500, "oops"));
    refusal::expect(&stage.send(finish.clone()).await.expect("an answer"), &["orchestrator_unavailable"]);
    lab.expect_untouched().await;
    lab.orchestrator.heals();
    assert_eq!(stage.send(finish).await.expect("an answer").status, 200);
}

async fn after_an_unreachable_open(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.breaks(Operation::Open, Fault::answer(500, "oops"));
    let begin = risky(stage.ceremony.begin());
    refusal::expect(&stage.send(begin.clone()).await.expect("an answer"), &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    stage.begun = Begun::by(&mut stage.client, begin).await.expect("an answer");
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
}

async fn after_an_unreachable_owner_lookup(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    lab.orchestrator.breaks(Operation::CredentialOwner, Fault::answer(500, "oops"));
    refusal::expect(&stage.finish().await, &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    lab.orchestrator.decide(&lab.orchestrator.sessions()[0].id, "matched");
    assert_eq!(stage.finish().await.status, 200);
}

async fn after_an_unreachable_handoff(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    lab.orchestrator.breaks(Operation::OpenCrossPlatform, Fault::answer(500, "oops"));
    refusal::expect(&sent(&mut offered.desktop, open()).await, &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    assert_eq!(sent(&mut offered.desktop, open()).await.status, 201);
}

async fn after_an_unreachable_consumption(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    lab.orchestrator.breaks(Operation::ConsumeHandoff, Fault::answer(500, "oops"));
    let consume = offered.consume();
    refusal::expect(&sent(&mut offered.phone, consume).await, &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
}

async fn after_an_unreachable_recovery(lab: &Lab, mut client: Client) {
    identifies(lab);
    lab.orchestrator.breaks(Operation::OpenRecovery, Fault::answer(500, "oops"));
    refusal::expect(&sent(&mut client, start()).await, &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    let mut stage = Recovering::decided(lab, client, "matched").await.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn after_an_unreachable_exchange(lab: &Lab, client: Client) {
    let mut recovering = Recovering::decided(lab, client, "matched").await;
    lab.orchestrator.breaks(Operation::ExchangeContinuation, Fault::answer(500, "oops"));
    let begin = recovering.begin();
    refusal::expect(&sent(&mut recovering.client, begin).await, &["orchestrator_unavailable"]);
    lab.orchestrator.heals();
    let mut stage = recovering.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn sent(client: &mut Client, ask: Ask) -> Answer {
    client.send(ask).await.expect("an answer")
}

async fn keys_are_fresh_for_each_exchange(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    stage.begun = Begun::by(&mut stage.client, risky(stage.ceremony.begin())).await.expect("an answer");
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.finish().await;
    let calls = lab.orchestrator.calls();
    let mut keys: Vec<&str> = calls
        .iter()
        .filter(|call| call.line.starts_with("POST"))
        .map(|call| call.header("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 3, "two opens and a completion share no key");
}
