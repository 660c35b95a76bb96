//! What refusals have in common beyond what every row checks.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use hyper::Method;

pub(crate) const ROWS: &[Row] = table![
    verdict_pending_has_an_instance_of_its_own,
    malformed_credential_does_not_name_the_rule,
    biometric_mismatch_names_nobody,
];

async fn verdict_pending_has_an_instance_of_its_own(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let mut instances = Vec::new();
    for _ in 0..3 {
        let answer = stage.finish().await;
        refusal::expect(&answer, &["verdict_pending"]);
        let instance = answer.json()["instance"].as_str().expect("an instance").to_owned();
        let uuid = instance.trim_start_matches("urn:uuid:").to_owned();
        assert!(lab.envoy.log_line(&uuid).await.contains("verdict_pending"), "the log has it, with the code");
        instances.push(instance);
    }
    instances.dedup();
    assert_eq!(instances.len(), 3);
}

async fn malformed_credential_does_not_name_the_rule(lab: &Lab, client: Client) {
    let mut bodies = Vec::new();
    for change in [|text: String| text + "x", |text: String| text.replacen('{', r#"{"id":"AAAA","#, 1)] {
        let mut stage = Stage::step_up(lab, client.clone()).await;
        lab.orchestrator.decide(stage.begun.session(), "matched");
        let ask = Ask { body: Some(change(stage.credential().to_string()).into()), ..stage.honest() };
        let answer = stage.send(ask).await.expect("an answer");
        refusal::expect(&answer, &["malformed_credential"]);
        let mut problem = answer.json();
        problem["instance"].take();
        bodies.push(problem);
    }
    assert_eq!(bodies[0], bodies[1], "the same answer whatever the rule");
}

async fn biometric_mismatch_names_nobody(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "not_matched");
    let answer = stage.finish().await;
    for secret in [countersign_tests::stage::USER, stage.begun.session(), &stage.passkey.id_text()] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
    let head = stage.send(Ask::new(Method::GET, "/verify-authentication")).await.expect("an answer");
    refusal::expect(&head, &["malformed_request"]);
}
