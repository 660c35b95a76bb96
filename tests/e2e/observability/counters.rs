//! Counters and access log (`docs/operations.md`).

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::patience::until;
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::table;

pub(crate) const ROWS: &[Row] = table![
    a_refusal_is_counted_by_flow_rule_and_code,
    a_step_up_is_counted,
    callouts_are_counted,
    the_canary_is_counted,
    the_access_log_has_the_decision,
    the_vm_never_traps,
];

async fn a_refusal_is_counted_by_flow_rule_and_code(lab: &Lab, client: Client) {
    let name = "wasmcustom.countersign.decision.step_up.risky-sign-in.biometric_mismatch";
    let before = lab.envoy.stat(name).await;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "not_matched");
    refusal::expect(&stage.finish().await, &["biometric_mismatch"]);
    lab.envoy.grown(name, before).await;
}

async fn a_step_up_is_counted(lab: &Lab, client: Client) {
    let of_this_rule = "wasmcustom.countersign.decision.step_up.risky-sign-in.";
    let before: u64 = lab.envoy.stats(of_this_rule).await.values().sum();
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    until("a success is a decision, too", || async {
        (lab.envoy.stats(of_this_rule).await.values().sum::<u64>() > before).then_some(())
    })
    .await;
}

async fn callouts_are_counted(lab: &Lab, client: Client) {
    let callouts = "wasmcustom.countersign.callout.";
    let (good, bad) = (format!("{callouts}status.succeeded"), format!("{callouts}status.failed"));
    let before = (lab.envoy.stat(&good).await, lab.envoy.stat(&bad).await);
    let mut stage = Stage::step_up(lab, client).await;
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    lab.envoy.grown(&good, before.0).await;
    lab.orchestrator.breaks(Operation::Status, Fault::answer(500, ""));
    refusal::expect(&stage.finish().await, &["orchestrator_unavailable"]);
    lab.envoy.grown(&bad, before.1).await;
}

async fn the_canary_is_counted(lab: &Lab, client: Client) {
    let name = "wasmcustom.countersign.canary";
    let before = lab.envoy.stat(name).await;
    let mut stage = Stage::step_up(lab, client).await;
    let ask = Ask { path: "/somewhere".to_owned(), ..stage.honest() };
    refusal::expect(&stage.send(ask).await.expect("an answer"), &["unlisted_ceremony"]);
    lab.envoy.grown(name, before).await;
}

async fn the_access_log_has_the_decision(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "not_matched");
    let ask = stage.honest().header("x-request-id", "5f0c2a34-0000-4000-8000-00000000cafe");
    refusal::expect(&stage.send(ask).await.expect("an answer"), &["biometric_mismatch"]);
    let line = lab.envoy.access_log_line("countersign=step_up/risky-sign-in/biometric_mismatch").await;
    assert!(line.contains("POST /verify-authentication 403"), "{line}");
}

async fn the_vm_never_traps(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let ask = stage.honest().header("x-anything", b"\xff");
    refusal::expect(&stage.send(ask).await.expect("an answer"), &["verdict_pending"]);
    let log = lab.envoy.log();
    for sign in ["panicked", "Uncaught RuntimeError", "Function: proxy_on"] {
        assert!(!log.contains(sign), "{sign} in the log:\n{log}");
    }
}
