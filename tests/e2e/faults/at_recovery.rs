//! Recoveries: the route's answer does not leave without a check, and nothing is begun or finished without the
//! orchestrator's clear word.

use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::plugin::RECOVERY;
use countersign_tests::relying_party::Reply;
use serde_json::{Value, json};

use super::at_handoff::refused;
use super::common::{Case, When, broken, too_long, unanswered};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = opening();
    cases.extend(exchanging());
    cases.extend(finishing());
    cases
}

fn opening() -> Vec<Case> {
    let (when, open) = (When::Recover, Operation::OpenRecovery);
    let mut cases = broken(when, open, 201, UNAVAILABLE);
    let edited =
        |name: &str, edit: fn(&mut Value)| Case::fault(name, when, open, Fault::edited(edit), UNAVAILABLE);
    cases.extend([
        edited("without_an_id", |json| {
            json.as_object_mut().expect("an object").remove("id");
        }),
        edited("id_is_a_path", |json| json["id"] = json!("../credentials/x")),
        edited("id_is_long", |json| json["id"] = json!("s".repeat(100_000))),
    ]);
    cases.push(refused("not_enrolled".to_owned(), when, open, 409, "not_enrolled", "user_unknown"));
    cases.extend(identifying());
    cases.into_iter().map(|case| case.named(|name| format!("open_{name}"))).collect()
}

/// The relying party's route answers, and nobody can say what.
fn identifying() -> Vec<Case> {
    let unreadable: &[&'static str] = &["relying_party_unreadable"];
    let named = json!({ "user": { "id": "ann-f00d" } }).to_string();
    [
        ("garbage", Reply::new(200, "text/html", "<html>")),
        ("twice", Reply::new(200, "application/json", r#"{"user":{"id":"a"},"user":{"id":"ann-f00d"}}"#)),
        ("compressed", Reply::new(200, "application/json", named).header("content-encoding", "gzip")),
    ]
    .into_iter()
    .map(|(name, reply)| {
        let reply = reply.header("set-cookie", "connect.sid=new; Path=/");
        Case::broken_by(format!("after_{name}"), When::Recover, unreadable, move |lab| {
            lab.relying_party.answers(&format!("POST {RECOVERY}"), reply.clone());
            Box::pin(async {})
        })
    })
    .collect()
}

fn exchanging() -> Vec<Case> {
    let (when, exchange) = (When::Replace, Operation::ExchangeContinuation);
    // What a success answers is not read; that it was one is.
    let mut cases: Vec<Case> = unanswered(when, exchange, UNAVAILABLE)
        .into_iter()
        .chain([too_long(when, exchange, UNAVAILABLE)])
        .map(|case| case.named(|name| format!("exchange_{name}")))
        .collect();
    cases.push(Case::fault("exchange_done_then_cut", when, exchange, Fault::DoneThenCut, UNAVAILABLE));
    for (code, status, expected) in [
        ("recovery_match_failed", 403, "recovery_mismatch"),
        ("continuation_invalid", 403, "ceremony_unknown"),
        ("rubbish", 403, "orchestrator_unavailable"),
        ("not_ready", 409, "verdict_pending"),
        ("already_exchanged", 409, "ceremony_replayed"),
        ("expired", 409, "verdict_failed"),
        ("failed", 409, "verdict_failed"),
        ("not_found", 404, "orchestrator_unavailable"),
    ] {
        cases.push(refused(format!("exchange_{code}"), when, exchange, status, code, expected));
    }
    cases
}

fn finishing() -> Vec<Case> {
    let (when, status) = (When::FinishReplacement, Operation::Status);
    let edited = |name: &str, edit: fn(&mut Value)| {
        Case::fault(format!("finish_{name}"), when, status, Fault::edited(edit), UNAVAILABLE)
    };
    let unknown = Fault::edited(|json| json["status"] = json!("approved"));
    let mut cases: Vec<Case> = broken(when, status, 200, UNAVAILABLE)
        .into_iter()
        .map(|case| case.named(|name| format!("finish_{name}")))
        .collect();
    cases.extend([
        edited("of_a_registration", |json| json["flow"] = json!("registration")),
        edited("of_another_user", |json| json["external_user_id"] = json!("bob-beef")),
        edited("with_a_challenge", |json| json["challenge"] = json!("c".repeat(43))),
        edited("of_another_session", |json| json["id"] = json!("ses_somebodyelses")),
        Case::fault("finish_status_is_unknown", when, status, unknown, &["verdict_failed"]),
    ]);
    cases
}
