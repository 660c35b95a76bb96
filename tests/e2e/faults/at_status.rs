//! `status`: only a clear `matched` for this very ceremony lets an assertion on.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::{Value, json};

use super::common::{Case, When, broken};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = broken(When::Finish, Operation::Status, 200, UNAVAILABLE);
    let edited = |name: &str, codes: &[&'static str], edit: fn(&mut Value)| {
        Case::fault(name, When::Finish, Operation::Status, Fault::edited(edit), codes)
    };
    cases.extend([
        edited("wrong_session", UNAVAILABLE, |json| json["id"] = json!("ses_somebodyelses")),
        edited("wrong_user", UNAVAILABLE, |json| json["external_user_id"] = json!("bob-beef")),
        edited("wrong_flow", UNAVAILABLE, |json| json["flow"] = json!("registration")),
        edited("wrong_challenge", UNAVAILABLE, |json| json["challenge"] = json!("c".repeat(43))),
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
    cases.push(Case::fault(
        "registration_status_500",
        When::FinishRegistration,
        Operation::Status,
        Fault::answer(500, ""),
        UNAVAILABLE,
    ));
    cases
}
