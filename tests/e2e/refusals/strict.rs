//! Under a configuration that is tighter than usual: evidence lives two seconds, and nothing makes surrogates.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::Stage;
use countersign_tests::table;

use super::begin::nothing_left;

pub(crate) const ROWS: &[Row] = table![ceremony_expired_after_its_time, user_unknown_without_a_surrogate_key];

async fn ceremony_expired_after_its_time(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    // The jar would drop the cookie by itself; an attacker does not.
    let (held, finish) = (stage.client.clone(), stage.honest());
    loop {
        // Each look costs the gateway a question to the orchestrator; the clock does the rest.
        let answer = stage.send(finish.clone()).await.expect("an answer");
        stage.client = held.clone();
        if answer.refusal() != "verdict_pending" {
            refusal::expect(&answer, &["ceremony_expired"]);
            break;
        }
        stage.send(Ask::get("/fence")).await.expect("an answer");
    }
    lab.orchestrator.decide(stage.begun.session(), "matched");
    refusal::expect(&stage.send(finish).await.expect("an answer"), &["ceremony_expired"]);
    lab.expect_untouched().await;
}

async fn user_unknown_without_a_surrogate_key(lab: &Lab, mut client: Client) {
    let session = lab.relying_party.session(Some("ann@bank.example"));
    client.cookies.insert(SESSION_COOKIE.to_owned(), session);
    let answer = client.send(Ceremony::Registration.begin()).await.expect("an answer");
    refusal::expect(&answer, &["user_unknown"]);
    nothing_left(lab, &answer);
}
