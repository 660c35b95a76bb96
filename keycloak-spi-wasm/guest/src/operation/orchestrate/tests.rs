//! What is asked of an orchestrator, and which of its answers count.

use countersign::encoding::{from_base64url, to_base64url};
use countersign::json::{self, Value};

use crate::answer;

const CHALLENGE: &[u8] = b"challenge of thirty-two bytes ..";

/// base64url(SHA-256(CHALLENGE)): printf 'challenge of thirty-two bytes ..' | openssl dgst -sha256 -binary | base64url
const HASH: &str = "Kc_pMiv_-7sCT7InULoId4Vk6jTGrBGO1iGlgaLyW2o";

fn ask(action: &str, more: &str, answers: &[&str]) -> Value {
    let configuration = r#"{ "version": 1, "orchestrator": { "profile": "countersign", "url": "https://o.example",
        "credentials": { "header": "authorization", "prefix": "Bearer ", "env": "TOKEN" } } }"#;
    let document = format!(
        r#"{{"op":"orchestrate","action":"{action}","flow":"step_up","now":1800000000,"key":"k-1","rpId":"id.example",
        "user":"alice","challenge":"{}",{more}"configuration":{},"environment":{{"TOKEN":"t0ken"}},"answers":[{}]}}"#,
        to_base64url(CHALLENGE),
        String::from_utf8(Value::from(configuration).to_vec()).unwrap(),
        answers.join(",")
    );
    json::parse(&answer(document.as_bytes()), 16).unwrap()
}

fn said(status: u16, body: &str) -> String {
    format!(r#"{{"status":{status},"body":"{}"}}"#, to_base64url(body.as_bytes()))
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.at(&json::Pointer::parse(path).unwrap()).and_then(Value::as_str).unwrap_or_default()
}

const SESSION: &str = r#""session":{"id":"ses_1"},"#;

#[test]
fn opens_a_session_for_this_user_and_challenge() {
    let asked = ask("open", "", &[]);
    assert_eq!(text(&asked, "/ask/method"), "POST");
    assert_eq!(text(&asked, "/ask/url"), "https://o.example/v1/sessions");
    assert_eq!(text(&asked, "/ask/headers/authorization"), "Bearer t0ken");
    assert_eq!(text(&asked, "/ask/headers/idempotency-key"), "k-1");
    let body = from_base64url(text(&asked, "/ask/body")).unwrap();
    let body = json::parse(&body, 8).unwrap();
    for (member, expected) in
        [("/flow", "step_up"), ("/external_user_id", "alice"), ("/rp_id", "id.example"), ("/challenge", HASH)]
    {
        assert_eq!(text(&body, member), expected, "{member}");
    }
    let opened =
        ask("open", "", &[&said(201, r#"{"id":"ses_1","client":{"captureUrl":"https://c.example/1"}}"#)]);
    assert_eq!(text(&opened, "/opened/session/id"), "ses_1");
    assert_eq!(text(&opened, "/opened/client/captureUrl"), "https://c.example/1");
}

#[test]
fn a_match_counts_only_for_this_session_user_and_challenge() {
    let status = |id: &str, user: &str, challenge: &str, status: &str| {
        let body = format!(
            r#"{{"id":"{id}","flow":"step_up","external_user_id":"{user}","challenge":"{challenge}","status":"{status}"}}"#
        );
        ask("status", SESSION, &[&said(200, &body)])
    };
    for (name, answer, verdict, code) in [
        ("a match", status("ses_1", "alice", HASH, "matched"), "matched", ""),
        ("not finished", status("ses_1", "alice", HASH, "pending"), "pending", "verdict_pending"),
        ("somebody else", status("ses_1", "alice", HASH, "not_matched"), "not_matched", "biometric_mismatch"),
        ("used up", status("ses_1", "alice", HASH, "completed"), "completed", "ceremony_replayed"),
        ("an unknown word", status("ses_1", "alice", HASH, "fine"), "failed", "verdict_failed"),
    ] {
        assert_eq!(
            (text(&answer, "/status/verdict"), text(&answer, "/status/code")),
            (verdict, code),
            "{name}"
        );
    }
    for (name, answer) in [
        ("another session", status("ses_2", "alice", HASH, "matched")),
        ("another user", status("ses_1", "bob", HASH, "matched")),
        ("another challenge", status("ses_1", "alice", "AAAA", "matched")),
        ("no answer", ask("status", SESSION, &["null"])),
        ("an error", ask("status", SESSION, &[&said(500, "")])),
        ("garbage", ask("status", SESSION, &[&said(200, "<html>")])),
        ("an answer too many", ask("status", SESSION, &["null", "null"])),
    ] {
        assert_eq!(text(&answer, "/refusal/code"), "orchestrator_unavailable", "{name}");
    }
}

#[test]
fn completes_once() {
    let credential = format!(r#"{SESSION}"credential":{{"id":"AQID"}},"#);
    let asked = ask("complete", &credential, &[]);
    assert_eq!(text(&asked, "/ask/url"), "https://o.example/v1/sessions/ses_1/complete");
    for (name, answer, expected) in [
        ("done", said(200, r#"{"status":"completed"}"#), ""),
        ("used up", said(409, r#"{"error":{"code":"already_completed"}}"#), "ceremony_replayed"),
        ("no match", said(409, r#"{"error":{"code":"not_matched"}}"#), "biometric_mismatch"),
        ("an error", said(500, ""), "completion_failed"),
        ("another status", said(200, r#"{"status":"pending"}"#), "completion_failed"),
        ("no answer", "null".to_owned(), "completion_failed"),
    ] {
        let answer = ask("complete", &credential, &[&answer]);
        assert_eq!(text(&answer, "/refusal/code"), expected, "{name}");
        assert_eq!(answer.get("done").is_some(), expected.is_empty(), "{name}");
    }
}

#[test]
fn what_is_missing_or_unknown_refuses() {
    for (name, answer, code) in [
        ("an unknown action", ask("approve", "", &[]), "malformed_request"),
        ("no session", ask("status", "", &[]), "malformed_request"),
        ("an unknown member", ask("open", r#""force":true,"#, &[]), "malformed_request"),
        (
            "a session that is a path",
            ask("status", r#""session":{"id":"../x"},"#, &[]),
            "orchestrator_unavailable",
        ),
    ] {
        assert_eq!(text(&answer, "/refusal/code"), code, "{name}");
    }
}
