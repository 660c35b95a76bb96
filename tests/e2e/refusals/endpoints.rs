//! Refused at our own endpoints, before anybody is asked anything.

use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::handoff::{Offered, consume, open};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::plugin::HANDOFFS;
use countersign_tests::refusal;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    malformed_request_foreign_origin,
    malformed_request_unreadable_json,
    malformed_request_unknown_member,
    malformed_request_member_missing,
    malformed_request_wrong_method,
    malformed_request_no_such_endpoint,
    malformed_request_another_spelling,
    unsupported_media_type_at_our_own,
    body_too_large_at_our_own,
    malformed_request_two_sessions,
];

/// An opened hand-off, and its client's answers.
struct Doors(Offered);

impl Doors {
    async fn of(lab: &Lab, client: Client) -> Self {
        Self(Offered::by(lab, client).await)
    }

    async fn desktop(&mut self, ask: Ask) -> Answer {
        self.0.desktop.send(ask).await.expect("an answer")
    }

    async fn phone(&mut self, ask: Ask) -> Answer {
        self.0.phone.send(ask).await.expect("an answer")
    }

    /// After everything: one hand-off was opened, and nobody has heard of another or touched it. It is still good.
    async fn expect_untouched(mut self, lab: &Lab) {
        lab.expect_untouched().await;
        assert_eq!(lab.orchestrator.calls_of(Operation::OpenCrossPlatform).len(), 1);
        for operation in [Operation::ConsumeHandoff, Operation::CancelHandoff, Operation::HandoffStatus] {
            assert!(lab.orchestrator.calls_of(operation).is_empty(), "{operation:?}");
        }
        self.0.taken().await;
    }
}

async fn malformed_request_foreign_origin(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    for origin in
        ["https://evil.example", "http://bank.example", "https://bank.example.evil.example", "null", ""]
    {
        let ask = open().header("origin", origin);
        refusal::expect(&doors.desktop(ask).await, &["malformed_request"]);
        let ask = doors.0.consume().header("origin", origin);
        refusal::expect(&doors.phone(ask).await, &["malformed_request"]);
        let ask = doors.0.give_up().header("origin", origin);
        refusal::expect(&doors.desktop(ask).await, &["malformed_request"]);
    }
    doors.expect_untouched(lab).await;
}

