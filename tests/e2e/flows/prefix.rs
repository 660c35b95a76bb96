//! Our own endpoints under another path than the usual one.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use serde_json::json;

pub(crate) const PREFIX: &str = "/second/factor";

pub(crate) const ROWS: &[Row] = table![a_handoff_is_where_the_operator_says, so_are_sessions];

async fn a_handoff_is_where_the_operator_says(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let opened = client.send(Ask::post("/second/factor/handoffs", &json!({}))).await.expect("an answer");
    assert_eq!(opened.status, 201, "{}", opened.text());
    let status = opened.json()["status"].as_str().expect("a path").to_owned();
    assert!(status.starts_with("/second/factor/handoffs/"), "{status}");
    assert_eq!(client.send(Ask::get(&status)).await.expect("an answer").json()["status"], "waiting");
    let usual = client.send(Ask::post("/.countersign/handoffs", &json!({}))).await.expect("an answer");
    assert_eq!(usual.text(), "the relying party's own business", "the usual path is not ours then");
}

async fn so_are_sessions(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let status = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    assert!(status.starts_with("/second/factor/sessions/"), "{status}");
    assert_eq!(stage.send(Ask::get(&status)).await.expect("an answer").json()["status"], "pending");
}
