//! The audit stream (`docs/wire.md`): an event for each decision, told once, and nobody waits for it.

use std::collections::BTreeSet;

use countersign_tests::audit::{lost, number, pseudonym, told, told_in_all, trace};
use countersign_tests::client::{Ask, Carrier, Client, Protocol};
use countersign_tests::lab::{Lab, Plan};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::patience::until;
use countersign_tests::plugin::RISK_HEADER;
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::suite::Suite;
use serde_json::{Value, json};

use super::secrets;

pub(crate) fn add(suite: &mut Suite, mode: &'static str, waits: bool) {
    let row = move |name: &str| format!("{mode}/audit/{name}");
    suite.row(row("every_decision_is_told_once"), move || every_decision_is_told_once(waits));
    suite.row(row("what_was_not_taken_is_told_again"), move || what_was_not_taken_is_told_again(waits));
    suite.row(row("what_is_too_much_leaves_a_gap"), move || what_is_too_much_leaves_a_gap(waits));
    suite.row(row("nobody_waits_for_it"), move || nobody_waits_for_it(waits));
    suite.row(row("without_it_nothing_is_told"), move || without_it_nothing_is_told(waits));
}

/// A lab of the row's own, with `audit` in its configuration.
async fn lab(waits: bool, workers: u8, audit: Value) -> Lab {
    let plan = Plan::with(|plugin| {
        plugin["audit"] = audit;
        let watched = json!({
            "id": "watched-sign-in", "relying_party": "bank", "ceremony": "authentication",
            "enforcement": "observe", "when": { "header": RISK_HEADER, "equals": "watched" }, "require": "step_up",
        });
        plugin["rules"].as_array_mut().expect("rules").push(watched);
    });
    Lab::start(plan.headers_can_wait(waits).workers(workers)).await
}

fn client(lab: &Lab) -> Client {
    lab.client(Protocol::Http1, Carrier::Cookies)
}

/// Requests of which each is one decision, with what is told of it.
async fn decisions(lab: &Lab) -> Vec<Value> {
    let mut wanted = Vec::new();
    let mut told = |trace: &str, decision: &str, flow: &str, code: &str, more: Value| {
        let mut event =
            json!({ "relying_party": "bank", "decision": decision, "code": code, "trace_id": trace });
        if !flow.is_empty() {
            event["flow"] = json!(flow);
        }
        for (name, value) in more.as_object().expect("members") {
            event[name] = value.clone();
        }
        wanted.push(event);
    };

    let mut one = client(lab);
    let id = trace(&mut one);
    let mut stage = Stage::step_up(lab, one).await;
    let session = stage.begun.session().to_owned();
    let about = json!({ "rule": "risky-sign-in", "session": pseudonym(&session) });
    told(&id, "allowed", "step_up", "offered", about.clone());
    for (verdict, code) in [("pending", "verdict_pending"), ("not_matched", "biometric_mismatch")] {
        lab.orchestrator.decide(&session, verdict);
        let answer = stage.finish().await;
        refusal::expect(&answer, &[code]);
        let mut about = about.clone();
        about["instance"] =
            json!(answer.json()["instance"].as_str().unwrap().trim_start_matches("urn:uuid:"));
        told(&id, "refused", "step_up", code, about);
    }
    lab.orchestrator.decide(&session, "matched");
    assert_eq!(stage.finish().await.status, 200);
    told(&id, "allowed", "step_up", "completed", about);

    let mut one = client(lab);
    let id = trace(&mut one);
    let mut stage = Stage::routine(lab, one).await;
    assert_eq!(stage.finish().await.status, 200);
    told(&id, "routine", "routine", "offered", json!({}));
    told(&id, "routine", "routine", "forwarded", json!({}));

    let mut one = client(lab);
    let id = trace(&mut one);
    let watched = stage.ceremony.begin().header(RISK_HEADER, "watched");
    one.cookies.clone_from(&stage.client.cookies);
    assert_eq!(one.send(watched).await.expect("an answer").status, 200);
    told(&id, "watched", "", "step_up_required", json!({ "rule": "watched-sign-in" }));
    told(&id, "routine", "routine", "offered", json!({}));

    let mut one = client(lab);
    let id = trace(&mut one);
    let mut stage = Stage::registration(lab, one).await;
    let about = json!({ "rule": "enrolment", "session": pseudonym(stage.begun.session()) });
    told(&id, "allowed", "registration", "offered", about.clone());
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    told(&id, "allowed", "registration", "completed", about);

    let ask = Ask { path: "/somewhere".to_owned(), ..stage.honest() };
    let answer = stage.send(ask).await.expect("an answer");
    refusal::expect(&answer, &["unlisted_ceremony"]);
    let instance = answer.json()["instance"].as_str().unwrap().trim_start_matches("urn:uuid:").to_owned();
    told(&id, "refused", "", "unlisted_ceremony", json!({ "instance": instance }));

    // None of these is a decision.
    for path in ["/", "/me", "/fence"] {
        client(lab).send(Ask::get(path)).await.expect("an answer");
    }
    wanted
}

