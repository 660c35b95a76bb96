//! Two relying parties behind one gateway: what is one's is nothing to the other.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Ask, Client};
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Lab, Plan, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::resource::{self, ACR, CARD, PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::stage::Stage;
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    a_ceremony_finished_elsewhere,
    a_token_of_another_relying_party,
    a_handoff_followed_elsewhere,
    a_recovery_continued_elsewhere,
    a_refusal_taken_elsewhere,
    an_elevation_used_elsewhere,
];

const SHOP: &str = "shop.example";

/// The bank with its guarded routes, and a second relying party.
pub(crate) fn plan(waits: bool) -> Plan {
    let mut plan = resource::plan(waits);
    plan.plugin.iter_mut().for_each(add);
    plan
}

/// It has the same upstream and the same rules.
fn add(plugin: &mut Value) {
    let mut shop = plugin["relying_parties"]["bank"].clone();
    shop["hosts"] = json!([SHOP]);
    shop["rp_id"] = json!(SHOP);
    shop["origins"] = json!(["https://shop.example"]);
    plugin["relying_parties"]["shop"] = shop;
    let rules = plugin["rules"].as_array_mut().expect("rules");
    for mut rule in rules.clone() {
        let id = format!("shop-{}", rule["id"].as_str().expect("an id"));
        rule["id"] = json!(id);
        rule["relying_party"] = json!("shop");
        if id == "shop-card" {
            // What the bank's step-up counts as would be enough here, were it the shop's.
            rule["acr"] = json!([ACR, "urn:countersign:acr:higher"]);
        }
        rules.push(rule);
    }
}

/// The same client, at the other relying party.
fn at_the_shop(client: &Client) -> Client {
    Client { authority: SHOP.to_owned(), ..client.clone() }
}

async fn refused(client: &mut Client, ask: Ask) {
    refusal::expect(&client.send(ask).await.expect("an answer"), &["ceremony_unknown"]);
}

async fn a_ceremony_finished_elsewhere(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    // A passkey signs whatever it is asked to: type, origin and RP ID are the shop's.
    let response = stage.passkey.get(stage.begun.challenge(), "https://shop.example", SHOP);
    let finish = stage.ceremony.finish(&stage.passkey.assertion(&response));
    refused(&mut at_the_shop(&stage.client), finish).await;
    lab.expect_untouched().await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_token_of_another_relying_party(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    refused(&mut at_the_shop(&offered.phone), offered.consume()).await;
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::ConsumeHandoff).is_empty());
    offered.taken().await;
}

async fn a_handoff_followed_elsewhere(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    for ask in [offered.status(), offered.give_up()] {
        refused(&mut at_the_shop(&offered.desktop), ask).await;
    }
    assert!(lab.orchestrator.calls_of(Operation::HandoffStatus).is_empty());
    assert!(lab.orchestrator.calls_of(Operation::CancelHandoff).is_empty());
    offered.follow().await;
}

async fn a_recovery_continued_elsewhere(lab: &Lab, client: Client) {
    let recovering = Recovering::decided(lab, client, "matched").await;
    refused(&mut at_the_shop(&recovering.client), recovering.begin()).await;
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::ExchangeContinuation).is_empty());
    recovering.replacing().await;
}

async fn a_refusal_taken_elsewhere(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let answer = payer.send(pay(&large())).await;
    let named = Ceremony::Authentication.begin().showing(&[answer.header("countersign-evidence")]);
    refused(&mut at_the_shop(&payer.client), named.clone()).await;
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
    assert_eq!(payer.send(named).await.json()["stepUp"]["rule"], "payment");
}

async fn an_elevation_used_elsewhere(lab: &Lab, client: Client) {
    for (path, ask) in [(CARD, delete_card()), (PAYMENTS, pay(&large()))] {
        lab.reset();
        let mut payer = Payer::elevated(lab, client.clone(), ask.clone()).await;
        let answer = at_the_shop(&payer.client).send(ask.clone()).await.expect("an answer");
        refusal::expect(&answer, &["step_up_required"]);
        assert!(lab.arrived(path).await.is_empty());
        assert!(lab.orchestrator.calls_of(Operation::ConsumeElevation).is_empty());
        assert_eq!(payer.send(ask).await.status, 200);
    }
}
