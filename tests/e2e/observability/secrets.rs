//! Nothing secret or personal in a log line: every secret of a ceremony is looked for.

use countersign_tests::client::{Ask, Client};
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation, TOKEN};
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;

pub(crate) const ROWS: &[Row] = table![
    in_a_step_up,
    in_a_registration,
    in_a_discoverable_sign_in,
    in_a_handoff,
    in_a_recovery,
    in_refusals_of_what_cannot_be_read,
    in_faults,
];

/// The log since the start of the row must hold none of these.
pub(crate) fn expect_absent(lab: &Lab, secrets: &[&str]) {
    let logs = lab.envoy.log() + &lab.envoy.access_log();
    for secret in secrets {
        assert!(secret.len() >= 8, "too short to look for: {secret:?}");
        let line = logs.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret:?} is in the log: {line:?}");
    }
}

fn secrets(lab: &Lab, stage: &Stage) -> Vec<String> {
    let credential = stage.credential();
    let mut secrets = vec![
        TOKEN.to_owned(),
        USER.to_owned(),
        stage.client.cookies[SESSION_COOKIE].clone(),
        stage.passkey.id_text(),
        stage.begun.challenge().to_owned(),
        credential["response"]["clientDataJSON"].as_str().expect("text").to_owned(),
    ];
    secrets.extend(lab.setup.environment.values().cloned());
    secrets.extend(stage.client.evidence.iter().map(|evidence| tag(evidence)));
    secrets.extend(lab.orchestrator.sessions().into_iter().map(|session| session.sdk_token));
    secrets
}

/// What is secret in every lab, whoever comes.
pub(crate) fn everywhere(lab: &Lab) -> Vec<String> {
    let mut secrets = vec![TOKEN.to_owned(), USER.to_owned()];
    secrets.extend(lab.setup.environment.values().cloned());
    secrets
        .extend(lab.orchestrator.sessions().into_iter().flat_map(|session| [session.id, session.sdk_token]));
    secrets
}

pub(crate) fn expect_discreet(lab: &Lab, stage: &Stage) {
    let secrets = secrets(lab, stage);
    expect_absent(lab, &secrets.iter().map(String::as_str).collect::<Vec<_>>());
}

async fn in_a_step_up(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let before = stage.clone();
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    expect_discreet(lab, &before);
}

async fn in_a_registration(lab: &Lab, client: Client) {
    let mut stage = Stage::registration(lab, client).await;
    let before = stage.clone();
    lab.orchestrator.decide(stage.begun.session(), "not_matched");
    refusal::expect(&stage.finish().await, &["registration_unverified"]);
    expect_discreet(lab, &before);
}

async fn in_a_discoverable_sign_in(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    expect_discreet(lab, &stage);
}

async fn in_a_handoff(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    let consume = offered.consume();
    let again = offered.phone.send(consume).await.expect("an answer");
    refusal::expect(&again, &["ceremony_replayed"]);
    let secrets = [
        TOKEN.to_owned(),
        USER.to_owned(),
        offered.desktop.cookies[SESSION_COOKIE].clone(),
        lab.orchestrator.handoff().token,
        tag(offered.told("token")),
        tag(offered.told("evidence")),
        tag(phone.begun.answer.header("countersign-evidence")),
        lab.orchestrator.session(phone.begun.session()).sdk_token,
        phone.passkey.id_text(),
    ];
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    offered.follow().await;
    expect_absent(lab, &secrets.each_ref().map(String::as_str));
}

async fn in_a_recovery(lab: &Lab, client: Client) {
    let recovering = Recovering::decided(lab, client, "matched").await;
    let continuation = recovering.continuation().to_owned();
    let mut stage = recovering.replacing().await;
    let before = stage.clone();
    assert_eq!(stage.finish().await.status, 200);
    expect_absent(lab, &[&continuation]);
    expect_discreet(lab, &before);
}

/// What makes it good: the rest may be read by its bearer.
fn tag(sealed: &str) -> String {
    sealed.rsplit('.').next().unwrap_or("").to_owned()
}

async fn in_refusals_of_what_cannot_be_read(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let credential = stage.credential().to_string();
    for body in [format!("{credential}x"), credential.replacen('{', "{\"id\":\"private-member-value\",", 1)] {
        let ask = Ask { body: Some(body.into()), ..stage.honest() };
        refusal::expect(&stage.send(ask).await.expect("an answer"), &["malformed_credential"]);
    }
    let ask = stage.honest().header("content-type", "text/private-type-value");
    refusal::expect(&stage.send(ask).await.expect("an answer"), &["unsupported_media_type"]);
    expect_absent(lab, &["private-member-value", "private-type-value"]);
    expect_discreet(lab, &stage);
}

async fn in_faults(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.orchestrator.breaks(Operation::Status, Fault::answer(500, "private-answer-of-the-orchestrator"));
    refusal::expect(&stage.finish().await, &["orchestrator_unavailable"]);
    lab.orchestrator
        .breaks(Operation::Status, Fault::edited(|json| json["external_user_id"] = "bob-private".into()));
    refusal::expect(&stage.finish().await, &["orchestrator_unavailable"]);
    expect_absent(lab, &["private-answer-of-the-orchestrator", "bob-private"]);
    expect_discreet(lab, &stage);
}
