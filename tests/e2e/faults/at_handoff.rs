//! Hand-offs: none is opened, taken over, followed or given up without the orchestrator's clear word.

use std::time::Duration;

use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::relying_party::Reply;
use serde_json::{Value, json};

use super::common::{Case, When, broken, too_long, unanswered};

/// How long the gateway waits for a begin of its own.
const BEGIN: Duration = Duration::from_secs(15);
const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = opening();
    cases.extend(consuming());
    cases.extend(authenticating());
    cases.extend(following());
    cases.extend(giving_up());
    cases.extend(finishing());
    cases
}

/// What is wrong with an answer: its name, and the change of the right one.
pub(super) type Edit = (&'static str, fn(&mut Value));

/// The faults that any call can have, and then these changes of the right answer.
fn operation(
    prefix: &'static str,
    when: When,
    operation: Operation,
    success: u16,
    edits: &[Edit],
) -> Vec<Case> {
    let mut cases = broken(when, operation, success, UNAVAILABLE);
    for &(name, edit) in edits {
        cases.push(Case::fault(name, when, operation, Fault::edited(edit), UNAVAILABLE));
    }
    cases.into_iter().map(|case| case.named(|name| format!("{prefix}_{name}"))).collect()
}

fn opening() -> Vec<Case> {
    let (when, open) = (When::OpenHandoff, Operation::OpenCrossPlatform);
    let mut cases = operation(
        "open",
        when,
        open,
        201,
        &[
            ("without_an_id", |json| remove(json, "id")),
            ("without_a_token", |json| remove(json, "handoff_token")),
            ("id_is_a_path", |json| json["id"] = json!("../sessions/x")),
            ("id_is_a_number", |json| json["id"] = json!(7)),
            ("id_is_long", |json| json["id"] = json!("h".repeat(100_000))),
            ("token_is_empty", |json| json["handoff_token"] = json!("")),
            ("token_is_long", |json| json["handoff_token"] = json!("h".repeat(100_000))),
            ("end_is_no_time", |json| json["expires_at"] = json!("tomorrow")),
        ],
    );
    cases.push(refused("open_not_enrolled".to_owned(), when, open, 409, "not_enrolled", "user_unknown"));
    cases
}

fn consuming() -> Vec<Case> {
    let (when, consume) = (When::TakeOver, Operation::ConsumeHandoff);
    let mut cases = operation(
        "consume",
        when,
        consume,
        200,
        &[
            ("another_handoff", |json| json["id"] = json!("hof_other")),
            ("without_an_id", |json| remove(json, "id")),
            ("without_a_user", |json| remove(json, "external_user_id")),
            ("user_is_empty", |json| json["external_user_id"] = json!("")),
            ("user_is_a_number", |json| json["external_user_id"] = json!(7)),
            ("user_outside_the_alphabet", |json| json["external_user_id"] = json!("ann@bank\r\n")),
        ],
    );
    // Done, but who cannot know that must not go on: the token is spent.
    cases.push(Case::fault("consume_done_then_cut", when, consume, Fault::DoneThenCut, UNAVAILABLE));
    for (code, status, expected) in [
        ("already_consumed", 409, "ceremony_replayed"),
        ("expired", 409, "ceremony_expired"),
        ("cancelled", 409, "ceremony_replayed"),
        ("rubbish", 409, "ceremony_replayed"),
        ("not_found", 404, "ceremony_unknown"),
    ] {
        cases.push(refused(format!("consume_{code}"), when, consume, status, code, expected));
    }
    cases
}

fn authenticating() -> Vec<Case> {
    let (when, authenticate) = (When::TakeOver, Operation::OpenCrossPlatformAuthentication);
    let mut cases = operation(
        "authenticate",
        when,
        authenticate,
        201,
        &[
            ("without_an_id", |json| remove(json, "id")),
            ("id_is_a_path", |json| json["id"] = json!("../credentials/x")),
            ("id_is_long", |json| json["id"] = json!("s".repeat(100_000))),
        ],
    );
    for (code, expected) in [
        ("already_opened", "ceremony_replayed"),
        ("cancelled", "ceremony_replayed"),
        ("expired", "ceremony_expired"),
        ("not_enrolled", "ceremony_unknown"),
    ] {
        cases.push(refused(format!("authenticate_{code}"), when, authenticate, 409, code, expected));
    }
    let unreadable: &[&'static str] = &["relying_party_unreadable"];
    let huge = vec![b' '; 3_000_000];
    for (name, reply) in [
        ("slow_in_the_body", Reply { stalls: true, ..Reply::new(200, "application/json", "{") }),
        (
            "cut_in_the_body",
            Reply { cut: true, ..Reply::new(200, "application/json", "{\"challenge\":\"AAAA") },
        ),
        ("three_megabytes", Reply::new(200, "application/json", huge)),
        ("garbage", Reply::new(200, "text/html", "<html>")),
        ("without_a_challenge", Reply::json(200, &json!({ "rpId": "bank.example" }))),
        ("compressed", Reply::new(200, "application/json", "{}").header("content-encoding", "br")),
    ] {
        let reply = reply.header("set-cookie", "connect.sid=new; Path=/");
        cases.push(
            Case::broken_by(format!("begin_{name}"), when, unreadable, move |lab| {
                lab.relying_party.answers("GET /generate-authentication-options", reply.clone());
                Box::pin(async {})
            })
            .within(BEGIN),
        );
    }
    cases.into_iter().map(Case::after_the_begin).collect()
}

fn following() -> Vec<Case> {
    operation(
        "follow",
        When::Follow,
        Operation::HandoffStatus,
        200,
        &[
            ("another_handoff", |json| json["id"] = json!("hof_other")),
            ("without_an_id", |json| remove(json, "id")),
            ("without_a_status", |json| remove(json, "status")),
            ("status_is_a_flag", |json| json["status"] = json!(true)),
            ("status_is_a_list", |json| json["status"] = json!(["completed"])),
            ("status_is_unknown", |json| json["status"] = json!("approved")),
            ("completed_at_is_no_time", |json| json["completed_at"] = json!("just now")),
        ],
    )
}

fn giving_up() -> Vec<Case> {
    let (when, cancel) = (When::GiveUp, Operation::CancelHandoff);
    // What a cancellation answers is not read; that it was one is.
    let mut cases: Vec<Case> = unanswered(when, cancel, UNAVAILABLE)
        .into_iter()
        .chain([too_long(when, cancel, UNAVAILABLE)])
        .map(|case| case.named(|name| format!("give_up_{name}")))
        .collect();
    for (code, status, expected) in
        [("already_completed", 409, "ceremony_replayed"), ("rubbish", 409, "orchestrator_unavailable")]
    {
        cases.push(refused(format!("give_up_{code}"), when, cancel, status, code, expected));
    }
    cases
}

/// The finish on the phone is any guarded one, but its flow is its own.
fn finishing() -> Vec<Case> {
    let (when, status) = (When::FinishHandoff, Operation::Status);
    let edited = |name: &str, edit: fn(&mut Value)| {
        Case::fault(format!("finish_{name}"), when, status, Fault::edited(edit), UNAVAILABLE)
    };
    let unknown = Fault::edited(|json| json["status"] = json!("approved"));
    let mut cases: Vec<Case> = broken(when, status, 200, UNAVAILABLE)
        .into_iter()
        .map(|case| case.named(|name| format!("finish_{name}")))
        .collect();
    cases.extend([
        edited("of_another_session", |json| json["id"] = json!("ses_somebodyelses")),
        edited("of_a_step_up", |json| json["flow"] = json!("step_up")),
        edited("of_another_user", |json| json["external_user_id"] = json!("bob-beef")),
        edited("of_another_challenge", |json| json["challenge"] = json!("c".repeat(43))),
        Case::fault("finish_status_is_unknown", when, status, unknown, &["verdict_failed"]),
    ]);
    cases
}

/// A refusal of the orchestrator's.
pub(super) fn refused(
    name: String,
    when: When,
    operation: Operation,
    status: u16,
    code: &str,
    expected: &'static str,
) -> Case {
    let body = json!({ "error": { "code": code } }).to_string();
    Case::fault(name, when, operation, Fault::answer(status, body), &[expected])
}

fn remove(json: &mut Value, member: &str) {
    json.as_object_mut().expect("an object").remove(member);
}
