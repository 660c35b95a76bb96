use serde_json::json;

use super::*;

fn run(status: &str, output: &Value) -> Run {
    serde_json::from_value(json!({
        "id": "r", "applicant_id": "a", "workflow_id": "w", "status": status, "output": output,
        "a_member_to_come": {"x": 1}
    }))
    .unwrap()
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Failed(_) => "failed",
        Outcome::Matched(None) => "matched",
        Outcome::Matched(Some(_)) => "matched with a reference",
        Outcome::NotMatched => "not matched",
        Outcome::Pending => "pending",
    }
}

#[test]
fn every_status_of_the_api_has_its_outcome_and_no_other_word_is_a_match() {
    let rows = [
        ("approved", "matched"),
        ("declined", "not matched"),
        ("processing", "pending"),
        ("awaiting_input", "pending"),
        ("awaiting_client_input", "pending"),
        ("review", "failed"),
        ("abandoned", "failed"),
        ("error", "failed"),
        ("", "failed"),
        ("Approved", "failed"),
        ("approved ", "failed"),
        ("something_new", "failed"),
    ];
    for (status, wanted) in rows {
        assert_eq!(word(&run(status, &Value::Null).outcome(Flow::StepUp)), wanted, "`{status}`");
    }
}

#[test]
fn a_registration_without_a_biometric_reference_is_a_failure() {
    let rows = [
        ("a string", json!({RESERVED_KEY: "face"}), "matched with a reference"),
        (
            "a list",
            json!({RESERVED_KEY: [{"type": RESERVED_KEY, "value": "face"}]}),
            "matched with a reference",
        ),
        ("no output", Value::Null, "failed"),
        ("no such member", json!({"face": "face"}), "failed"),
        ("another case", json!({"Encrypted_Biometric_Token": "face"}), "failed"),
        ("null", json!({RESERVED_KEY: null}), "failed"),
        ("an empty string", json!({RESERVED_KEY: ""}), "failed"),
        ("an empty list", json!({RESERVED_KEY: []}), "failed"),
        ("a boolean", json!({RESERVED_KEY: true}), "failed"),
        ("deeper down", json!({"x": {RESERVED_KEY: "face"}}), "failed"),
        ("output is a list", json!([{RESERVED_KEY: "face"}]), "failed"),
    ];
    for (name, output, wanted) in rows {
        assert_eq!(word(&run("approved", &output).outcome(Flow::Registration)), wanted, "{name}");
    }
    let declined = run("declined", &json!({RESERVED_KEY: "face"})).outcome(Flow::Registration);
    assert_eq!(word(&declined), "not matched");
}

#[test]
fn a_reference_goes_back_as_it_came_and_does_not_print() {
    let value = json!([{"type": RESERVED_KEY, "value": "face"}]);
    let reference = BiometricReference::new(value.clone()).unwrap();
    assert!(!format!("{reference:?}").contains("face"));
    assert_eq!(BiometricReference::from_bytes(&reference.to_bytes()).unwrap().into_value(), value);
}
