//! The relying party itself fails at begin or finish: its failure is passed on, nothing is completed.

use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::Client;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;

pub(crate) const ROWS: &[Row] = table![
    a_finish_cut_in_the_body,
    a_finish_that_is_no_json,
    a_finish_of_three_megabytes,
    a_finish_that_is_compressed,
    a_begin_cut_in_the_body,
    a_begin_of_three_megabytes,
    a_begin_whose_port_is_closed,
];

async fn finish(lab: &Lab, client: Client, reply: Reply) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.relying_party.answers("POST /verify-authentication", reply);
    let finish = stage.honest();
    let answer = stage.send(finish).await;
    if lab.setup.headers_can_wait {
        assert!(
            lab.orchestrator.calls_of(Operation::Complete).is_empty(),
            "nobody saw it succeed: {answer:?}"
        );
    }
    lab.fence().await;
}

async fn a_finish_cut_in_the_body(lab: &Lab, client: Client) {
    finish(lab, client, Reply { cut: true, ..Reply::new(200, "application/json", "{\"verified\":tr") }).await;
}

async fn a_finish_that_is_no_json(lab: &Lab, client: Client) {
    finish(lab, client, Reply::new(200, "application/json", "verified: true")).await;
}

async fn a_finish_of_three_megabytes(lab: &Lab, client: Client) {
    finish(lab, client, Reply::new(200, "application/json", vec![b' '; 3_000_000])).await;
}

async fn a_finish_that_is_compressed(lab: &Lab, client: Client) {
    let reply = Reply::new(200, "application/json", "{\"verified\":true}").header("content-encoding", "gzip");
    finish(lab, client, reply).await;
}

async fn begin(lab: &Lab, mut client: Client, codes: &[&str]) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    match client.send(risky(Ceremony::Authentication.begin())).await {
        Ok(answer) if codes.is_empty() => assert!(answer.status >= 500, "{}", answer.status),
        Ok(answer) => refusal::expect(&answer, codes),
        Err(broken) => assert!(codes.is_empty(), "{broken:?}"),
    }
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
}

async fn a_begin_cut_in_the_body(lab: &Lab, client: Client) {
    let reply = Reply { cut: true, ..Reply::new(200, "application/json", "{\"challenge\":\"AAAA") };
    lab.relying_party.answers("GET /generate-authentication-options", reply);
    begin(lab, client, &[]).await;
    lab.fence().await;
}

async fn a_begin_of_three_megabytes(lab: &Lab, client: Client) {
    let reply = Reply::new(200, "application/json", vec![b' '; 3_000_000]);
    lab.relying_party.answers("GET /generate-authentication-options", reply);
    begin(lab, client, &[]).await;
    lab.fence().await;
}

async fn a_begin_whose_port_is_closed(lab: &Lab, client: Client) {
    lab.relying_party.server().close();
    super::common::unconnected(lab, "bank").await;
    begin(lab, client, &[]).await;
    lab.relying_party.reset();
    lab.fence().await;
}
