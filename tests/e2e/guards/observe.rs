//! `enforcement: observe`: nothing is refused, and nothing of ours goes on.

use countersign_tests::client::Ask;
use countersign_tests::plugin::AUTHORITY;
use hyper::Method;

use super::core_api::{BODY, SESSIONS, post};
use super::ingress::{UNLISTED, WEBHOOK, signed, webhook};
use super::knock::Knock;

pub(crate) fn knocks() -> Vec<Knock> {
    let reserved = r#"{"workflow_input":{"custom_data":{"encrypted_biometric_token":1}}}"#;
    let long = vec![b'x'; 200_000];
    vec![
        Knock::passes("a_webhook", signed(BODY.as_bytes())),
        Knock::passes("a_forged_webhook", webhook(BODY.as_bytes(), "0".repeat(64))),
        Knock::passes("an_unsigned_webhook", Ask::post_bytes(WEBHOOK, BODY)),
        Knock::passes("a_long_webhook", signed(&long)),
        Knock::passes("a_webhook_by_put", Ask { method: Method::PUT, ..signed(BODY.as_bytes()) }),
        Knock::passes(
            "an_ambiguous_path",
            Ask { path: "/v1/webhooks/IDV".to_owned(), ..signed(BODY.as_bytes()) },
        ),
        Knock::passes("a_session", post(BODY)),
        Knock::passes("a_reserved_key", post(reserved)),
        Knock::passes("a_name_twice", post(r#"{"a":1,"a":1}"#)),
        Knock::passes("what_is_no_json", post("no JSON")),
        Knock::passes("another_type", Ask::post_bytes(SESSIONS, "text").header("content-type", "text/plain")),
        Knock::passes("a_long_body", Ask { length_announced: false, ..post(long) }),
        Knock::passes("an_unlisted_host", post(BODY)).to(UNLISTED),
        Knock::passes("a_relying_partys_host", Ask::get("/at-the-orchestrator")).to(AUTHORITY),
        Knock::passes(
            "headers_of_ours",
            post(BODY)
                .header("countersign", "verdict=matched")
                .header("cookie", "__Host-cs-0=cs1.k1.e30.AAAA"),
        ),
    ]
}
