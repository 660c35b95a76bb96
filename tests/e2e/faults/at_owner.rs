//! `credential_owner`: whose passkey it is that turns up at finish.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::json;

use super::common::{Case, When, broken};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = broken(When::FinishDiscoverable, Operation::CredentialOwner, 200, UNAVAILABLE);
    let answered = |name: &str, fault, codes: &[&'static str]| {
        Case::fault(name, When::FinishDiscoverable, Operation::CredentialOwner, fault, codes)
    };
    cases.extend([
        answered("not_found", Fault::answer(404, r#"{"error":{"code":"not_found"}}"#), &["user_unknown"]),
        answered("user_is_empty", Fault::edited(|json| json["external_user_id"] = json!("")), UNAVAILABLE),
        answered("user_is_a_number", Fault::edited(|json| json["external_user_id"] = json!(7)), UNAVAILABLE),
        answered(
            "user_outside_the_alphabet",
            Fault::edited(|json| json["external_user_id"] = json!("ann@bank\r\n")),
            UNAVAILABLE,
        ),
        answered("key_is_rubbish", Fault::edited(|json| json["public_key"] = json!("!!")), UNAVAILABLE),
        answered("key_is_a_number", Fault::edited(|json| json["public_key"] = json!(7)), UNAVAILABLE),
    ]);
    cases.extend(
        broken(When::FinishDiscoverable, Operation::Open, 201, UNAVAILABLE)
            .into_iter()
            .map(|case| case.named(|name| format!("then_open_{name}"))),
    );
    cases
}
