use super::check;
use crate::refusal::Code;

fn code(body: &[u8]) -> Option<Code> {
    check(body, 8).err().map(|refusal| refusal.code)
}

#[test]
fn what_passes() {
    for (name, body) in [
        ("no custom data", r#"{"external_user_id":"a"}"#),
        ("other custom data", r#"{"workflow_input":{"custom_data":{"a":{"b":[1]}}}}"#),
        ("the key as a value", r#"{"workflow_input":{"custom_data":{"a":"encrypted_biometric_token"}}}"#),
        ("a longer name", r#"{"workflow_input":{"custom_data":{"encrypted_biometric_tokens":1}}}"#),
        ("a prior biometric", r#"{"prior_biometric":{"encrypted_biometric_token":"t"}}"#),
        ("the key beside the custom data", r#"{"workflow_input":{"encrypted_biometric_token":"t"}}"#),
        ("custom data elsewhere", r#"{"custom_data":{"encrypted_biometric_token":"t"}}"#),
        ("deeper", r#"{"a":{"workflow_input":{"custom_data":{"encrypted_biometric_token":1}}}}"#),
        ("no object", r#"["a",1,null]"#),
        ("a string", r#""encrypted_biometric_token""#),
        ("white space around it", " {}\r\n"),
    ] {
        assert_eq!(code(body.as_bytes()), None, "{name}");
    }
}

#[test]
fn the_key_in_every_spelling() {
    for (name, custom_data) in [
        ("as it is", r#"{"encrypted_biometric_token":"t"}"#),
        ("without a value", r#"{"encrypted_biometric_token":null}"#),
        ("among others", r#"{"a":1,"encrypted_biometric_token":1}"#),
        ("nested", r#"{"a":{"encrypted_biometric_token":1}}"#),
        ("in arrays", r#"{"a":[0,[{"encrypted_biometric_token":1}]]}"#),
        ("custom data as an array", r#"[{"encrypted_biometric_token":1}]"#),
        ("escaped", r#"{"encrypted\u005fbiometric_token":1}"#),
        ("another case", r#"{"Encrypted_Biometric_TOKEN":1}"#),
        ("the Kelvin sign", "{\"encrypted_biometric_to\u{212a}en\":1}"),
        ("the dotless i, escaped", r#"{"encrypted_b\u0131ometric_token":1}"#),
        ("twice", r#"{"encrypted_biometric_token":1,"encrypted_biometric_token":2}"#),
        ("in the first of two", r#"{"a":{"encrypted_biometric_token":1},"a":{}}"#),
        ("in the second of two", r#"{"a":{},"a":{"encrypted_biometric_token":1}}"#),
    ] {
        let body = format!(r#"{{"x":1,"workflow_input":{{"custom_data":{custom_data}}}}}"#);
        assert_eq!(code(body.as_bytes()), Some(Code::ReservedKey), "{name}");
    }
}

#[test]
fn every_way_to_it() {
    const KEY: &str = r#"{"encrypted_biometric_token":1}"#;
    for (name, body) in [
        ("escaped names", r#"{"\u0077orkflow_input":{"custom\u005Fdata":KEY}}"#),
        ("names in another case", r#"{"Workflow_Input":{"CUSTOM_DATA":KEY}}"#),
        ("workflow input as an array", r#"{"workflow_input":[{"custom_data":KEY}]}"#),
        ("a batch", r#"[{},{"workflow_input":{"custom_data":KEY}}]"#),
        ("the first of two workflow inputs", r#"{"workflow_input":{"custom_data":KEY},"workflow_input":{}}"#),
        ("the second", r#"{"workflow_input":{},"workflow_input":{"custom_data":KEY}}"#),
        ("the first of two custom data", r#"{"workflow_input":{"custom_data":KEY,"custom_data":{}}}"#),
        ("the second of two in two cases", r#"{"workflow_input":{"custom_data":{},"Custom_Data":KEY}}"#),
        ("an escaped second", r#"{"workflow_input":1,"workflow\u005finput":{"custom_data":KEY}}"#),
    ] {
        assert_eq!(code(body.replace("KEY", KEY).as_bytes()), Some(Code::ReservedKey), "{name}");
    }
}

#[test]
fn what_readers_take_differently() {
    for (name, body) in [
        ("a name twice", r#"{"a":1,"a":2}"#),
        ("twice and without the key", r#"{"workflow_input":{"custom_data":{}},"workflow_input":{}}"#),
        ("half a pair", r#"{"workflow_input":{"custom_data":{"encrypted_biometric_token\ud800":1}}}"#),
        ("too deep", r#"{"a":[[[[[[[[[]]]]]]]]]}"#),
        (
            "too deep, and the key",
            r#"{"workflow_input":{"custom_data":[[[[[[[[{"encrypted_biometric_token":1}]]]]]]]]}}"#,
        ),
    ] {
        assert_eq!(code(body.as_bytes()), Some(Code::MalformedRequest), "{name}");
    }
}

#[test]
fn what_is_no_json() {
    for (name, body) in [
        ("a word", &b"workflow_input"[..]),
        ("a form", b"workflow_input=1"),
        ("two values", b"{} {}"),
        ("a comment", b"{/**/}"),
        ("single quotes", b"{'a':1}"),
        ("a comma more", b"{\"a\":1,}"),
        ("white space alone", b" "),
        ("cut", b"{\"workflow_input\":{"),
        ("a byte-order mark", b"\xef\xbb\xbf{}"),
        ("not UTF-8", b"{\"a\":\"\xff\"}"),
        ("UTF-16", b"{\0}\0"),
        ("UTF-16 with its mark", b"\xff\xfe{\0}\0"),
    ] {
        assert_eq!(code(body), Some(Code::UnsupportedMediaType), "{name}");
    }
}
