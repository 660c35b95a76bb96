//! A match is for one finish. The vendors have no call that uses one up, so this is what is left: a cache of the
//! process, and the relying party, whose challenge is good once.

use countersign_tests::client::Client;
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::stack::Face;
use countersign_tests::table;
use countersign_tests::vendor::Vendor;
use serde_json::json;

use super::Row;

pub(crate) const ROWS: &[Row] =
    table![a_success_is_spent_in_its_process, elsewhere_the_relying_party_has_the_last_word];

async fn a_success_is_spent_in_its_process(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    let mut again = stage.clone();
    let finish = stage.honest();
    assert_eq!(stage.send(finish.clone()).await.expect("an answer").status, 200);
    // IDaaS tells the match once, and is asked before the cache is.
    let refused = again.send(finish).await.expect("an answer");
    refusal::expect(&refused, &["ceremony_replayed", "verdict_failed"]);
    let whole = vendor.lab.finishes().iter().filter(|finish| finish.complete).count();
    assert_eq!(whole, 1, "the relying party has got one");
}

async fn elsewhere_the_relying_party_has_the_last_word(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    // With evidence of the match, where the vendor tells it once: what a thief of a whole browser would have.
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    stage.send(countersign_tests::client::Ask::get(&path)).await.expect("an answer");
    let mut again = stage.clone();
    let finish = stage.honest();
    assert_eq!(stage.send(finish.clone()).await.expect("an answer").status, 200);
    let elsewhere = vendor.another_gateway().await;
    again.client = again.client.at(elsewhere.address);
    let used = Reply::json(400, &json!({ "error": "this challenge is used" }));
    vendor.lab.relying_party.answers("POST /verify-authentication", used);
    let answer = again.send(finish).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (400, json!({ "error": "this challenge is used" })));
}
