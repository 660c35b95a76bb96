//! What a rule gives the workflow to start with, `workflow_input`: it goes along wherever the rule has a face looked
//! at, not only where the check is in the same app.

use countersign_tests::client::Client;
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Lab, Plan, Row};
use countersign_tests::orchestrator::{Call, Operation};
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::resource::{self, Payer, large, pay};
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] =
    table![in_a_registration, in_a_step_up, on_the_phone_of_a_handoff, in_a_recovery];

/// Each rule with an input of its own.
pub(crate) fn plan(waits: bool) -> Plan {
    let mut plan = resource::plan(waits);
    let rules = plan.plugin.as_mut().and_then(|plugin| plugin["rules"].as_array_mut());
    for rule in rules.expect("rules") {
        rule["workflow_input"] = json!({ "custom_data": input(rule["id"].as_str().expect("an id")) });
    }
    plan
}

fn input(rule: &str) -> Value {
    json!({ "branch": rule, "strict": [true, { "level": 2 }] })
}

/// The only call of this operation brought the input of this rule, and nothing more.
fn expect(lab: &Lab, operation: Operation, rule: &str) -> Call {
    let calls = lab.orchestrator.calls_of(operation);
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].body["workflow_input"], json!({ "custom_data": input(rule) }));
    calls[0].clone()
}

async fn in_a_registration(lab: &Lab, client: Client) {
    Stage::registration(lab, client).await;
    expect(lab, Operation::Open, "enrolment");
}

async fn in_a_step_up(lab: &Lab, client: Client) {
    Stage::step_up(lab, client).await;
    expect(lab, Operation::Open, "risky-sign-in");
}

async fn on_the_phone_of_a_handoff(lab: &Lab, client: Client) {
    let phone = client.clone();
    let mut payer = Payer::new(lab, client);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    let Payer { client: desktop, passkey } = payer;
    lab.orchestrator.owns(&passkey.id_text(), json!({ "external_user_id": USER }));
    let mut offered = Offered::between(desktop, phone, passkey).await;
    offered.taken().await;
    let opened = expect(lab, Operation::OpenCrossPlatformAuthentication, "payment");
    assert_eq!(opened.body["rp_id"], "bank.example");
    // A hand-off that is for no action has no rule, and so no input.
    lab.reset();
    let client = lab.client(offered.phone.protocol, offered.phone.carrier);
    Offered::by(lab, client).await.taken().await;
    let opened = &lab.orchestrator.calls_of(Operation::OpenCrossPlatformAuthentication)[0];
    assert_eq!(opened.body.get("workflow_input"), None, "{}", opened.body);
}

async fn in_a_recovery(lab: &Lab, client: Client) {
    let recovering = Recovering::decided(lab, client, "matched").await;
    let opened = expect(lab, Operation::OpenRecovery, "recover");
    assert_eq!(opened.body["external_user_id"], USER);
    recovering.replacing().await;
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty(), "one check, with one input");
}
