//! `status`: only a clear `matched` for this very ceremony lets an assertion on.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::{Value, json};

use super::at_handoff::Edit;
use super::common::{Case, When, broken};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

/// About something else than what was asked.
const WRONG: &[Edit] = &[
    ("wrong_session", |json| json["id"] = json!("ses_somebodyelses")),
    ("wrong_user", |json| json["external_user_id"] = json!("bob-beef")),
    ("wrong_flow", |json| json["flow"] = json!("recovery")),
    ("wrong_challenge", |json| json["challenge"] = json!("c".repeat(43))),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = broken(When::Finish, Operation::Status, 200, UNAVAILABLE);
    let edited = |name: &str, codes: &[&'static str], edit: fn(&mut Value)| {
        Case::fault(name, When::Finish, Operation::Status, Fault::edited(edit), codes)
    };
    cases.extend(WRONG.iter().map(|&(name, edit)| edited(name, UNAVAILABLE, edit)));
    cases.extend([
        edited("session_is_a_number", UNAVAILABLE, |json| json["id"] = json!(1)),
        edited("status_is_a_flag", UNAVAILABLE, |json| json["status"] = json!(true)),
        edited("status_is_a_list", UNAVAILABLE, |json| json["status"] = json!(["matched"])),
    ]);
    for member in ["id", "flow", "external_user_id", "challenge", "status"] {
        let fault = Fault::edited(move |json| {
            json.as_object_mut().expect("an object").remove(member);
        });
        cases.push(Case::fault(
            format!("without_{member}"),
            When::Finish,
            Operation::Status,
            fault,
            UNAVAILABLE,
        ));
    }
    for (name, word) in [
        ("unknown", "approved"),
        ("capitals", "Matched"),
        ("with_a_space", "matched "),
        ("review", "review"),
        ("failed", "failed"),
        ("expired", "expired"),
        ("cancelled", "cancelled"),
    ] {
        let fault = Fault::edited(move |json| json["status"] = json!(word));
        let when = When::Finish;
        cases.push(Case::fault(
            format!("status_{name}"),
            when,
            Operation::Status,
            fault.clone(),
            &["verdict_failed"],
        ));
        let (name, when) = (format!("registration_status_{name}"), When::FinishRegistration);
        cases.push(Case::fault(name, when, Operation::Status, fault, &["registration_unverified"]));
    }
    cases.push(Case::fault(
        "status_twice",
        When::Finish,
        Operation::Status,
        Fault::answer(200, r#"{"status":"pending","status":"matched"}"#),
        UNAVAILABLE,
    ));
    cases.push(Case::fault(
        "session_not_found",
        When::Finish,
        Operation::Status,
        Fault::answer(404, r#"{"error":{"code":"not_found"}}"#),
        &["orchestrator_unavailable", "verdict_failed"],
    ));
    let registering = broken(When::FinishRegistration, Operation::Status, 200, UNAVAILABLE).into_iter();
    cases.extend(registering.map(|case| case.named(|name| format!("registration_{name}"))));
    for (name, edit) in WRONG {
        let fault = Fault::edited(*edit);
        let name = format!("registration_{name}");
        cases.push(Case::fault(name, When::FinishRegistration, Operation::Status, fault, UNAVAILABLE));
    }
    cases
}
