//! Many sign-ins in flight: each is tried without a verdict, and then with one.

use std::collections::BTreeSet;
use std::future::Future;

use countersign_tests::client::{Carrier, Protocol};
use countersign_tests::lab::Lab;
use countersign_tests::stage::Stage;
use serde_json::json;

/// Sign-ins at the same time.
pub(crate) const MANY: usize = 200;

/// Sends of one finish before it counts as lost.
const TRIES: usize = 50;

/// What a client is told that may send the same request again.
const AGAIN: [&str; 2] = ["verdict_pending", "orchestrator_unavailable"];

/// Begins them all; none is finished.
pub(crate) async fn begun(lab: &Lab) -> Vec<Stage> {
    let mut stages = Vec::with_capacity(MANY);
    for number in 0..MANY {
        let client = lab.client(Protocol::Http1, Carrier::Cookies);
        stages.push(Stage::step_up_of(lab, client, &format!("user-{number}")).await);
    }
    stages
}

/// Finishes them all, eight at a time; once a quarter is through the change begins, and it is over before the last
/// quarter sets out.
pub(crate) async fn finished(lab: &Lab, stages: Vec<Stage>, change: impl Future<Output = ()>) {
    let mut waiting: Vec<Stage> = stages;
    let last = waiting.split_off(MANY / 4 * 3);
    let during = waiting.split_off(MANY / 4);
    all(lab, waiting).await;
    tokio::join!(all(lab, during), change);
    all(lab, last).await;
}

async fn all(lab: &Lab, mut stages: Vec<Stage>) {
    while !stages.is_empty() {
        let some = stages.split_off(stages.len().saturating_sub(8));
        let mut running: Vec<_> = some.into_iter().map(|stage| Box::pin(one(lab, stage))).collect();
        // Polled together, so that they are in flight together.
        std::future::poll_fn(|context| {
            running.retain_mut(|one| one.as_mut().poll(context).is_pending());
            if running.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

async fn one(lab: &Lab, mut stage: Stage) {
    let finish = stage.honest();
    // The attack: the passkey without the face.
    let mut attack = stage.clone();
    if let Ok(answer) = attack.send(finish.clone()).await {
        assert_ne!(answer.status, 200, "let through unproven: {}", answer.text());
    }
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let mut last = String::new();
    for _ in 0..TRIES {
        match stage.send(finish.clone()).await {
            Ok(answer) if answer.status == 200 => {
                assert_eq!(answer.json(), json!({ "verified": true }));
                return;
            }
            Ok(answer) => {
                let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
                assert!(AGAIN.contains(&code.as_str()), "nothing that passes by itself: {}", answer.text());
                last = code;
            }
            Err(broken) => last = format!("{broken:?}"),
        }
        tokio::task::yield_now().await;
    }
    panic!("lost: {last}");
}

/// What the relying party has seen of them: each once, and whole.
pub(crate) fn expect_each_once(lab: &Lab, signed_in: usize) {
    let finishes: Vec<_> = lab.finishes().into_iter().filter(|finish| finish.complete).collect();
    let credentials: BTreeSet<String> =
        finishes.iter().map(|finish| finish.json()["id"].to_string()).collect();
    assert_eq!((finishes.len(), credentials.len()), (signed_in, signed_in), "sign-ins, and different ones");
    let completed =
        lab.orchestrator.sessions().iter().filter(|session| session.status == "completed").count();
    assert_eq!(completed, signed_in);
}
