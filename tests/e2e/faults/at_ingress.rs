//! The guards in front of the orchestrator: they refuse by what was sent alone, in whatever state it is, and let
//! through again as soon as it is back.

use std::time::Instant;

use countersign_tests::client::{Answer, Ask, Broken, Client};
use countersign_tests::envoy::Setup;
use countersign_tests::lab::{Lab, Plan, Row};
use countersign_tests::orchestrator::{Operation, TOKEN};
use countersign_tests::plugin::{self, INGRESS};
use countersign_tests::refusal;
use countersign_tests::table;
use serde_json::{Value, json};

use super::common::{self, SLACK, silence};

pub(crate) const ROWS: &[Row] =
    table![a_reserved_key_is_refused_all_the_same, a_webhook_is_rejected_all_the_same];

/// A gateway that is the orchestrator's ingress too.
pub(crate) fn plan(waits: bool) -> Plan {
    let mut plan = Plan::with(|plugin| plugin["guards"] = plugin::guards());
    plan.virtual_hosts = vec![Setup::virtual_host("ingress", &[INGRESS], &[("/", "orchestrator")])];
    plan.headers_can_wait(waits)
}

fn open(custom_data: &Value) -> Ask {
    let body = json!({
        "flow": "step_up", "external_user_id": "ann-f00d", "rp_id": "bank.example", "challenge": "c".repeat(43),
        "workflow_input": { "custom_data": custom_data },
    });
    Ask::post("/v1/sessions", &body)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("idempotency-key", "6f1c4a52")
}

async fn sent(client: &Client, ask: Ask) -> Result<Answer, Broken> {
    let mut client = client.clone();
    INGRESS.clone_into(&mut client.authority);
    client.send(ask).await
}

async fn a_reserved_key_is_refused_all_the_same(lab: &Lab, client: Client) {
    let ask = open(&json!({ "a": [{ "encrypted_biometric_token": "t" }] }));
    refused_in_any_state(lab, &client, Operation::Open, &ask, "reserved_key").await;
}

async fn a_webhook_is_rejected_all_the_same(lab: &Lab, client: Client) {
    let forged = Ask::post("/v1/webhooks/idv", &json!({})).header("x-sha2-signature", "0".repeat(64));
    refused_in_any_state(lab, &client, Operation::Unknown, &forged, "webhook_rejected").await;
}

async fn refused_in_any_state(lab: &Lab, client: &Client, operation: Operation, ask: &Ask, code: &str) {
    let closed = ("refused", None);
    for (name, fault) in silence().into_iter().map(|(name, fault)| (name, Some(fault))).chain([closed]) {
        lab.reset();
        if let Some(fault) = fault {
            lab.orchestrator.breaks(operation, fault);
        } else {
            lab.orchestrator.server().close();
            common::unconnected(lab, "orchestrator").await;
        }
        let started = Instant::now();
        refusal::expect(&sent(client, ask.clone()).await.expect("an answer"), &[code]);
        assert!(started.elapsed() < SLACK, "{name}: somebody was waited for");
        assert!(lab.orchestrator.calls().is_empty(), "{name}: {:?}", lab.journal.steps());
        if !matches!(name, "slow" | "slow_in_the_body") {
            // What may pass meets the fault, and is not answered by us.
            let unlucky = sent(client, open(&json!({ "channel": "app" }))).await;
            let succeeds = unlucky.as_ref().is_ok_and(|answer| answer.status == 201);
            assert_eq!(succeeds, name != "refused" && operation != Operation::Open, "{name}: {unlucky:?}");
            assert!(unlucky.is_err() || unlucky.is_ok_and(|answer| answer.refusal().is_empty()), "{name}");
        }
        lab.reset();
        let answer = sent(client, open(&json!({ "channel": "app" }))).await.expect("an answer");
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        assert_eq!(lab.orchestrator.sessions().len(), 1, "{name}");
    }
}
