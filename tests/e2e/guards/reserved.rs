//! The reserved key: in no spelling and by no way inside `workflow_input.custom_data`.

use countersign_tests::client::Ask;
use hyper::Method;

use super::core_api::{BODY, SESSIONS, post};
use super::knock::Knock;

const KEY: &str = r#"{"encrypted_biometric_token":"t"}"#;

fn reserved(name: &str, ask: Ask) -> Knock {
    Knock::refused(name, "reserved_key", &post(BODY), ask)
}

pub(crate) fn knocks() -> Vec<Knock> {
    let mut knocks: Vec<Knock> = [
        ("plain", r#"{"workflow_input":{"custom_data":KEY}}"#),
        ("among_others", r#"{"a":1,"workflow_input":{"b":2,"custom_data":{"c":3,"d":KEY}}}"#),
        ("nested", r#"{"workflow_input":{"custom_data":{"a":{"b":KEY}}}}"#),
        ("in_arrays", r#"{"workflow_input":{"custom_data":{"a":[1,[KEY]]}}}"#),
        ("custom_data_as_an_array", r#"{"workflow_input":{"custom_data":[KEY]}}"#),
        ("workflow_input_as_an_array", r#"{"workflow_input":[{"custom_data":KEY}]}"#),
        ("in_a_batch", r#"[{"workflow_input":{"custom_data":KEY}}]"#),
        ("null", r#"{"workflow_input":{"custom_data":{"encrypted_biometric_token":null}}}"#),
        ("escaped", r#"{"workflow_input":{"custom_data":{"\u0065ncrypted_biometric_token":1}}}"#),
        ("escaped_to_the_last", r#"{"workflow_input":{"custom_data":{"\u0065\u006e\u0063\u0072\u0079\u0070\u0074\u0065\u0064\u005f\u0062\u0069\u006f\u006d\u0065\u0074\u0072\u0069\u0063\u005f\u0074\u006f\u006b\u0065\u006e":1}}}"#),
        ("escaped_way", r#"{"workflow\u005finput":{"custom\u005fdata":KEY}}"#),
        ("capitals", r#"{"workflow_input":{"custom_data":{"ENCRYPTED_BIOMETRIC_TOKEN":1}}}"#),
        ("one_capital", r#"{"workflow_input":{"custom_data":{"encrypted_biometric_Token":1}}}"#),
        ("kelvin_sign", r#"{"workflow_input":{"custom_data":{"encrypted_biometric_to\u212aen":1}}}"#),
        ("way_in_capitals", r#"{"WORKFLOW_INPUT":{"Custom_Data":KEY}}"#),
        ("twice", r#"{"workflow_input":{"custom_data":{"encrypted_biometric_token":1,"encrypted_biometric_token":2}}}"#),
        ("first_custom_data_of_two", r#"{"workflow_input":{"custom_data":KEY,"custom_data":{}}}"#),
        ("second_custom_data_of_two", r#"{"workflow_input":{"custom_data":{},"custom_data":KEY}}"#),
        ("first_workflow_input_of_two", r#"{"workflow_input":{"custom_data":KEY},"workflow_input":{}}"#),
        ("second_workflow_input_of_two", r#"{"workflow_input":{},"workflow_input":{"custom_data":KEY}}"#),
        ("second_in_another_case", r#"{"workflow_input":{},"Workflow_Input":{"custom_data":KEY}}"#),
        ("second_escaped", r#"{"workflow_input":{},"\u0077orkflow_input":{"custom_data":KEY}}"#),
    ]
    .into_iter()
    .map(|(name, body)| reserved(name, post(body.replace("KEY", KEY))))
    .collect();
    let body = format!(r#"{{"workflow_input":{{"custom_data":{KEY}}}}}"#);
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::GET] {
        let name = format!("by_{}", method.as_str().to_lowercase());
        knocks.push(reserved(&name, Ask { method, ..post(body.clone()) }));
    }
    for (name, path) in [
        ("below_the_webhook", "/v1/webhooks/idv/x"),
        ("at_the_prefix_itself", "/v1/"),
        ("at_the_prefix_without_its_slash", "/v1"),
        ("by_a_doubled_slash_under_it", "/v1//sessions"),
        ("with_a_query", "/v1/sessions?a=b"),
    ] {
        knocks.push(reserved(name, Ask { path: path.to_owned(), ..post(body.clone()) }));
    }
    let padded = format!("{}{body}", " ".repeat(60_000));
    knocks.push(reserved("after_much_white_space", Ask { path: SESSIONS.to_owned(), ..post(padded) }));
    for (name, body) in [
        ("beside_custom_data", r#"{"workflow_input":{"encrypted_biometric_token":1,"custom_data":{}}}"#),
        ("as_a_value", r#"{"workflow_input":{"custom_data":{"a":"encrypted_biometric_token"}}}"#),
        ("custom_data_elsewhere", r#"{"custom_data":{"encrypted_biometric_token":1}}"#),
    ] {
        knocks.push(Knock::passes(name, post(body)));
    }
    knocks
}
