//! `check`: files of every kind, how it says what it found, and its exit codes.

use std::fs;

use super::support::{SOUND, countersign, with_input};
use serde_json::{Value, json};

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

#[test]
fn nothing_to_complain_about() {
    let files = directory(&[("bank.json", SOUND)]);
    let said = countersign(files.path(), &["check", "bank.json"]);
    assert_eq!((said.stdout.as_str(), said.code), ("bank.json: nothing to complain about\n", 0));
    let said = with_input(files.path(), &["check", "-"], SOUND.as_bytes());
    assert_eq!((said.stdout.as_str(), said.code), ("standard input: nothing to complain about\n", 0));
}

#[test]
fn a_warning_is_no_error() {
    let text = SOUND.replace("      \"cluster\": \"bank\",\n", "").replace(
        r#"[{ "introspect": { "path": "/me", "pointer": "/id" } }]"#,
        r#"[{ "options": "/user/id" }]"#,
    );
    let files = directory(&[("bank.json", &text)]);
    let said = countersign(files.path(), &["check", "bank.json"]);
    assert_eq!(
        said.stdout,
        "bank.json:1:1: warning: relying party `bank`: without `cluster`, a host that is not listed but is routed to \
         it cannot be refused\nbank.json: 1 warning\n"
    );
    assert_eq!(said.code, 0);
}

#[test]
fn for_programs() {
    let text = SOUND.replace("\"version\": 1", "\"version\": 3").replace("rp_id\": \"shop", "rpid\": \"shop");
    let files = directory(&[("bank.json", &text)]);
    let said = countersign(files.path(), &["check", "--format", "json", "bank.json"]);
    let found: Value = serde_json::from_str(&said.stdout).unwrap();
    let finding = |path: &str, line: u64, column: u64, message: &str, help: &str| json!({ "severity": "error", "path": path, "line": line, "column": column, "message": message, "help": help });
    assert_eq!(
        found,
        json!({ "file": "bank.json", "findings": [
            finding("/version", 2, 3, "this version is not known", "write `1`"),
            finding("/relying_parties/shop/rp_id", 15, 5, "it is missing", "write the RP ID, such as `bank.example`"),
            finding("/relying_parties/shop/rpid", 17, 7, "unknown member `rpid`", "did you mean `rp_id`?"),
        ] })
    );
    assert_eq!(said.code, 1);
}

#[test]
fn secrets_out_of_reach() {
    let text = SOUND.replace("COUNTERSIGN_SEAL_KEY", "OTHER");
    let files = directory(&[("bank.json", &text)]);
    for (arguments, stdout, code) in [
        (vec!["--assume-env"], "bank.json: taken as set: OTHER\nbank.json: nothing to complain about\n", 0),
        (
            vec!["--env", "OTHER=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="],
            "bank.json: nothing to complain about\n",
            0,
        ),
        (
            vec!["--env", "OTHER=c2hvcnQ="],
            "bank.json:44:36: error: /keys/seal/0/env: the environment variable `OTHER` holds 5 bytes, less than 32\n    \
             set it to the output of `openssl rand -base64 32`\nbank.json: 1 error\n",
            1,
        ),
    ] {
        let said = countersign(files.path(), &[&["check", "bank.json"], arguments.as_slice()].concat());
        assert_eq!((said.stdout.as_str(), said.code), (stdout, code), "{arguments:?}");
    }
    let said = countersign(files.path(), &["check", "bank.json", "--env", "OTHER"]);
    assert_eq!((said.stderr.as_str(), said.code), ("countersign: `--env OTHER`: write NAME=VALUE\n", 2));
}

#[test]
fn what_cannot_be_read() {
    let files = directory(&[]);
    let said = countersign(files.path(), &["check", "nowhere.json"]);
    assert_eq!((said.stdout.as_str(), said.code), ("", 3));
    assert!(said.stderr.starts_with("countersign: nowhere.json: "), "{}", said.stderr);
    assert_eq!(countersign(files.path(), &["check"]).code, 2);
    assert_eq!(countersign(files.path(), &["chekc", "bank.json"]).code, 2);
}
