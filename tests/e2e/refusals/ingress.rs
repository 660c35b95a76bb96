//! Refused in front of the orchestrator itself.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::plugin::INGRESS;
use countersign_tests::refusal;
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![reserved_key, webhook_rejected];

async fn refused(lab: &Lab, mut client: Client, ask: Ask, code: &str) {
    INGRESS.clone_into(&mut client.authority);
    refusal::expect(&client.send(ask).await.expect("an answer"), &[code]);
    lab.fence().await;
    assert!(lab.orchestrator.calls().is_empty(), "{:?}", lab.journal.steps());
}

async fn reserved_key(lab: &Lab, client: Client) {
    let custom_data = json!({ "encrypted_biometric_token": "t" });
    let body = json!({ "workflow_input": { "custom_data": custom_data } });
    refused(lab, client, Ask::post("/v1/sessions", &body), "reserved_key").await;
}

async fn webhook_rejected(lab: &Lab, client: Client) {
    refused(lab, client, Ask::post("/v1/webhooks/idv", &json!({})), "webhook_rejected").await;
}
