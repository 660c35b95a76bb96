//! The same again: once is the limit, also for fifty at once and long after.

use countersign_tests::ceremony::{Begun, risky};
use countersign_tests::client::Client;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    after_success,
    while_the_orchestrator_forgets,
    fifty_at_once,
    with_another_assertion_for_the_same_challenge,
    a_matched_session_of_another_ceremony,
    after_the_relying_party_refused,
];

async fn after_success(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    // The client keeps what it had before the success: answers may clean the jar.
    let mut again = stage.clone();
    let finish = stage.honest();
    assert_eq!(stage.send(finish.clone()).await.expect("an answer").status, 200);
    refusal::expect(&again.send(finish).await.expect("an answer"), &["ceremony_replayed"]);
    lab.fence().await;
    assert_eq!(lab.finishes().iter().filter(|seen| seen.complete).count(), 1);
}

async fn while_the_orchestrator_forgets(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let mut again = stage.clone();
    assert_eq!(stage.finish().await.status, 200);
    // Its answer comes from a replica that has not heard of the completion.
    lab.orchestrator.breaks(Operation::Status, Fault::edited(|json| json["status"] = json!("matched")));
    refusal::expect(&again.finish().await, &["ceremony_replayed"]);
    lab.fence().await;
    assert_eq!(lab.finishes().iter().filter(|seen| seen.complete).count(), 1);
}

async fn fifty_at_once(lab: &Lab, client: Client) {
    let stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let finish = stage.honest();
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut client, finish) = (stage.client.clone(), finish.clone());
        attempts.spawn(async move { client.send(finish).await.expect("an answer") });
    }
    let answers = attempts.join_all().await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(accepted.len(), 1, "one of fifty is released");
    for answer in refused {
        refusal::expect(answer, &["ceremony_replayed", "completion_failed"]);
    }
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "completed");
    if !lab.setup.headers_can_wait {
        lab.fence().await;
        assert_eq!(lab.finishes().iter().filter(|seen| seen.complete).count(), 1, "complete came first");
    }
}

async fn with_another_assertion_for_the_same_challenge(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let mut again = stage.clone();
    assert_eq!(stage.finish().await.status, 200);
    let mut response = again.passkey.get(
        again.begun.challenge(),
        countersign_tests::plugin::ORIGIN,
        countersign_tests::plugin::RP_ID,
    );
    response.counter = 9;
    let finish = again.ceremony.finish(&again.passkey.assertion(&response));
    refusal::expect(&again.send(finish).await.expect("an answer"), &["ceremony_replayed"]);
    lab.fence().await;
    assert_eq!(lab.finishes().iter().filter(|seen| seen.complete).count(), 1);
}

async fn a_matched_session_of_another_ceremony(lab: &Lab, client: Client) {
    // Two ceremonies of one user in one session; only the first was matched.
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.begun = Begun::by(&mut stage.client, risky(stage.ceremony.begin())).await.expect("an answer");
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    lab.expect_untouched().await;
}

async fn after_the_relying_party_refused(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let refused = countersign_tests::relying_party::Reply::json(400, &json!({ "error": "no" }));
    lab.relying_party.answers("POST /verify-authentication", refused);
    assert_eq!(stage.finish().await.status, 400);
    let completed = lab.orchestrator.calls_of(Operation::Complete).len();
    assert_eq!(completed, usize::from(!lab.setup.headers_can_wait), "only what succeeded is completed");
}
