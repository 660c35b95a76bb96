//! What operators see of a guard, and what nobody does.

use countersign_tests::client::{Ask, Protocol};
use countersign_tests::refusal;
use std::future::Future;
use std::pin::Pin;

use super::core_api::{BODY, post};
use super::ingress::{Ingress, TOKEN, TOKEN_BEFORE, signature, signed, webhook};

pub(crate) type Check = for<'a> fn(&'a Ingress) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

pub(crate) const ROWS: &[(&str, Check)] = &[
    ("every_rejection_looks_the_same", |lab| Box::pin(every_rejection_looks_the_same(lab))),
    ("the_access_log_has_the_decision", |lab| Box::pin(the_access_log_has_the_decision(lab))),
    ("no_secret_is_logged", |lab| Box::pin(no_secret_is_logged(lab))),
];

/// The same in observation.
pub(crate) const OBSERVED: &[(&str, Check)] =
    &[("what_would_be_refused", |lab| Box::pin(what_would_be_refused(lab)))];

async fn what_would_be_refused(lab: &Ingress) {
    let reserved = r#"{"workflow_input":{"custom_data":{"encrypted_biometric_token":1}}}"#;
    for (ask, decision) in [
        (signed(b"{}"), "would_forwarded"),
        (webhook(b"{}", "0".repeat(64)), "would_webhook_rejected"),
        (post(reserved), "would_reserved_key"),
        (post("no JSON"), "would_unsupported_media_type"),
        (Ask { path: "/V1/sessions".to_owned(), ..post(BODY) }, "would_malformed_request"),
    ] {
        let counter = format!("wasmcustom.countersign.decision.none.none.{decision}");
        let before = lab.envoy.stat(&counter).await;
        let answer = lab.client(Protocol::Http1).send(ask).await.expect("an answer");
        assert_eq!(answer.status, 200, "{decision}: {}", answer.text());
        lab.envoy.grown(&counter, before).await;
    }
}

async fn every_rejection_looks_the_same(lab: &Ingress) {
    let mut client = lab.client(Protocol::Http1);
    let mut answers = Vec::new();
    for ask in [
        signed(b"{}").without("x-sha2-signature"),
        webhook(b"{}", signature(TOKEN, b"{}").to_uppercase()),
        webhook(b"{}", "0".repeat(64)),
        webhook(b"{ }", signature(TOKEN, b"{}")),
        Ask { length_announced: false, ..webhook(b"{}", "0".repeat(64)) },
    ] {
        let answer = client.send(ask).await.expect("an answer");
        refusal::expect(&answer, &["webhook_rejected"]);
        let mut problem = answer.json();
        problem["instance"] = "urn:uuid:".into();
        let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        // Envoy's own: whether it has to cut off a body that is still coming.
        headers.retain(|name| name != "connection");
        answers.push((answer.status, headers, problem));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

async fn the_access_log_has_the_decision(lab: &Ingress) {
    let mut client = lab.client(Protocol::Http1);
    refusal::expect(
        &client.send(webhook(b"{}", "0".repeat(64))).await.expect("an answer"),
        &["webhook_rejected"],
    );
    assert_eq!(client.send(post(BODY)).await.expect("an answer").status, 200);
    let rejected = lab.envoy.access_log_line("countersign=none/none/webhook_rejected").await;
    assert!(rejected.contains("POST /v1/webhooks/idv 401"), "{rejected}");
    let forwarded = lab.envoy.access_log_line("countersign=none/none/forwarded").await;
    assert!(forwarded.contains(" 200 "), "{forwarded}");
}

async fn no_secret_is_logged(lab: &Ingress) {
    let mut client = lab.client(Protocol::Http1);
    let right = signature(TOKEN, b"{}");
    refusal::expect(&client.send(webhook(b"{ }", &right)).await.expect("an answer"), &["webhook_rejected"]);
    lab.envoy.log_line("code=webhook_rejected").await;
    let logs = lab.envoy.log() + &lab.envoy.access_log();
    for secret in [TOKEN, TOKEN_BEFORE, right.as_str()] {
        assert!(!logs.contains(secret), "in the log: {secret}");
    }
}
