//! `consume_elevation`: what is not clearly counted reaches nobody, and is not lost either.

use countersign_tests::client::Client;
use countersign_tests::lab::{Lab, Plan, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::resource::{self, PAYMENTS, Payer, large, pay};
use countersign_tests::table;
use serde_json::json;

use super::common::{self, Case, When, too_long, unanswered};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

/// A gateway with rules on resources.
pub(crate) fn plan(waits: bool) -> Plan {
    let mut plan = resource::plan(waits);
    plan.plugin.as_mut().expect("a plugin")["orchestrator"]["timeout"] = common::TIMEOUT_TEXT.into();
    plan
}

pub(crate) fn cases() -> Vec<Case> {
    let consume = |name: &str, status: u16, body: &str, codes: &[&'static str]| {
        Case::fault(name, When::Pay, Operation::ConsumeElevation, Fault::answer(status, body), codes)
    };
    let mut cases = unanswered(When::Pay, Operation::ConsumeElevation, UNAVAILABLE);
    cases.push(too_long(When::Pay, Operation::ConsumeElevation, UNAVAILABLE));
    cases.extend([
        // Whoever answers everything so has counted nothing.
        consume("status_200", 200, "<html>Welcome</html>", UNAVAILABLE),
        consume("status_202", 202, "", UNAVAILABLE),
        consume("status_400", 400, "{\"error\":{\"code\":\"invalid_request\"}}", UNAVAILABLE),
        consume("status_404", 404, "", UNAVAILABLE),
        consume("spent_elsewhere", 409, "{\"error\":{\"code\":\"already_consumed\"}}", &["step_up_required"]),
        consume("conflict_without_a_reason", 409, "", &["step_up_required"]),
        Case::fault(
            "done_but_the_answer_is_lost",
            When::Pay,
            Operation::ConsumeElevation,
            Fault::DoneThenCut,
            UNAVAILABLE,
        ),
    ]);
    cases
}

pub(crate) const ROWS: &[Row] = table![the_same_request_passes_afterwards, who_is_asking_cannot_be_found_out];

async fn the_same_request_passes_afterwards(lab: &Lab, client: Client) {
    for fault in [Fault::Stalled, Fault::CutBeforeHeaders, Fault::answer(503, "")] {
        lab.reset();
        let mut payer = Payer::elevated(lab, client.clone(), pay(&large())).await;
        lab.orchestrator.breaks(Operation::ConsumeElevation, fault);
        let refused = payer.send(pay(&large())).await;
        refusal::expect(&refused, UNAVAILABLE);
        lab.orchestrator.heals();
        assert_eq!(payer.send(pay(&large())).await.status, 200);
        assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
    }
}

async fn who_is_asking_cannot_be_found_out(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    lab.relying_party.answers("GET /me", Reply::json(500, &json!({})));
    refusal::expect(&payer.send(pay(&large())).await, &["relying_party_unreadable"]);
    assert!(lab.orchestrator.calls_of(Operation::ConsumeElevation).is_empty(), "it is not spent");
    assert!(lab.arrived(PAYMENTS).await.is_empty());
    lab.relying_party.answers("GET /me", Reply::json(200, &json!({ "id": countersign_tests::stage::USER })));
    assert_eq!(payer.send(pay(&large())).await.status, 200);
}
