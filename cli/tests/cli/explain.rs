//! `explain`: what is told of a request, from the place it goes to to what its client gets.

use std::fs;

use super::support::{SOUND, countersign};

/// A row: its name, arguments, the request's body, and the whole of what is said.
const ROWS: [(&str, &[&str], &str, &str); 6] = [
    (
        "a payment",
        &["--request", "POST https://bank.example/pay"],
        r#"{"amount": 5}"#,
        "request        POST /pay at bank.example
relying party  bank
place          a resource of pay
because        rule pay applies; no elevation
decision       step_up
client gets    401 step_up_required: no elevation that fits
               www-authenticate: Bearer error=\"insufficient_user_authentication\", error_description=\"Step-up required\", acr_values=\"urn:countersign:acr:biometric\", max_age=300
               stepUp: {\"flow\":\"step_up\",\"rule\":\"pay\",\"display\":\"Pay 5\",\"acr\":\"urn:countersign:acr:biometric\",\"expiresAt\":\"…\",\"evidence\":\"…\",\"begin\":{\"method\":\"GET\",\"path\":\"/generate-authentication-options\"}}
",
    ),
    (
        "a risky sign-in",
        &["--request", "GET https://bank.example/generate-authentication-options", "--header", "X-Risk: high", "--user", "alice"],
        "",
        // The stand-in's challenge is three zero bytes: their SHA-256.
        "request        GET /generate-authentication-options at bank.example
relying party  bank
place          authentication_begin at /generate-authentication-options
forwarded      to the relying party; the simplest answer stands for its own
asks           bank: introspect: GET /me
asks           faces: open_step_up: POST /v1/sessions
               {\"flow\":\"step_up\",\"external_user_id\":\"alice\",\"rp_id\":\"bank.example\",\"challenge\":\"cJ6AyISHokEeHuTfufIqhhSS0gxHZRUMDHlKvXD4FHw\"}
because        rule risky applies: header x-risk high = high
decision       step_up
then           what the orchestrator answers decides how it goes on
",
    ),
    (
        "any other sign-in",
        &["--request", "GET /generate-authentication-options", "--header", "host: bank.example"],
        "",
        "request        GET /generate-authentication-options at bank.example
relying party  bank
place          authentication_begin at /generate-authentication-options
forwarded      to the relying party; the simplest answer stands for its own
because        no rule applies
decision       routine
client gets    the relying party's answer, with evidence for the finish
",
    ),
    (
        "a registration of nobody",
        &["--request", "GET https://bank.example/generate-registration-options"],
        "",
        "request        GET /generate-registration-options at bank.example
relying party  bank
place          registration_begin at /generate-registration-options
forwarded      to the relying party; the simplest answer stands for its own
asks           bank: introspect: GET /me
because        rule enrol applies
decision       registration
client gets    403 user_unknown: no source names a user
",
    ),
    (
        "a spelling of a guarded path",
        &["--request", "POST https://bank.example/%70ay"],
        "{}",
        "request        POST /%70ay at bank.example
relying party  bank
place          a path that some servers take for a guarded one
client gets    400 malformed_request: ambiguous path
",
    ),
    (
        "another host",
        &["--request", "GET https://other.example/"],
        "",
        "request        GET / at other.example
place          a host that the configuration does not list
forwarded      as it is
",
    ),
];

#[test]
fn requests() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bank.json"), SOUND).unwrap();
    for (name, arguments, body, says) in ROWS {
        fs::write(directory.path().join("body"), body).unwrap();
        let arguments = [&["explain", "bank.json", "--body", "body"], arguments].concat();
        let said = countersign(directory.path(), &arguments);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.code), (says, "", 0), "{name}");
    }
}

#[test]
fn what_cannot_be_explained() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bank.json"), SOUND).unwrap();
    for (wrong, says) in [
        (&["--request", "GET /x"][..], "name the host too"),
        (&["--request", "/x"], "write a method and a path"),
        (&["--request", "GET https://bank.example/", "--header", "x"], "write 'name: value'"),
    ] {
        let said = countersign(directory.path(), &[&["explain", "bank.json"], wrong].concat());
        assert!(said.code == 2 && said.stderr.contains(says), "{}", said.stderr);
    }
    // No secret is named by a configuration that does not load.
    fs::write(directory.path().join("bank.json"), SOUND.replace("\"version\": 1", "\"version\": 2")).unwrap();
    let said =
        countersign(directory.path(), &["explain", "bank.json", "--request", "GET https://bank.example/"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.starts_with("bank.json:2:3: error: /version"), "{}", said.stdout);
}
