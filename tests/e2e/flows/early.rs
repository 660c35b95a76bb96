//! A relying party that says no before it has the whole request, and one that is not there. Where headers cannot wait it
//! gets heads of requests that are not for it, or not yet.

use std::time::Duration;

use countersign_tests::client::{Ask, Client, Protocol};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::handoff;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::raw;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::serving::{Payload, Server};
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use hyper::Response;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    our_own_endpoints_answer_all_the_same,
    an_upload_that_is_refused_unread,
    a_finish_that_is_refused_unread,
    a_finish_that_nobody_takes,
];

/// It knows who is signed in, and no other path: that it says at once.
async fn knows_nothing() -> Server {
    Server::start(|_, request| {
        let (status, body) = match request.uri().path() {
            "/me" => (200, json!({ "id": USER })),
            _ => (404, json!({ "error": "not found" })),
        };
        Box::pin(async move {
            let answer = Response::builder().status(status).header("content-type", "application/json");
            Ok(answer.body(Payload::whole(body.to_string())).expect("a well-formed answer"))
        })
    })
    .await
}

/// The lab's gateway in front of this one.
async fn before(lab: &Lab, bank: &Server) -> Envoy {
    Envoy::start(&Setup { bank: bank.address(), ..lab.setup.clone() }).await
}

async fn our_own_endpoints_answer_all_the_same(lab: &Lab, client: Client) {
    let bank = knows_nothing().await;
    let envoy = before(lab, &bank).await;
    let mut client = client.at(envoy.address);
    client.cookies.insert(SESSION_COOKIE.to_owned(), "any".to_owned());
    for _ in 0..3 {
        let answer = client.send(handoff::open()).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}

/// The body is on its way when the answer comes.
async fn an_upload_that_is_refused_unread(lab: &Lab, client: Client) {
    if client.protocol == Protocol::Http2 {
        return;
    }
    let bank = knows_nothing().await;
    let envoy = before(lab, &bank).await;
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let head = raw::head(
        "POST /upload HTTP/1.1",
        &[
            header("host", &client.authority),
            header("content-length", "5"),
            header("content-type", "text/plain"),
        ],
    );
    let later = tokio::time::sleep(Duration::from_millis(300));
    let answer = raw::exchange_in_two(envoy.address, &[head, b"hello".to_vec()], later).await;
    let answer = answer.expect("an answer");
    assert_eq!((answer.status, answer.json()), (404, json!({ "error": "not found" })));
}

/// The verdict is still awaited when the answer comes.
async fn a_finish_that_is_refused_unread(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let bank = knows_nothing().await;
    let envoy = before(lab, &bank).await;
    stage.client.address = envoy.address;
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (404, json!({ "error": "not found" })));
}

async fn a_finish_that_nobody_takes(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.relying_party.server().close();
    let finish = stage.honest();
    let answer = stage.send(finish).await.expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.text());
    let answer = stage.send(Ask::get("/fence")).await.expect("an answer");
    assert_eq!(answer.status, 503, "and so does everything else");
    lab.relying_party.reset();
}
