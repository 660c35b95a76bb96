//! Discoverable sign-in: who it is turns out only at finish.

use countersign_tests::client::Client;
use countersign_tests::encoding::challenge_hash;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    nothing_is_opened_before_the_user_is_known,
    the_finish_is_refused_and_a_session_opened,
    the_same_finish_passes_after_the_match,
    the_same_finish_is_pending_before_the_match,
    a_mismatch_stays_out,
    a_second_attempt_opens_another_session_only_without_the_first_ones_evidence,
];

async fn nothing_is_opened_before_the_user_is_known(lab: &Lab, client: Client) {
    let stage = Stage::discoverable(lab, client).await;
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
    assert_eq!(stage.begun.options["userVerification"], "required");
    assert!(stage.begun.answer.header("countersign-evidence").starts_with("cs1."));
}

async fn the_finish_is_refused_and_a_session_opened(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    let answer = stage.finish().await;
    refusal::expect(&answer, &["step_up_required"]);
    lab.expect_untouched().await;
    let opened = lab.orchestrator.calls_of(Operation::Open);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].body["flow"], "step_up");
    assert_eq!(opened[0].body["external_user_id"], USER);
    assert_eq!(opened[0].body["challenge"], challenge_hash(stage.begun.challenge()));
    let step_up = &answer.json()["stepUp"];
    let session = &lab.orchestrator.sessions()[0];
    assert_eq!(step_up["session"], session.id);
    assert_eq!(step_up["flow"], "step_up");
    assert_eq!(step_up["rule"], "risky-sign-in");
    assert_eq!(step_up["client"], json!({ "sdkToken": session.sdk_token }));
    assert_eq!(step_up["evidence"], answer.header("countersign-evidence"));
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(challenge.contains("acr_values=\"urn:countersign:acr:biometric\""), "{challenge}");
}

async fn the_same_finish_passes_after_the_match(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    let finish = stage.honest();
    refusal::expect(&stage.send(finish.clone()).await.expect("an answer"), &["step_up_required"]);
    let session = lab.orchestrator.sessions()[0].id.clone();
    lab.orchestrator.decide(&session, "matched");
    let answer = stage.send(finish).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    assert_eq!(lab.finishes().iter().filter(|finish| finish.complete).count(), 1);
    assert_eq!(lab.orchestrator.session(&session).status, "completed");
    assert_eq!(lab.orchestrator.sessions().len(), 1);
}

async fn the_same_finish_is_pending_before_the_match(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    lab.expect_untouched().await;
    assert_eq!(lab.orchestrator.sessions().len(), 1);
}

async fn a_mismatch_stays_out(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    lab.orchestrator.decide(&lab.orchestrator.sessions()[0].id, "not_matched");
    refusal::expect(&stage.finish().await, &["biometric_mismatch"]);
    lab.expect_untouched().await;
}

async fn a_second_attempt_opens_another_session_only_without_the_first_ones_evidence(
    lab: &Lab,
    client: Client,
) {
    let mut stage = Stage::discoverable(lab, client).await;
    let mut forgetful = stage.clone();
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    lab.orchestrator.decide(&lab.orchestrator.sessions()[0].id, "matched");
    // Who does not bring the new evidence has not shown that this match is theirs.
    refusal::expect(&forgetful.finish().await, &["step_up_required"]);
    lab.expect_untouched().await;
    assert_eq!(lab.orchestrator.sessions().len(), 2);
}
