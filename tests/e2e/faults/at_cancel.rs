//! `cancel`, and `status` where the client asks for it: a check is neither given up nor told of without the
//! orchestrator's clear word.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::{Value, json};

use super::at_handoff::refused;
use super::common::{Case, When, broken, too_long, unanswered};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let (when, cancel) = (When::Abandon, Operation::Cancel);
    // What a cancellation answers is not read; that it was one is.
    let mut cases = unanswered(when, cancel, UNAVAILABLE);
    cases.push(too_long(when, cancel, UNAVAILABLE));
    for (code, status, expected) in [
        ("already_completed", 409, "ceremony_replayed"),
        ("rubbish", 409, "orchestrator_unavailable"),
        ("not_found", 404, "orchestrator_unavailable"),
    ] {
        cases.push(refused(code.to_owned(), when, cancel, status, code, expected));
    }
    cases.extend(asking());
    cases
}

fn asking() -> Vec<Case> {
    let (when, status) = (When::Ask, Operation::Status);
    let mut cases = broken(when, status, 200, UNAVAILABLE);
    let edited =
        |name: &str, edit: fn(&mut Value)| Case::fault(name, when, status, Fault::edited(edit), UNAVAILABLE);
    cases.extend([
        edited("wrong_session", |json| json["id"] = json!("ses_somebodyelses")),
        edited("wrong_flow", |json| json["flow"] = json!("registration")),
        edited("wrong_challenge", |json| json["challenge"] = json!("c".repeat(43))),
    ]);
    cases.into_iter().map(|case| case.named(|name| format!("then_asked_{name}"))).collect()
}
