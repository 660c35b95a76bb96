//! `open_step_up`, `open_registration`: no options leave without a session.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::{Value, json};

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
    // As clear a no as there is: the same request would be as much in vain.
    let not_enrolled = Fault::answer(409, r#"{"error":{"code":"not_enrolled"}}"#);
    cases.push(Case::fault("not_enrolled", When::Begin, Operation::Open, not_enrolled, &["user_unknown"]));
    cases.push(Case::fault(
        "registration_status_500",
        When::BeginRegistration,
        Operation::Open,
        Fault::answer(500, ""),
        CODES,
    ));
    cases
}
