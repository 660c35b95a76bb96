//! `open_step_up`, `open_registration`: no options leave without a session.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::{Value, json};

use super::at_handoff::refused;
use super::common::{Case, When, broken};

const CODES: &[&str] = &["orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = broken(When::Begin, Operation::Open, 201, CODES);
    let edited = |name: &str, edit: fn(&mut Value)| {
        Case::fault(name, When::Begin, Operation::Open, Fault::edited(edit), CODES)
    };
    cases.extend([
        edited("without_an_id", |json| {
            json.as_object_mut().expect("an object").remove("id");
        }),
        edited("id_is_a_number", |json| json["id"] = json!(7)),
        edited("id_is_empty", |json| json["id"] = json!("")),
        edited("id_is_a_path", |json| json["id"] = json!("../credentials/x")),
        edited("id_with_a_line_end", |json| json["id"] = json!("ses_1\r\nx-evil: 1")),
        edited("id_is_long", |json| json["id"] = json!("s".repeat(100_000))),
    ]);
    let register = When::BeginRegistration;
    // As clear a no as there is: the same request would be as much in vain.
    // At an enrolment it is no answer.
    for (name, when, expected) in [
        ("not_enrolled", When::Begin, "user_unknown"),
        ("registration_not_enrolled", register, "orchestrator_unavailable"),
    ] {
        cases.push(refused(name.to_owned(), when, Operation::Open, 409, "not_enrolled", expected));
    }
    let registering = broken(register, Operation::Open, 201, CODES).into_iter();
    cases.extend(registering.map(|case| case.named(|name| format!("registration_{name}"))));
    cases
}