async fn malformed_request_unreadable_json(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    for body in ["", "{", "[]", "null", "\"x\"", "{}{}", "\u{feff}{}", "{\"a\":1,\"a\":1}"] {
        for path in [HANDOFFS, "/.countersign/handoffs/consume"] {
            let ask = Ask::post_bytes(path, body).header("content-type", "application/json");
            refusal::expect(&doors.desktop(ask).await, &["malformed_request"]);
        }
    }
    let (token, number) = (doors.0.told("token").to_owned(), doors.0.told("number").to_owned());
    let twice = format!(r#"{{"token":"{token}","number":"{number}","num\u0062er":"{number}"}}"#);
    let ask =
        Ask::post_bytes("/.countersign/handoffs/consume", twice).header("content-type", "application/json");
    refusal::expect(&doors.phone(ask).await, &["malformed_request"]);
    doors.expect_untouched(lab).await;
}

async fn malformed_request_unknown_member(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    for body in [json!({ "rule": "payment" }), json!({ "user": "bob-beef" }), json!({ "": 1 })] {
        refusal::expect(&doors.desktop(Ask::post(HANDOFFS, &body)).await, &["malformed_request"]);
    }
    let mut body = json!({ "token": doors.0.told("token"), "number": doors.0.told("number") });
    body["user"] = json!("bob-beef");
    let ask = Ask::post("/.countersign/handoffs/consume", &body);
    refusal::expect(&doors.phone(ask).await, &["malformed_request"]);
    doors.expect_untouched(lab).await;
}

async fn malformed_request_member_missing(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    let (token, number) = (doors.0.told("token").to_owned(), doors.0.told("number").to_owned());
    for body in [
        json!({}),
        json!({ "token": token }),
        json!({ "number": number }),
        json!({ "token": 7, "number": number }),
    ] {
        let ask = Ask::post("/.countersign/handoffs/consume", &body);
        refusal::expect(&doors.phone(ask).await, &["malformed_request"]);
    }
    doors.expect_untouched(lab).await;
}

async fn malformed_request_wrong_method(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    let own = doors.0.told("status").to_owned();
    for (method, path) in [
        (Method::GET, HANDOFFS),
        (Method::PUT, HANDOFFS),
        (Method::DELETE, HANDOFFS),
        (Method::GET, "/.countersign/handoffs/consume"),
        (Method::DELETE, "/.countersign/handoffs/consume"),
        (Method::PUT, "/.countersign/handoffs/consume"),
        (Method::POST, own.as_str()),
        (Method::PUT, own.as_str()),
        (Method::PATCH, own.as_str()),
    ] {
        let answer = doors.desktop(Ask::new(method.clone(), path)).await;
        let codes = ["malformed_request", "ceremony_unknown"];
        refusal::expect(&answer, if path.ends_with("consume") { &codes } else { &codes[..1] });
    }
    doors.expect_untouched(lab).await;
}

async fn malformed_request_no_such_endpoint(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    for path in [
        "/.countersign",
        "/.countersign/",
        "/.countersign/x",
        "/.countersign/handoffs/",
        "/.countersign/handoffs/a/b",
    ] {
        refusal::expect(&doors.desktop(Ask::get(path)).await, &["malformed_request"]);
    }
    doors.expect_untouched(lab).await;
}

async fn malformed_request_another_spelling(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    for path in [
        "/.countersign/handoffs/",
        "/.countersign//handoffs",
        "/.COUNTERSIGN/handoffs",
        "/%2ecountersign/handoffs",
        "/x/../.countersign/handoffs",
        "/.countersign/handoffs;x=1",
    ] {
        refusal::expect(&doors.desktop(Ask::post(path, &json!({}))).await, &["malformed_request"]);
    }
    doors.expect_untouched(lab).await;
}

async fn unsupported_media_type_at_our_own(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    let wrong = |ask: Ask| {
        let bare = ask.without("content-type");
        [
            bare.clone(),
            bare.clone().header("content-type", "text/plain"),
            bare.clone().header("content-type", "application/x-www-form-urlencoded"),
            bare.clone()
                .header("content-type", "application/json")
                .header("content-type", "application/json"),
            bare.header("content-type", "application/json").header("content-encoding", "gzip"),
        ]
    };
    for ask in wrong(open()) {
        refusal::expect(&doors.desktop(ask).await, &["unsupported_media_type"]);
    }
    for ask in wrong(consume(doors.0.told("token"), doors.0.told("number"))) {
        refusal::expect(&doors.phone(ask).await, &["unsupported_media_type"]);
    }
    doors.expect_untouched(lab).await;
}

async fn body_too_large_at_our_own(lab: &Lab, client: Client) {
    let mut doors = Doors::of(lab, client).await;
    for path in [HANDOFFS, "/.countersign/handoffs/consume"] {
        let body = json!({ "token": "x".repeat(70_000), "number": "07" });
        refusal::expect(&doors.phone(Ask::post(path, &body)).await, &["body_too_large"]);
    }
    doors.expect_untouched(lab).await;
}

async fn malformed_request_two_sessions(lab: &Lab, client: Client) {
    use countersign_tests::relying_party::SESSION_COOKIE;
    let mut doors = Doors::of(lab, client).await;
    let (one, other) =
        (lab.relying_party.session(Some("ann-f00d")), lab.relying_party.session(Some("bob-beef")));
    let cookies = format!("{SESSION_COOKIE}={one}; {SESSION_COOKIE}={other}");
    for ask in [open(), doors.0.consume(), doors.0.status(), doors.0.give_up()] {
        let answer = doors.desktop(ask.header("cookie", cookies.clone())).await;
        refusal::expect(&answer, &["malformed_request"]);
    }
    doors.expect_untouched(lab).await;
}