/// In one order, without what differs each time.
fn sorted(events: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut lines: Vec<String> = events
        .into_iter()
        .map(|mut event| {
            let members = event.as_object_mut().expect("an event");
            members.remove("sequence");
            members.remove("at");
            event.to_string()
        })
        .collect();
    lines.sort();
    lines
}

async fn every_decision_is_told_once(waits: bool) {
    let lab = lab(waits, 2, json!({ "every": "100ms" })).await;
    let wanted = decisions(&lab).await;
    let events = told_in_all(&lab, wanted.len()).await;
    assert_eq!(sorted(events.values().cloned()), sorted(wanted.clone()));
    assert_eq!(lost(&lab), 0);
    // By the counters there were as many.
    until("the counters say the same", || async {
        let decisions: u64 = lab.envoy.stats("wasmcustom.countersign.decision.").await.values().sum();
        (decisions == wanted.len() as u64).then_some(())
    })
    .await;
    // The numbers of each worker are 1, 2, 3, …
    let sources: BTreeSet<&String> = events.keys().map(|(source, _)| source).collect();
    for source in sources {
        let numbers: Vec<u64> =
            events.keys().filter(|(of, _)| of == source).map(|(_, number)| *number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    }
    let posts = lab.orchestrator.calls_of(Operation::Audit);
    for secret in secrets::everywhere(&lab) {
        assert!(posts.iter().all(|post| !post.body.to_string().contains(&secret)), "{secret} is told");
    }
}

/// Waits until so many posts have set out.
async fn posted(lab: &Lab, posts: usize) {
    until(format!("{posts} posts"), || async {
        (lab.orchestrator.calls_of(Operation::Audit).len() >= posts).then_some(())
    })
    .await;
}

async fn what_was_not_taken_is_told_again(waits: bool) {
    let lab = lab(waits, 1, json!({ "every": "100ms", "timeout": "200ms" })).await;
    lab.orchestrator.server().close();
    for _ in 0..3 {
        let mut stage = Stage::routine(&lab, client(&lab)).await;
        assert_eq!(stage.finish().await.status, 200, "a routine sign-in needs no orchestrator");
    }
    // Some posts have failed before it is there again.
    lab.envoy.grown("wasmcustom.countersign.callout.audit.failed", 1).await;
    lab.orchestrator.server().reopen();
    told_in_all(&lab, 6).await;
    for fault in [Fault::answer(503, ""), Fault::CutBeforeHeaders, Fault::DoneThenCut, Fault::Stalled] {
        let (before, posts) = (told(&lab).len(), lab.orchestrator.calls_of(Operation::Audit).len());
        lab.orchestrator.breaks(Operation::Audit, fault);
        let mut stage = Stage::routine(&lab, client(&lab)).await;
        assert_eq!(stage.finish().await.status, 200);
        posted(&lab, posts + 2).await;
        lab.orchestrator.heals();
        let events = told_in_all(&lab, before + 2).await;
        let numbers: Vec<u64> = events.values().map(|event| number(event, "sequence")).collect();
        assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    }
    assert_eq!(lost(&lab), 0);
}

async fn what_is_too_much_leaves_a_gap(waits: bool) {
    let lab = lab(waits, 1, json!({ "every": "100ms", "events": 3 })).await;
    lab.orchestrator.server().close();
    for _ in 0..4 {
        let mut stage = Stage::routine(&lab, client(&lab)).await;
        assert_eq!(stage.finish().await.status, 200);
    }
    lab.envoy.grown("wasmcustom.countersign.unaudited", 4).await;
    lab.orchestrator.server().reopen();
    let events = told_in_all(&lab, 3).await;
    assert_eq!(events.values().map(|event| number(event, "sequence")).collect::<Vec<_>>(), [6, 7, 8]);
    assert_eq!(lost(&lab), 5, "{:?}", lab.orchestrator.told());
    let mut stage = Stage::routine(&lab, client(&lab)).await;
    assert_eq!(stage.finish().await.status, 200);
    told_in_all(&lab, 5).await;
    assert_eq!(lost(&lab), 5, "it is told once");
}

async fn nobody_waits_for_it(waits: bool) {
    let lab = lab(waits, 1, json!({ "every": "100ms", "timeout": "30s" })).await;
    lab.orchestrator.breaks(Operation::Audit, Fault::Stalled);
    let mut stage = Stage::step_up(&lab, client(&lab)).await;
    posted(&lab, 1).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    assert!(told(&lab).is_empty());
}

async fn without_it_nothing_is_told(waits: bool) {
    let lab = Lab::start(Plan::default().headers_can_wait(waits)).await;
    let mut stage = Stage::step_up(&lab, client(&lab)).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    assert!(lab.orchestrator.calls_of(Operation::Audit).is_empty());
    assert_eq!(lab.envoy.stat("wasmcustom.countersign.callout.audit.succeeded").await, 0);
}
