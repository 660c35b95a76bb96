//! A rule that is only watched: nothing changes, and a counter says what it would have done.

use std::time::Duration;

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::resource::Payer;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::many_rules::{AVATAR, BANNER};

pub(crate) const ROWS: &[Row] = table![it_passes_and_is_counted, a_rule_behind_it_is_enforced];

fn put(path: &str) -> Ask {
    Ask { method: Method::PUT, ..Ask::post(path, &json!({ "image": "x" })) }
}

fn counter(rule: &str) -> String {
    format!("wasmcustom.countersign.decision.watched.{rule}.would_step_up_required")
}

/// Waits until a counter has grown: Envoy's workers hand their counts over now and then.
async fn grown(lab: &Lab, name: &str, before: u64) {
    let wait = async {
        while lab.envoy.stat(name).await <= before {
            tokio::task::yield_now().await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(10), wait).await;
    assert!(outcome.is_ok(), "{name} did not grow: {:?}", lab.envoy.stats("countersign").await);
}

async fn it_passes_and_is_counted(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let before = lab.envoy.stat(&counter("avatar")).await;
    let answer = payer.send(put(AVATAR)).await;
    assert_eq!(answer.text(), "the relying party's own business");
    assert_eq!(answer.header("countersign-evidence"), "");
    assert_eq!(lab.arrived(AVATAR).await[0].json(), json!({ "image": "x" }));
    assert!(lab.orchestrator.calls().is_empty());
    grown(lab, &counter("avatar"), before).await;
}

async fn a_rule_behind_it_is_enforced(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let before = lab.envoy.stat(&counter("banner-soon")).await;
    assert_eq!(payer.send(put(BANNER)).await.status, 200);
    grown(lab, &counter("banner-soon"), before).await;
    let delete = || Ask::new(Method::DELETE, BANNER);
    refusal::expect(&payer.send(delete()).await, &["step_up_required"]);
    assert_eq!(payer.step_up(lab, "matched").await.status, 200);
    assert_eq!(payer.send(delete()).await.status, 200);
    assert_eq!(lab.arrived(BANNER).await.len(), 2);
}
