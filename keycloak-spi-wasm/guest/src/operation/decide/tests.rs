//! Decisions from document to document; what the rules themselves say is tested in the core.

use crate::answer;

const CONFIGURATION: &str = r#"{\"version\":1,\"rules\":[{\"id\":\"payroll\",\"ceremony\":\"sign_in\",\"when\":{\"client\":true,\"equals\":\"payroll\"},\"require\":\"step_up\",\"max_age\":\"2m\"}],\"orchestrator\":{\"profile\":\"countersign\",\"url\":\"https://o.example\"}}"#;

fn decide(occasion: &str, facts: &str) -> String {
    let document = format!(
        r#"{{"op":"decide","configuration":"{CONFIGURATION}","occasion":"{occasion}","facts":{facts}}}"#
    );
    String::from_utf8(answer(document.as_bytes())).unwrap()
}

#[test]
fn says_which_rule_is_to_be_fulfilled_and_why() {
    let refused =
        |reason: &str| format!(r#"{{"refusal":{{"code":"malformed_request","reason":"{reason}"}}}}"#);
    let facts = |client: &str| {
        format!(
            r#"{{"client":"{client}","acr":[],"newDevice":false,"user":"alice","attributes":{{"a":["b"]}}}}"#
        )
    };
    for (name, occasion, facts, expected) in [
        (
            "the rule's client",
            "sign_in",
            facts("payroll"),
            concat!(
                r#"{"decided":{"required":{"rule":"payroll","flow":"step_up","acr":"urn:countersign:acr:biometric","#,
                r#""maxAge":120},"reason":"rule payroll applies: client = payroll"}}"#
            )
            .to_owned(),
        ),
        ("another client", "sign_in", facts("shop"), r#"{"decided":{}}"#.to_owned()),
        ("another occasion", "registration", facts("payroll"), r#"{"decided":{}}"#.to_owned()),
        ("an unknown occasion", "payment", facts("payroll"), refused("occasion")),
        ("no facts", "sign_in", "{}".to_owned(), refused("acr")),
        (
            "an unknown fact",
            "sign_in",
            r#"{"acr":[],"newDevice":false,"attributes":{},"exempt":true}"#.to_owned(),
            refused("unknown member"),
        ),
        (
            "an attribute that is no list",
            "sign_in",
            r#"{"acr":[],"newDevice":false,"attributes":{"a":"b"}}"#.to_owned(),
            refused("attributes"),
        ),
    ] {
        assert_eq!(decide(occasion, &facts), expected, "{name}");
    }
}

#[test]
fn a_configuration_that_does_not_load_refuses() {
    let document = br#"{"op":"decide","configuration":"{}","occasion":"sign_in","facts":{}}"#;
    let expected =
        r#"{"refusal":{"code":"orchestrator_unavailable","reason":"the configuration does not load"}}"#;
    assert_eq!(String::from_utf8(answer(document)).unwrap(), expected);
}

#[test]
fn a_configuration_is_described_or_its_errors_are() {
    let check = |configuration: &str| {
        let document =
            format!(r#"{{"op":"configuration","configuration":"{configuration}","environment":{{}}}}"#);
        String::from_utf8(answer(document.as_bytes())).unwrap()
    };
    assert_eq!(
        check(CONFIGURATION),
        r#"{"loaded":{"enforcement":"enforce","rules":["payroll"],"orchestrator":"https://o.example","timeout":2000,"warnings":[]}}"#
    );
    let errors = check(r#"{\"version\":2,\"orchestrator\":{\"profile\":\"countersign\"}}"#);
    assert_eq!(
        errors,
        concat!(
            r#"{"errors":[{"path":"/version","message":"this version is not known","help":"write `1`"},"#,
            r#"{"path":"/orchestrator/url","message":"it is missing","help":"write where the orchestrator is, such as `https://orchestrator.example`"}]}"#
        )
    );
}
