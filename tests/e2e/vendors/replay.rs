//! A match is for one finish. The vendors have no call that uses one up, so this is what is left: a cache of the
//! process, and the relying party, whose challenge is good once.

use countersign_tests::client::{Ask, Client};
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::stack::Face;
use countersign_tests::table;
use countersign_tests::vendor::{Api, Vendor};
use serde_json::json;

use super::Row;

pub(crate) const ROWS: &[Row] = table![
    a_success_is_spent_in_its_process,
    elsewhere_the_relying_party_has_the_last_word,
    what_the_relying_party_declined_may_be_tried_again,
];

async fn a_success_is_spent_in_its_process(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    let mut again = stage.clone();
    let finish = stage.honest();
    assert_eq!(stage.send(finish.clone()).await.expect("an answer").status, 200);
    // IDaaS tells the match once, and is asked before the cache is.
    let code = if vendor.api == Api::Idaas { "verdict_failed" } else { "ceremony_replayed" };
    refusal::expect(&again.send(finish).await.expect("an answer"), &[code]);
    let whole = vendor.lab.finishes().iter().filter(|finish| finish.complete).count();
    assert_eq!(whole, 1, "the relying party has got one");
}

async fn elsewhere_the_relying_party_has_the_last_word(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    // With evidence of the match, where the vendor tells it once: what a thief of a whole browser would have.
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    stage.send(Ask::get(&path)).await.expect("an answer");
    let mut again = stage.clone();
    let finish = stage.honest();
    assert_eq!(stage.send(finish.clone()).await.expect("an answer").status, 200);
    let elsewhere = vendor.second_gateway().await;
    again.client = again.client.at(elsewhere.address);
    let used = Reply::json(400, &json!({ "error": "this challenge is used" }));
    vendor.lab.relying_party.answers("POST /verify-authentication", used);
    let answer = again.send(finish).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (400, json!({ "error": "this challenge is used" })));
}

async fn what_the_relying_party_declined_may_be_tried_again(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    // Where the vendor tells a match once, this is what keeps it.
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    stage.send(Ask::get(&path)).await.expect("an answer");
    let finish = stage.honest();
    let mut declined = vec![Reply::json(400, &json!({ "error": "later" })), Reply::json(503, &json!({}))];
    if vendor.lab.setup.headers_can_wait {
        declined.push(Reply::json(200, &json!({ "verified": false })));
    }
    for reply in declined {
        vendor.lab.relying_party.answers("POST /verify-authentication", reply.clone());
        let answer = stage.send(finish.clone()).await.expect("an answer");
        assert_eq!((answer.status, answer.body.to_vec()), (reply.status, reply.body));
    }
    let accepted = Reply::json(200, &json!({ "verified": true }));
    vendor.lab.relying_party.answers("POST /verify-authentication", accepted);
    assert_eq!(stage.send(finish).await.expect("an answer").status, 200);
}
