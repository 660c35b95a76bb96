//! What is sent by those who mean no good, or know no better.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Ask, Client};
use countersign_tests::encoding::{base64url, random};
use countersign_tests::refusal;
use hyper::Method;
use serde_json::json;

use crate::person::Site;

/// A credential on a route that no profile names.
pub(crate) async fn canary(site: &Site) {
    let credential = json!({ "response": { "clientDataJSON": base64url("{\"type\":\"webauthn.get\"") } });
    let answer = site.client().send(Ask::post("/login-of-before", &credential)).await;
    refusal::expect(&answer.expect("an answer"), &["unlisted_ceremony"]);
}

/// A result of a face check that nobody signed.
pub(crate) async fn unsigned_webhook(site: &Site) {
    let mut client = Client::new(site.gateway, "orchestrator.example");
    let answer = client.send(Ask::post("/v1/webhooks/idv", &json!({ "payload": {} }))).await;
    refusal::expect(&answer.expect("an answer"), &["webhook_rejected"]);
}

/// A path that some servers would read as another.
pub(crate) async fn malformed(site: &Site) {
    let answer = site.client().send(Ask::get("/Verify-Authentication/")).await;
    refusal::expect(&answer.expect("an answer"), &["malformed_request"]);
}

/// Whatever a stranger can write that might come out as a label: hosts, paths, methods, names, evidence. What is
/// answered does not matter.
pub(crate) async fn everything(site: &Site) {
    for turn in 0..200_u32 {
        let word = base64url(random::<9>());
        let mut client = site.client();
        if turn % 5 == 0 {
            client.authority = format!("{word}.example");
        }
        let path = match turn % 4 {
            0 => Ceremony::Authentication.finish_path().to_owned(),
            1 => format!("/.countersign/{word}"),
            2 => format!("/{word}/..;/verify-registration"),
            _ => format!("/.countersign/handoffs/{word}?rule={word}"),
        };
        let body = json!({ "rule": word, "flow": word, "token": word, "id": word, "response": {} });
        let method = Method::from_bytes(word.replace(['-', '_'], "x").as_bytes()).expect("a token");
        let ask = Ask::post(&path, &body)
            .header("countersign-evidence", format!("cs1.{word}.{word}.{word}"))
            .header("countersign", format!("flow={word}, rule=\"{word}\""))
            .header("x-risk", word.as_bytes());
        let ask = if turn % 3 == 0 { Ask { method, ..ask } } else { ask };
        let _whatever = client.send(ask).await;
    }
}
