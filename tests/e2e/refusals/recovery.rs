//! Refused in a recovery.

use countersign_tests::client::Client;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::recovery::{Recovering, identifies, start};
use countersign_tests::refusal;
use countersign_tests::table;

use super::begin::nothing_left;

pub(crate) const ROWS: &[Row] = table![
    recovery_mismatch_at_the_exchange,
    verdict_failed_at_the_exchange,
    verdict_failed_at_the_finish_of_a_replacement,
    orchestrator_unavailable_at_the_route,
];

async fn recovery_mismatch_at_the_exchange(lab: &Lab, client: Client) {
    let mut recovering = Recovering::decided(lab, client, "not_matched").await;
    let answer = recovering.client.send(recovering.begin()).await.expect("an answer");
    refusal::expect(&answer, &["recovery_mismatch"]);
    nothing_left(lab, &answer);
}

async fn verdict_failed_at_the_exchange(lab: &Lab, client: Client) {
    for status in ["failed", "cancelled"] {
        let mut recovering = Recovering::decided(lab, client.clone(), status).await;
        let answer = recovering.client.send(recovering.begin()).await.expect("an answer");
        refusal::expect(&answer, &["verdict_failed"]);
        nothing_left(lab, &answer);
    }
}

async fn verdict_failed_at_the_finish_of_a_replacement(lab: &Lab, client: Client) {
    for status in ["failed", "expired", "cancelled", "review"] {
        let mut stage = Recovering::decided(lab, client.clone(), "matched").await.replacing().await;
        lab.orchestrator.decide(stage.begun.session(), status);
        refusal::expect(&stage.finish().await, &["verdict_failed"]);
        lab.expect_untouched().await;
    }
}

async fn orchestrator_unavailable_at_the_route(lab: &Lab, mut client: Client) {
    identifies(lab);
    lab.orchestrator.breaks(Operation::OpenRecovery, Fault::answer(500, ""));
    let answer = client.send(start()).await.expect("an answer");
    refusal::expect(&answer, &["orchestrator_unavailable"]);
    nothing_left(lab, &answer);
}
