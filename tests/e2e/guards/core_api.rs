//! The Core API: what has a body has one JSON value, and arrives as it was sent.

use countersign_tests::client::Ask;
use hyper::Method;
use serde_json::json;

use super::knock::Knock;

pub(crate) const SESSIONS: &str = "/v1/sessions";

/// A body that no serialiser would write so.
pub(crate) const BODY: &str =
    r#"{ "external_user_id":"a", "n" : 1.00,"workflow_input":{"custom_data":{"channel":"app"}} }"#;

/// A body for the Core API.
pub(crate) fn post(body: impl Into<Vec<u8>>) -> Ask {
    Ask::post_bytes(SESSIONS, body.into()).header("content-type", "application/json")
}

pub(crate) fn knocks() -> Vec<Knock> {
    let mut knocks = honest();
    knocks.extend(types());
    knocks.extend(texts());
    knocks.extend(paths());
    knocks
}

fn honest() -> Vec<Knock> {
    let prior = json!({ "external_user_id": "a", "prior_biometric": { "encrypted_biometric_token": "t" } });
    let at = |path: &str, ask: Ask| Ask { path: path.to_owned(), ..ask };
    let text = |path: &str| Ask::post_bytes(path, "no JSON").header("content-type", "text/plain");
    vec![
        Knock::passes("a_session", post(BODY)),
        Knock::passes(
            "with_a_charset",
            post(BODY).without("content-type").header("content-type", "Application/JSON; charset=UTF-8"),
        ),
        Knock::passes("by_put", Ask { method: Method::PUT, ..post(BODY) }),
        Knock::passes("a_question", Ask::get("/v1/sessions/ses_1")),
        Knock::passes("a_post_without_a_body", Ask::new(Method::POST, "/v1/sessions/ses_1/cancel")),
        Knock::passes("an_empty_body_without_a_type", Ask::post_bytes("/v1/sessions/ses_1/cancel", "")),
        Knock::passes(
            "an_empty_body_of_unknown_length",
            Ask { length_announced: false, ..Ask::post_bytes("/v1/sessions/ses_1/cancel", "") },
        ),
        Knock::passes("a_prior_biometric", post(prior.to_string())),
        Knock::passes("as_large_as_allowed", post(format!("\"{}\"", "x".repeat(64 * 1024 - 2)))),
        Knock::passes("a_doubled_slash_under_the_prefix", at("/v1//sessions", post(BODY))),
        Knock::passes("with_headers_of_ours", post(BODY).header("countersign", "verdict=matched")),
        Knock::passes("another_path", text("/health")),
        Knock::passes("a_longer_name", text("/v10/sessions")),
    ]
}

fn types() -> Vec<Knock> {
    let refused = |name: &str, ask| Knock::refused(name, "unsupported_media_type", &post(BODY), ask);
    let typed = |name: &str, media_type: &str| {
        refused(name, post(BODY).without("content-type").header("content-type", media_type)).at_once()
    };
    vec![
        typed("form", "application/x-www-form-urlencoded"),
        typed("multipart", "multipart/form-data; boundary=x"),
        typed("text", "text/plain"),
        typed("another_json", "application/vnd.entrust+json"),
        typed("utf16_charset", "application/json; charset=utf-16"),
        typed("two_in_one", "application/json, text/plain"),
        refused("no_type", post(BODY).without("content-type")).at_once(),
        refused("two_types", post(BODY).header("content-type", "text/plain")).at_once(),
        refused("the_type_twice", post(BODY).header("content-type", "application/json")).at_once(),
        refused("compressed", post(BODY).header("content-encoding", "gzip")).at_once(),
        refused(
            "text_of_unknown_length",
            Ask {
                length_announced: false,
                ..post(BODY).without("content-type").header("content-type", "text/plain")
            },
        ),
        refused("a_question_with_a_text", Ask { method: Method::GET, ..post("no JSON") }),
    ]
}

fn texts() -> Vec<Knock> {
    let refused = |name: &str, code, body: &[u8]| Knock::refused(name, code, &post(BODY), post(body));
    let no_json = |name: &str, body: &[u8]| refused(name, "unsupported_media_type", body);
    let malformed = |name: &str, body: &str| refused(name, "malformed_request", body.as_bytes());
    let utf16: Vec<u8> = BODY.bytes().flat_map(|byte| [byte, 0]).collect();
    let long = format!("\"{}\"", "x".repeat(64 * 1024));
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    vec![
        no_json("a_word", b"session"),
        no_json("a_form_as_json", b"external_user_id=a"),
        no_json("two_values", b"{}{}"),
        no_json("a_trailing_nul", b"{}\0"),
        no_json("a_comment", b"{/**/}"),
        no_json("single_quotes", b"{'a':1}"),
        no_json("byte_order_mark", format!("\u{feff}{BODY}").as_bytes()),
        no_json("utf16", &utf16),
        no_json("not_utf8", b"{\"a\":\"\xff\"}"),
        no_json("cut_off", &BODY.as_bytes()[..BODY.len() - 3]),
        no_json("white_space", b"  "),
        malformed("a_name_twice", r#"{"a":1,"a":1}"#),
        malformed("a_name_twice_once_escaped", r#"{"a":1,"\u0061":1}"#),
        malformed("custom_data_twice", r#"{"workflow_input":{"custom_data":{},"custom_data":{}}}"#),
        malformed("unpaired_surrogate", r#"{"a":"\ud800"}"#),
        malformed("too_deep", &deep(17)),
        Knock::passes("just_deep_enough", post(deep(16))),
        refused("over_the_limit", "body_too_large", long.as_bytes()).at_once(),
        Knock::refused(
            "over_the_limit_unannounced",
            "body_too_large",
            &post(BODY),
            Ask { length_announced: false, ..post(long) },
        ),
    ]
}

fn paths() -> Vec<Knock> {
    let mut knocks: Vec<Knock> = [
        ("doubled_slash_in_front", "//v1/sessions"),
        ("dot_segment", "/./v1/sessions"),
        ("into_the_prefix", "/x/../v1/sessions"),
        ("out_of_the_prefix", "/v1/../admin"),
        ("encoded_dots", "/x/%2e%2e/v1/sessions"),
        ("encoded_letter", "/%761/sessions"),
        ("encoded_slash", "/v1%2fsessions"),
        ("encoded_twice", "/%25761/sessions"),
        ("capitals", "/V1/sessions"),
        ("parameter", "/v1;x/sessions"),
    ]
    .into_iter()
    .map(|(name, path)| {
        Knock::refused(name, "malformed_request", &post(BODY), Ask { path: path.to_owned(), ..post(BODY) })
            .at_once()
    })
    .collect();
    let upgrade = post(BODY).header("connection", "upgrade").header("upgrade", "websocket");
    knocks.push(Knock::refused("upgrade", "malformed_request", &post(BODY), upgrade).at_once().http1());
    knocks
}
