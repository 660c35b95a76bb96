//! What is no ceremony passes as if the gateway were not there, but for its own headers.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::relying_party::Reply;
use countersign_tests::table;
use hyper::Method;
use hyper::header::{HeaderMap, HeaderValue};

pub(crate) const ROWS: &[Row] = table![
    a_request_elsewhere,
    options_on_a_ceremony_path,
    a_long_upload,
    trailers_elsewhere,
    our_own_headers_are_taken_out,
    a_long_answer,
];

async fn a_request_elsewhere(lab: &Lab, mut client: Client) {
    let ask = Ask::get("/balance?of=ann").header("authorization", "Bearer of the relying party");
    let answer = client.send(ask).await.expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, "the relying party's own business"));
    assert!(!answer.headers.contains_key("countersign-evidence"));
    let seen = lab.relying_party.seen();
    assert_eq!(seen.len(), 1, "nobody is introspected for it");
    assert_eq!(seen[0].path, "/balance?of=ann");
    assert_eq!(seen[0].header("authorization"), "Bearer of the relying party");
    assert!(lab.orchestrator.calls().is_empty());
}

async fn options_on_a_ceremony_path(lab: &Lab, mut client: Client) {
    let ask = Ask::new(Method::OPTIONS, "/verify-authentication");
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    assert_eq!(lab.relying_party.seen_at("/verify-authentication").len(), 1);
}

async fn a_long_upload(lab: &Lab, mut client: Client) {
    let upload: Vec<u8> = (0..700_000_u32).map(|at| u8::try_from(at % 251).expect("below 251")).collect();
    let ask = Ask::post_bytes("/upload", upload.clone()).header("content-type", "application/octet-stream");
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    let seen = &lab.relying_party.seen_at("/upload")[0];
    assert!(seen.complete && seen.body == upload, "{} bytes arrived", seen.body.len());
}

async fn trailers_elsewhere(lab: &Lab, mut client: Client) {
    let mut ask = Ask::post_bytes("/upload", "{\"a\":1}").header("trailer", "x-late");
    ask.trailers =
        Some(HeaderMap::from_iter([("x-late".parse().expect("a name"), HeaderValue::from_static("1"))]));
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    let seen = &lab.relying_party.seen_at("/upload")[0];
    assert_eq!(seen.body, b"{\"a\":1}");
    assert_eq!(seen.trailers.as_ref().expect("trailers")["x-late"], "1");
}

async fn our_own_headers_are_taken_out(lab: &Lab, mut client: Client) {
    client.cookies.insert("__Host-cs-0".to_owned(), "cs1.k1.e30.AAAA".to_owned());
    client.cookies.insert("theirs".to_owned(), "kept".to_owned());
    let ask = Ask::get("/balance")
        .header("countersign", "flow=step_up, verdict=matched")
        .header("countersign-evidence", "cs1.k1.e30.AAAA")
        .header("countersign_verdict", "matched")
        .header("countersign-whatever", "1")
        .header("x-other", "kept");
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    let seen = &lab.relying_party.seen()[0];
    let ours: Vec<_> = seen.headers.keys().filter(|name| name.as_str().starts_with("countersign")).collect();
    assert!(ours.is_empty(), "{ours:?}");
    assert_eq!(seen.header("x-other"), "kept");
    assert_eq!(seen.cookies(), [("theirs".to_owned(), "kept".to_owned())]);
}

async fn a_long_answer(lab: &Lab, mut client: Client) {
    let body = vec![b'x'; 3_000_000];
    lab.relying_party.answers("GET /statement", Reply::new(200, "text/plain", body.clone()));
    let answer = client.send(Ask::get("/statement")).await.expect("an answer");
    assert!(answer.body == body, "{} bytes arrived", answer.body.len());
}
