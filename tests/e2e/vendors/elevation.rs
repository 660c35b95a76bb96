//! A guarded route: the match opens it, and only together with a passkey that the relying party has accepted. No
//! vendor is told of the end of a step-up, so the relying party's yes is all there is.

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::stack::Face;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use countersign_tests::vendor::{PAYMENTS, Vendor};
use serde_json::{Value, json};

use super::Row;

pub(crate) const ROWS: &[Row] = table![
    a_step_up_opens_the_route,
    a_passkey_that_the_relying_party_did_not_accept_opens_nothing,
    an_answer_that_cannot_be_read_opens_nothing,
];

const FINISH: &str = "POST /verify-authentication";

async fn pays(stage: &mut Stage) -> Answer {
    stage.send(Ask::post(PAYMENTS, &json!({ "amount": 3 }))).await.expect("an answer")
}

/// Somebody has tried, was refused, and has shown their face.
async fn refused_and_seen(vendor: &Vendor, client: Client) -> Stage {
    vendor.enrol(client.clone()).await;
    let mut stage = Stage::routine(&vendor.lab, client).await;
    // The relying party goes on with the session that it has.
    vendor.lab.relying_party.answers(FINISH, Reply::json(200, &json!({ "verified": true })));
    refusal::expect(&pays(&mut stage).await, &["step_up_required"]);
    stage.begun = Begun::by(&mut stage.client, Ceremony::Authentication.begin()).await.expect("options");
    assert_eq!(stage.begun.options["stepUp"]["rule"], "payment");
    vendor.present(&stage.begun.options, Face::Mine).await;
    stage
}

async fn a_step_up_opens_the_route(vendor: &Vendor, client: Client) {
    let mut stage = refused_and_seen(vendor, client).await;
    assert_eq!(stage.finish().await.status, 200);
    vendor.begin_anew();
    let paid = pays(&mut stage).await;
    assert_eq!(paid.status, 200, "{}", paid.text());
    assert_eq!(vendor.steps(), [format!("relying party POST {PAYMENTS}")], "the vendor is not asked");
}

async fn a_passkey_that_the_relying_party_did_not_accept_opens_nothing(vendor: &Vendor, client: Client) {
    for said in [json!({ "verified": false }), json!({}), Value::Null] {
        let mut stage = refused_and_seen(vendor, client.clone()).await;
        vendor.lab.relying_party.answers(FINISH, Reply::json(200, &said));
        let answer = stage.finish().await;
        assert_eq!((answer.status, answer.json()), (200, said), "it is the relying party's word");
        refusal::expect(&pays(&mut stage).await, &["step_up_required"]);
    }
}

async fn an_answer_that_cannot_be_read_opens_nothing(vendor: &Vendor, client: Client) {
    let mut stage = refused_and_seen(vendor, client).await;
    vendor.lab.relying_party.answers(FINISH, Reply::new(200, "text/html", "<p>Welcome"));
    refusal::expect(&stage.finish().await, &["completion_failed"]);
    refusal::expect(&pays(&mut stage).await, &["step_up_required"]);
}
