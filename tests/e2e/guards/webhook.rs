//! Webhooks: only what the sender signed, to the byte.

use countersign_tests::client::Ask;
use countersign_tests::plugin::INGRESS;
use hyper::Method;
use hyper::header::HeaderValue;

use super::ingress::{SIGNATURE, TOKEN, TOKEN_BEFORE, VECTOR, WEBHOOK, signature, signed, webhook};
use super::knock::Knock;

/// A body that no serialiser would write so.
const BODY: &[u8] = br#"{ "payload":{"resource_type" : "workflow_run","action":"workflow_run.completed","object":{"id":"run-1","status":"approved","n":1.00}}}"#;

pub(crate) fn knocks() -> Vec<Knock> {
    let mut knocks = honest();
    knocks.extend(signatures());
    knocks.extend(bodies());
    knocks.extend(heads());
    knocks
}

fn honest() -> Vec<Knock> {
    let vector = VECTOR.trim_end().as_bytes();
    vec![
        Knock::passes("as_signed", signed(BODY)),
        Knock::passes("the_vendors_vector", webhook(vector, SIGNATURE)),
        Knock::passes("by_the_second_secret", webhook(BODY, signature(TOKEN_BEFORE, BODY))),
        // The scheme has no time in it: the receiver asks the API before it believes (docs/threat-model.md).
        Knock::passes("replayed_as_it_was", signed(BODY)).after(signed(BODY)),
        Knock::passes("without_a_type", signed(BODY).without("content-type")),
        Knock::passes("what_is_no_json", signed(b"\xff\0 no JSON")),
        Knock::passes(
            "what_names_a_token",
            signed(br#"{"workflow_input":{"custom_data":{"encrypted_biometric_token":1}}}"#),
        ),
        Knock::passes("with_a_query", Ask { path: format!("{WEBHOOK}?region=eu"), ..signed(BODY) }),
        Knock::passes(
            "with_headers_of_ours",
            signed(BODY)
                .header("countersign", "verdict=matched")
                .header("countersign-evidence", "cs1.k1.e30.AAAA")
                .header("cookie", "__Host-cs-0=cs1.k1.e30.AAAA"),
        ),
        Knock::passes("as_large_as_allowed", signed(&vec![b'x'; 64 * 1024])),
    ]
}

fn rejected(name: &str, ask: Ask) -> Knock {
    Knock::refused(name, "webhook_rejected", &signed(BODY), ask)
}

fn signatures() -> Vec<Knock> {
    let right = signature(TOKEN, BODY);
    let with = |name: &str, value: &str| rejected(name, webhook(BODY, value));
    let last = if right.ends_with('0') { '1' } else { '0' };
    vec![
        rejected("no_header", signed(BODY).without("x-sha2-signature")).at_once(),
        rejected("two_headers", signed(BODY).header("x-sha2-signature", &right)).at_once(),
        rejected("two_headers_one_wrong", signed(BODY).header("x-sha2-signature", "0".repeat(64))).at_once(),
        with("two_in_one_header", &format!("{right}, {right}")).at_once(),
        with("empty", "").at_once(),
        with("upper_case", &right.to_uppercase()).at_once(),
        with("62_digits", &right[..62]).at_once(),
        with("63_digits", &right[..63]).at_once(),
        with("66_digits", &format!("{right}00")).at_once(),
        with("with_a_prefix", &format!("sha256={right}")).at_once(),
        with("no_digits", &"g".repeat(64)).at_once(),
        with("forged", &"0".repeat(64)),
        with("another_last_digit", &format!("{}{last}", &right[..63])),
        with("another_token", &signature("some-other-token-of-theirs", BODY)),
        with("of_another_body", &signature(TOKEN, b"{}")),
        with("plain_sha256", &countersign_tests::encoding::hex(countersign_tests::encoding::sha256(BODY))),
    ]
}

fn bodies() -> Vec<Knock> {
    let right = signature(TOKEN, BODY);
    let with = |name: &str, body: &[u8]| rejected(name, webhook(body, &right));
    let text = std::str::from_utf8(BODY).expect("text");
    let reserialised = serde_json::from_str::<serde_json::Value>(text).expect("JSON").to_string();
    let long = vec![b'x'; 64 * 1024 + 1];
    let too_large = |name: &str, ask| Knock::refused(name, "body_too_large", &signed(BODY), ask);
    vec![
        with("replayed_with_a_changed_body", text.replace("run-1", "run-2").as_bytes()),
        with("cut_off", &BODY[..BODY.len() - 1]),
        with("a_line_feed_more", &[BODY, b"\n"].concat()),
        with("written_anew", reserialised.as_bytes()),
        with("empty_body", b""),
        rejected("no_body", Ask { body: None, ..webhook(BODY, &right) }).at_once(),
        too_large("over_the_limit", signed(&long)).at_once(),
        too_large("over_the_limit_unannounced", Ask { length_announced: false, ..signed(&long) }),
    ]
}

fn heads() -> Vec<Knock> {
    let refused = |name: &str, code, ask| Knock::refused(name, code, &signed(BODY), ask).at_once();
    let malformed = |name: &str, ask| refused(name, "malformed_request", ask);
    let mut knocks = vec![
        refused("compressed", "unsupported_media_type", signed(BODY).header("content-encoding", "gzip")),
        refused(
            "encoding_identity",
            "unsupported_media_type",
            signed(BODY).header("content-encoding", "identity"),
        ),
        malformed("method_in_query", Ask { path: format!("{WEBHOOK}?_method=PUT"), ..signed(BODY) }),
        malformed("method_in_a_header", signed(BODY).header("x-http-method-override", "PUT")),
        malformed("upgrade", signed(BODY).header("connection", "upgrade").header("upgrade", "websocket"))
            .http1(),
    ];
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let name = format!("method_{}", method.as_str().to_lowercase());
        knocks.push(malformed(&name, Ask { method, ..signed(BODY) }));
    }
    for (name, path) in [
        ("trailing_slash", "/v1/webhooks/idv/"),
        ("doubled_slash", "/v1//webhooks/idv"),
        ("dot_dot_segment", "/v1/x/../webhooks/idv"),
        ("encoded_letter", "/v1/webhooks/%69dv"),
        ("encoded_twice", "/v1/webhooks/%2569dv"),
        ("parameter", "/v1/webhooks/idv;x"),
        ("capitals", "/v1/webhooks/IDV"),
    ] {
        knocks.push(malformed(name, Ask { path: path.to_owned(), ..signed(BODY) }));
    }
    for (name, host) in
        [("host_in_capitals", "ORCHESTRATOR.Example"), ("host_with_port", "orchestrator.example:443")]
    {
        assert!(host.to_lowercase().starts_with(INGRESS));
        knocks.push(rejected(name, webhook(BODY, "0".repeat(64))).to(host));
    }
    // A value that is not even text.
    let mut ask = signed(BODY).without("x-sha2-signature");
    ask.headers.push((
        hyper::header::HeaderName::from_static("x-sha2-signature"),
        HeaderValue::from_bytes(&[0xff; 64]).expect("a header value"),
    ));
    knocks.push(rejected("not_utf8", ask).at_once());
    knocks
}
