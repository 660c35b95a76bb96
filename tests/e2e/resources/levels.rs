//! Levels: where a rule lists several, another rule's elevation of a listed one is enough.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::resource::{Payer, delete_card};
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::many_rules::{DEAL, HIGH, LOW, OTHER};

pub(crate) const ROWS: &[Row] = table![
    a_higher_one_is_enough,
    a_lower_one_is_not,
    one_that_is_not_listed_is_not,
    one_for_a_transaction_is_not,
    the_refusal_says_which_are,
];

fn put(path: &str) -> Ask {
    Ask::new(Method::PUT, path)
}

async fn a_higher_one_is_enough(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, put(HIGH)).await;
    for path in [HIGH, LOW] {
        assert_eq!(payer.send(put(path)).await.status, 200, "{path}");
    }
    let seen = lab.arrived(LOW).await;
    if lab.setup.headers_can_wait {
        let told = seen[0].header("countersign");
        assert!(told.contains("rule=\"high\"") && told.contains("acr=\"urn:level:high\""), "{told}");
    }
    refusal::expect(&payer.send(put(OTHER)).await, &["step_up_required"]);
}

async fn a_lower_one_is_not(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, put(LOW)).await;
    assert_eq!(payer.send(put(LOW)).await.status, 200);
    refusal::expect(&payer.send(put(HIGH)).await, &["step_up_required"]);
    assert!(lab.arrived(HIGH).await.is_empty());
}

async fn one_that_is_not_listed_is_not(lab: &Lab, client: Client) {
    for ask in [put(OTHER), delete_card()] {
        lab.reset();
        let mut payer = Payer::elevated(lab, client.clone(), ask).await;
        for path in [LOW, HIGH] {
            refusal::expect(&payer.send(put(path)).await, &["step_up_required"]);
            assert!(lab.arrived(path).await.is_empty());
        }
    }
}

/// The person agreed to a payment, not to anything else of that level.
async fn one_for_a_transaction_is_not(lab: &Lab, client: Client) {
    let sell = || Ask { method: Method::PUT, ..Ask::post(DEAL, &json!({ "share": "ACME" })) };
    let mut payer = Payer::elevated(lab, client, sell()).await;
    for path in [LOW, HIGH] {
        refusal::expect(&payer.send(put(path)).await, &["step_up_required"]);
        assert!(lab.arrived(path).await.is_empty());
    }
    assert_eq!(payer.send(sell()).await.status, 200);
}

async fn the_refusal_says_which_are(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for (path, gives, values) in
        [(LOW, "urn:level:low", "urn:level:low urn:level:high"), (HIGH, "urn:level:high", "urn:level:high")]
    {
        let answer = payer.send(put(path)).await;
        assert_eq!(answer.json()["stepUp"]["acr"], gives);
        let said = answer.header("www-authenticate");
        assert!(said.contains(&format!("acr_values=\"{values}\"")), "{said}");
    }
}
