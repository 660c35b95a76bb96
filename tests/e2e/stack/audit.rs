//! Every decision of a gateway's is kept by the orchestrator: as many of each kind as the gateway counts.

use std::collections::BTreeMap;

use countersign_tests::ceremony::Ceremony;
use countersign_tests::lab::PROTOCOLS;
use countersign_tests::patience::until;
use countersign_tests::refusal;
use countersign_tests::stack::{Customer, Face, Stack, capture_url};
use countersign_tests::suite::Suite;
use serde_json::Value;

/// How many, by `flow.rule.code`.
type Counts = BTreeMap<String, u64>;

pub(crate) fn add(suite: &mut Suite) {
    for (mode, waits) in [("waits", true), ("streams", false)] {
        suite.row(format!("{mode}/audit/what_is_kept_is_what_was_counted"), move || async move {
            what_is_kept_is_what_was_counted(&Stack::audited(waits, 2).await).await;
        });
    }
}

async fn what_is_kept_is_what_was_counted(stack: &Stack) {
    for (_, protocol) in PROTOCOLS {
        let mut customer = Customer::enrolled(stack, stack.client(protocol)).await;
        let begun = customer.begins_a_risky_sign_in().await;
        refusal::expect(&customer.finishes(Ceremony::Authentication, &begun).await, &["verdict_pending"]);
        stack.present(&capture_url(&begun.options), Face::Mine).await;
        assert_eq!(customer.finishes(Ceremony::Authentication, &begun).await.status, 200);
        let begun = customer.begins(Ceremony::Authentication.begin()).await;
        assert_eq!(customer.finishes(Ceremony::Authentication, &begun).await.status, 200);
    }
    let signed_in = |code: &str| (format!("step_up.risky-sign-in.{code}"), PROTOCOLS.len() as u64);
    until("each decision is kept and counted", || async {
        let (kept, counted) = (kept(&stack.decisions().await), counted(stack).await);
        let all = ["offered", "verdict_pending", "completed"].map(signed_in);
        (kept == counted && all.iter().all(|(kind, count)| kept.get(kind) == Some(count))).then_some(())
    })
    .await;
}

fn kept(decisions: &[Value]) -> Counts {
    let mut counts = Counts::new();
    for decision in decisions {
        let part = |name: &str| decision[name].as_str().unwrap_or("none");
        *counts.entry(format!("{}.{}.{}", part("flow"), part("rule"), part("code"))).or_default() += 1;
    }
    counts
}

async fn counted(stack: &Stack) -> Counts {
    const DECISION: &str = "wasmcustom.countersign.decision.";
    let stats = stack.envoy.stats(DECISION).await;
    stats.into_iter().map(|(name, count)| (name.trim_start_matches(DECISION).to_owned(), count)).collect()
}
