//! One rule with one condition: does it apply?

use super::{Request, policy, word};
use crate::policy::Ceremony;

/// Whether a rule with this condition applies to the request.
fn decided(when: &str, request: &Request) -> String {
    let policy = policy(&[("it", "step_up", when)]);
    word(&policy.decide(0, Ceremony::Authentication.into(), &request.facts()))
}

fn check(rows: &[(&str, &str, Request, &str)]) {
    for (name, when, request, expected) in rows {
        assert_eq!(decided(when, request), *expected, "{name}");
    }
}

const APPLIES: &str = "it";
const DOES_NOT: &str = "routine";

fn with_header(value: &[u8]) -> Request {
    Request::new("/begin/alice", &[("x-risk", value)], "")
}

fn with_query(query: &str) -> Request {
    Request::new(&format!("/begin/alice?{query}"), &[], "")
}

fn with_body(body: &str) -> Request {
    Request::new("/begin/alice", &[], body)
}

fn plain() -> Request {
    Request::new("/begin/alice", &[], "")
}

#[test]
fn headers() {
    let twice = || Request::new("/begin/alice", &[("x-risk", b"low"), ("x-risk", b"low")], "");
    check(&[
        ("equal", r#"{"header":"x-risk","equals":"high"}"#, with_header(b"high"), APPLIES),
        ("not equal", r#"{"header":"x-risk","equals":"high"}"#, with_header(b"low"), DOES_NOT),
        ("another case", r#"{"header":"x-risk","equals":"high"}"#, with_header(b"High"), DOES_NOT),
        ("one of", r#"{"header":"x-risk","one_of":["high","critical"]}"#, with_header(b"critical"), APPLIES),
        ("none of", r#"{"header":"x-risk","one_of":["high","critical"]}"#, with_header(b"low"), DOES_NOT),
        ("starts with", r#"{"header":"x-risk","starts_with":"hi"}"#, with_header(b"high"), APPLIES),
        ("starts otherwise", r#"{"header":"x-risk","starts_with":"hi"}"#, with_header(b"shigh"), DOES_NOT),
        ("above", r#"{"header":"x-risk","greater_than":70}"#, with_header(b"70.5"), APPLIES),
        ("not above", r#"{"header":"x-risk","greater_than":70}"#, with_header(b"70.0"), DOES_NOT),
        ("below", r#"{"header":"x-risk","less_than":70}"#, with_header(b"-1e9"), APPLIES),
        ("equal as a number", r#"{"header":"x-risk","equals":70}"#, with_header(b"7e1"), APPLIES),
        (
            "no number where one is needed",
            r#"{"header":"x-risk","greater_than":70}"#,
            with_header(b"high"),
            APPLIES,
        ),
        (
            "no number, negated",
            r#"{"not":{"header":"x-risk","greater_than":70}}"#,
            with_header(b"high"),
            APPLIES,
        ),
        ("absent", r#"{"header":"x-risk","equals":"high"}"#, plain(), DOES_NOT),
        ("absent, negated", r#"{"not":{"header":"x-risk","equals":"low"}}"#, plain(), APPLIES),
        ("absent, no number", r#"{"header":"x-risk","greater_than":70}"#, plain(), DOES_NOT),
        ("repeated", r#"{"header":"x-risk","equals":"high"}"#, twice(), APPLIES),
        ("repeated, negated", r#"{"not":{"header":"x-risk","equals":"low"}}"#, twice(), APPLIES),
        ("not UTF-8", r#"{"header":"x-risk","equals":"high"}"#, with_header(b"lo\xff"), APPLIES),
        ("present", r#"{"header":"x-risk","present":true}"#, with_header(b""), APPLIES),
        ("not present", r#"{"header":"x-risk","present":true}"#, plain(), DOES_NOT),
        ("absence", r#"{"header":"x-risk","present":false}"#, plain(), APPLIES),
        ("no absence", r#"{"header":"x-risk","present":false}"#, with_header(b"low"), DOES_NOT),
        ("presence of what is repeated", r#"{"header":"x-risk","present":false}"#, twice(), APPLIES),
        ("the name in another case", r#"{"header":"X-Risk","equals":"high"}"#, with_header(b"high"), APPLIES),
    ]);
}

#[test]
fn query_and_captures() {
    check(&[
        ("equal", r#"{"query":"type","equals":"wire"}"#, with_query("type=wire"), APPLIES),
        ("not equal", r#"{"query":"type","equals":"wire"}"#, with_query("type=card"), DOES_NOT),
        ("escaped", r#"{"query":"type","equals":"wire"}"#, with_query("t%79pe=w%69re"), APPLIES),
        ("as a number", r#"{"query":"amount","greater_than":1000}"#, with_query("amount=1e4"), APPLIES),
        ("a small number", r#"{"query":"amount","greater_than":1000}"#, with_query("amount=999.5"), DOES_NOT),
        (
            "a number to some",
            r#"{"query":"amount","greater_than":1000}"#,
            with_query("amount=1000000e-3"),
            APPLIES,
        ),
        ("left out", r#"{"query":"type","equals":"wire"}"#, plain(), APPLIES),
        ("left out, negated", r#"{"not":{"query":"type","equals":"wire"}}"#, plain(), APPLIES),
        ("left out of a query", r#"{"query":"type","equals":"wire"}"#, with_query("a=b"), APPLIES),
        ("repeated", r#"{"query":"type","equals":"wire"}"#, with_query("type=card&type=card"), APPLIES),
        ("unreadable", r#"{"query":"type","equals":"wire"}"#, with_query("type=%ff"), APPLIES),
        ("present", r#"{"query":"type","present":true}"#, with_query("type"), APPLIES),
        ("not present", r#"{"query":"type","present":true}"#, plain(), DOES_NOT),
        ("absence", r#"{"query":"type","present":false}"#, plain(), APPLIES),
        ("no absence", r#"{"query":"type","present":false}"#, with_query("type=x"), DOES_NOT),
        (
            "presence of what is repeated",
            r#"{"query":"type","present":true}"#,
            with_query("type&type"),
            APPLIES,
        ),
        ("captured", r#"{"path":"name","equals":"alice"}"#, plain(), APPLIES),
        ("captured otherwise", r#"{"path":"name","equals":"bob"}"#, plain(), DOES_NOT),
        (
            "captured, escaped",
            r#"{"path":"name","equals":"bob"}"#,
            Request::new("/begin/b%6Fb", &[], ""),
            APPLIES,
        ),
        (
            "captured, with a parameter",
            r#"{"path":"name","equals":"bob"}"#,
            Request::new("/begin/al;x", &[], ""),
            APPLIES,
        ),
        (
            "captured, escaped twice",
            r#"{"path":"name","equals":"bob"}"#,
            Request::new("/begin/al%2541", &[], ""),
            APPLIES,
        ),
    ]);
}

#[test]
fn body() {
    check(&[
        ("a text", r#"{"body":"/currency","equals":"EUR"}"#, with_body(r#"{"currency":"EUR"}"#), APPLIES),
        (
            "another text",
            r#"{"body":"/currency","equals":"EUR"}"#,
            with_body(r#"{"currency":"USD"}"#),
            DOES_NOT,
        ),
        (
            "an escaped text",
            r#"{"body":"/currency","equals":"EUR"}"#,
            with_body(r#"{"currency":"\u0045UR"}"#),
            APPLIES,
        ),
        (
            "a number above",
            r#"{"body":"/amount","greater_than":1000}"#,
            with_body(r#"{"amount":1000.0000000001}"#),
            APPLIES,
        ),
        (
            "a number not above",
            r#"{"body":"/amount","greater_than":1000}"#,
            with_body(r#"{"amount":1e3}"#),
            DOES_NOT,
        ),
        (
            "a number that equals",
            r#"{"body":"/amount","equals":1000}"#,
            with_body(r#"{"amount":1000.00}"#),
            APPLIES,
        ),
        ("a number one of", r#"{"body":"/amount","one_of":[1,2]}"#, with_body(r#"{"amount":2.0}"#), APPLIES),
        (
            "an absurd exponent",
            r#"{"body":"/amount","less_than":1}"#,
            with_body(r#"{"amount":1e99999999999}"#),
            APPLIES,
        ),
        ("true", r#"{"body":"/urgent","equals":true}"#, with_body(r#"{"urgent":true}"#), APPLIES),
        ("false", r#"{"body":"/urgent","equals":true}"#, with_body(r#"{"urgent":false}"#), DOES_NOT),
        ("inside", r#"{"body":"/a/1/b","equals":1}"#, with_body(r#"{"a":[0,{"b":1}]}"#), APPLIES),
        (
            "a number as text",
            r#"{"body":"/amount","greater_than":1000}"#,
            with_body(r#"{"amount":"1"}"#),
            APPLIES,
        ),
        ("a text as number", r#"{"body":"/amount","equals":"1"}"#, with_body(r#"{"amount":2}"#), APPLIES),
        ("true as text", r#"{"body":"/urgent","equals":true}"#, with_body(r#"{"urgent":"false"}"#), APPLIES),
        ("a number one of texts", r#"{"body":"/a","one_of":["1"]}"#, with_body(r#"{"a":2}"#), APPLIES),
        ("null", r#"{"body":"/amount","greater_than":1000}"#, with_body(r#"{"amount":null}"#), APPLIES),
        ("an array", r#"{"body":"/amount","equals":1}"#, with_body(r#"{"amount":[2]}"#), APPLIES),
        (
            "a number that should start",
            r#"{"body":"/a","starts_with":"1"}"#,
            with_body(r#"{"a":2}"#),
            APPLIES,
        ),
        ("left out", r#"{"body":"/amount","greater_than":1000}"#, with_body("{}"), APPLIES),
        ("left out, negated", r#"{"not":{"body":"/amount","greater_than":1000}}"#, with_body("{}"), APPLIES),
        ("no object to look into", r#"{"body":"/a/b","equals":1}"#, with_body(r#"{"a":1}"#), APPLIES),
        ("no body", r#"{"body":"/amount","greater_than":1000}"#, with_body(""), APPLIES),
        ("present", r#"{"body":"/a","present":true}"#, with_body(r#"{"a":null}"#), APPLIES),
        ("not present", r#"{"body":"/a","present":true}"#, with_body("{}"), DOES_NOT),
        ("absence", r#"{"body":"/a","present":false}"#, with_body("{}"), APPLIES),
        ("presence without a body", r#"{"body":"/a","present":true}"#, with_body(""), APPLIES),
    ]);
}

#[test]
fn a_form() {
    const ABOVE: &str = r#"{"body":"/amount","greater_than":1000}"#;
    let form = Request::with_form;
    check(&[
        ("a text", r#"{"body":"/currency","equals":"EUR"}"#, form("currency=EUR"), APPLIES),
        ("another text", r#"{"body":"/currency","equals":"EUR"}"#, form("currency=USD"), DOES_NOT),
        ("escaped", r#"{"body":"/currency","equals":"EUR"}"#, form("%63urrency=E%55R"), APPLIES),
        ("above", ABOVE, form("amount=1000.01"), APPLIES),
        ("not above", ABOVE, form("amount=1000"), DOES_NOT),
        ("no number", ABOVE, form("amount=1%2C000"), APPLIES),
        ("hexadecimal", ABOVE, form("amount=0x10"), APPLIES),
        ("with an exponent", ABOVE, form("amount=1000000e-3"), APPLIES),
        ("a number, equal", r#"{"body":"/amount","equals":5}"#, form("amount=5.0"), APPLIES),
        ("one of", r#"{"body":"/a","one_of":["1","2"]}"#, form("a=2"), APPLIES),
        ("true", r#"{"body":"/a","equals":true}"#, form("a=false"), APPLIES),
        ("left out", ABOVE, form("a=1"), APPLIES),
        ("left out, negated", r#"{"not":{"body":"/amount","greater_than":1000}}"#, form("a=1"), APPLIES),
        ("below a field", r#"{"body":"/a/b","equals":"1"}"#, form("a=1"), APPLIES),
        ("present", r#"{"body":"/a","present":true}"#, form("a="), APPLIES),
        ("not present", r#"{"body":"/a","present":true}"#, form("b=1"), DOES_NOT),
    ]);
}

#[test]
fn combinations_with_what_is_unknown() {
    const UNKNOWN: &str = r#"{"query":"absent","equals":"x"}"#;
    const TRUE: &str = r#"{"path":"name","equals":"alice"}"#;
    const FALSE: &str = r#"{"path":"name","equals":"bob"}"#;
    for (name, when, expected) in [
        ("unknown", UNKNOWN.to_owned(), APPLIES),
        ("not unknown", format!(r#"{{"not":{UNKNOWN}}}"#), APPLIES),
        ("all of true and unknown", format!(r#"{{"all":[{TRUE},{UNKNOWN}]}}"#), APPLIES),
        ("all of false and unknown", format!(r#"{{"all":[{FALSE},{UNKNOWN}]}}"#), DOES_NOT),
        ("all of unknown and false", format!(r#"{{"all":[{UNKNOWN},{FALSE}]}}"#), DOES_NOT),
        ("any of false and unknown", format!(r#"{{"any":[{FALSE},{UNKNOWN}]}}"#), APPLIES),
        ("any of false and false", format!(r#"{{"any":[{FALSE},{FALSE}]}}"#), DOES_NOT),
        ("not any of true and unknown", format!(r#"{{"not":{{"any":[{TRUE},{UNKNOWN}]}}}}"#), DOES_NOT),
        ("not all of false and unknown", format!(r#"{{"not":{{"all":[{FALSE},{UNKNOWN}]}}}}"#), APPLIES),
        ("not all of true and unknown", format!(r#"{{"not":{{"all":[{TRUE},{UNKNOWN}]}}}}"#), APPLIES),
        ("not not false", format!(r#"{{"not":{{"not":{FALSE}}}}}"#), DOES_NOT),
    ] {
        assert_eq!(decided(&when, &plain()), expected, "{name}");
    }
}

#[test]
fn the_user() {
    const ALICE: &str = r#"{"user":true,"equals":"alice"}"#;
    let user = |user| Request { user, ..plain() };
    check(&[
        ("not asked yet", ALICE, user(None), "user"),
        ("the one", ALICE, user(Some(Some("alice"))), APPLIES),
        ("another", ALICE, user(Some(Some("bob"))), DOES_NOT),
        ("nobody knows", ALICE, user(Some(None)), APPLIES),
        ("nobody knows, negated", r#"{"not":{"user":true,"equals":"alice"}}"#, user(Some(None)), APPLIES),
        ("known at all", r#"{"user":true,"present":true}"#, user(Some(None)), DOES_NOT),
        (
            "not asked for what the rest decides",
            r#"{"all":[{"path":"name","equals":"bob"},{"user":true,"equals":"alice"}]}"#,
            user(None),
            DOES_NOT,
        ),
        (
            "asked where the rest does not decide",
            r#"{"any":[{"path":"name","equals":"bob"},{"user":true,"equals":"alice"}]}"#,
            user(None),
            "user",
        ),
    ]);
}
