//! Refused in front of a guarded route.

use countersign_tests::client::Client;
use countersign_tests::handoff::payload;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::resource::{PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    step_up_required_of_a_route,
    elevation_mismatch_says_how_to_go_on,
    elevation_mismatch_leads_to_another_elevation,
];

async fn step_up_required_of_a_route(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for ask in [pay(&large()), delete_card()] {
        let shows = ask.body.is_some();
        let answer = payer.send(ask).await;
        refusal::expect(&answer, &["step_up_required"]);
        let step_up = &answer.json()["stepUp"];
        assert_eq!(step_up["display"].is_string(), shows, "only a transaction is shown: {step_up}");
        assert_eq!(step_up["session"], json!(null), "no check is open yet");
    }
}

/// What is refused now, not what was agreed to.
async fn elevation_mismatch_says_how_to_go_on(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let mut payment = large();
    payment["amount"] = json!(9000);
    let answer = payer.send(pay(&payment)).await;
    refusal::expect(&answer, &["elevation_mismatch"]);
    let step_up = &answer.json()["stepUp"];
    assert_eq!(step_up["display"], "Pay 9000 EUR to DE02120300000000202051");
    assert_eq!(payload(step_up["evidence"].as_str().expect("evidence"))["t"], "request");
    let said = answer.header("www-authenticate");
    assert!(said.starts_with("Bearer error=\"insufficient_user_authentication\", "), "{said}");
    assert!(said.contains("error_description=\"Elevation mismatch\""), "{said}");
    assert!(!answer.text().contains("1500"), "nothing of the other values: {}", answer.text());
}

async fn elevation_mismatch_leads_to_another_elevation(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let mut payment = large();
    payment["payee"] = json!("DE99");
    refusal::expect(&payer.send(pay(&payment)).await, &["elevation_mismatch"]);
    assert_eq!(payer.step_up(lab, "matched").await.status, 200);
    assert_eq!(payer.send(pay(&payment)).await.status, 200);
    assert_eq!(lab.arrived(PAYMENTS).await[0].json(), payment);
}
