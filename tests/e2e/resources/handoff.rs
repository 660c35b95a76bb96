//! Refused at a desktop, stepped up on a phone: the desktop's session gets the elevation, and nobody else does.

use countersign_tests::client::{Answer, Ask, Carrier, Client};
use countersign_tests::encoding::{base64url, sha256};
use countersign_tests::handoff::{Offered, open, payload};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::{ACR, CARD, PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    the_phone_shows_what_was_refused,
    the_desktop_gets_the_elevation,
    it_is_always_the_same_one,
    a_desktop_without_a_jar_uses_the_header,
    an_elevation_that_lasts,
    the_phone_gets_none,
    before_it_is_completed_there_is_none,
    someone_else_gives_none,
    another_session_gets_none,
    it_is_of_no_use_in_another_session,
    without_a_refusal_there_is_none,
];

/// A desktop that was refused this, and goes on with a phone.
async fn refused(lab: &Lab, client: Client, ask: Ask) -> Offered {
    let phone = lab.client(client.protocol, Carrier::Cookies);
    let mut payer = Payer::new(lab, client);
    refusal::expect(&payer.send(ask).await, &["step_up_required"]);
    let answer = payer.send(open()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let Payer { client: desktop, passkey } = payer;
    // The phone is not signed in: only the orchestrator knows whose passkey it has.
    lab.orchestrator.owns(&passkey.id_text(), json!({ "external_user_id": USER }));
    Offered { desktop, phone, passkey, offer: answer.json(), answer }
}

/// The person takes over on the phone, and this is what the live match says. The answer to the finish there.
async fn decided(lab: &Lab, offered: &mut Offered, verdict: &str) -> Answer {
    let mut stage = offered.taken().await;
    lab.orchestrator.decide(stage.begun.session(), verdict);
    let answer = stage.finish().await;
    offered.phone = stage.client;
    answer
}

async fn completed(lab: &Lab, client: Client, ask: Ask) -> Offered {
    let mut offered = refused(lab, client, ask).await;
    assert_eq!(decided(lab, &mut offered, "matched").await.status, 200);
    offered
}

async fn the_phone_shows_what_was_refused(lab: &Lab, client: Client) {
    let mut offered = refused(lab, client, pay(&large())).await;
    let opened = lab.orchestrator.calls_of(Operation::OpenCrossPlatform);
    let bound = r#"{"/amount":1500,"/currency":"EUR","/payee":"DE02120300000000202051"}"#;
    let display = "Pay 1500 EUR to DE02120300000000202051";
    assert_eq!(
        opened[0].body,
        json!({
            "external_user_id": USER,
            "transaction": { "hash": base64url(sha256(bound)), "display": display },
        })
    );
    let stage = offered.taken().await;
    let step_up = &stage.begun.options["stepUp"];
    assert_eq!(step_up["display"], display);
    assert_eq!(step_up["flow"], "cross_platform");
    assert_eq!(step_up["rule"], "payment");
    assert_eq!(step_up["acr"], ACR);
    assert_eq!(step_up["handoff"], offered.offer["id"]);
    assert!(step_up["startedAt"].is_string(), "{step_up}");
}

async fn the_desktop_gets_the_elevation(lab: &Lab, client: Client) {
    let mut offered = completed(lab, client, pay(&large())).await;
    let answer = offered.follow().await;
    assert_eq!(answer.json()["status"], "completed");
    let elevation = answer.header("countersign-evidence");
    assert_eq!(answer.json()["evidence"], elevation);
    let said = payload(elevation);
    assert_eq!((&said["t"], &said["acr"]), (&json!("elevation"), &json!(ACR)));
    let cookies = answer.header_values("set-cookie");
    assert!(cookies.iter().any(|cookie| cookie.contains(elevation) && cookie.starts_with("__Host-cs-e-")));
    assert_eq!(answer.header("cache-control"), "no-store");
    let paid = offered.desktop.send(pay(&large())).await.expect("an answer");
    assert_eq!(paid.status, 200, "{}", paid.text());
    let seen = lab.arrived(PAYMENTS).await;
    assert_eq!(seen.len(), 1);
    if lab.setup.headers_can_wait {
        assert!(seen[0].header("countersign").contains("rule=\"payment\""), "{:?}", seen[0]);
    }
    refusal::expect(&offered.desktop.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
}

async fn it_is_always_the_same_one(lab: &Lab, client: Client) {
    let mut offered = completed(lab, client, pay(&large())).await;
    let mut elevations = Vec::new();
    for _ in 0..3 {
        elevations.push(offered.follow().await.header("countersign-evidence").to_owned());
    }
    elevations.dedup();
    assert_eq!(elevations.len(), 1, "{elevations:?}");
    assert_eq!(offered.desktop.send(pay(&large())).await.expect("an answer").status, 200);
    let again = offered.follow().await;
    assert_eq!(again.header("countersign-evidence"), elevations[0]);
    refusal::expect(&offered.desktop.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn a_desktop_without_a_jar_uses_the_header(lab: &Lab, client: Client) {
    let client = Client { carrier: Carrier::Header, ..client };
    let mut offered = completed(lab, client, pay(&large())).await;
    // What came last is the hand-off's evidence; then, with the status, the elevation.
    offered.follow().await;
    assert_eq!(offered.desktop.send(pay(&large())).await.expect("an answer").status, 200);
}

async fn an_elevation_that_lasts(lab: &Lab, client: Client) {
    let mut offered = completed(lab, client, delete_card()).await;
    let opened = lab.orchestrator.calls_of(Operation::OpenCrossPlatform);
    assert_eq!(opened[0].body, json!({ "external_user_id": USER }), "nothing to show");
    offered.follow().await;
    for _ in 0..3 {
        assert_eq!(offered.desktop.send(delete_card()).await.expect("an answer").status, 200);
    }
    assert_eq!(lab.arrived(CARD).await.len(), 3);
    assert!(lab.orchestrator.calls_of(Operation::ConsumeElevation).is_empty());
}

async fn the_phone_gets_none(lab: &Lab, client: Client) {
    let mut offered = refused(lab, client, pay(&large())).await;
    let answer = decided(lab, &mut offered, "matched").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("countersign-evidence"), "");
    let cookies = offered.phone.evidence_cookies();
    assert!(cookies.iter().all(|(name, _)| !name.starts_with("__Host-cs-e-")), "{cookies:?}");
    refusal::expect(&offered.phone.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

fn expect_none(answer: &Answer) {
    assert_eq!(answer.json()["evidence"], Value::Null, "{}", answer.text());
    assert_eq!(answer.header("countersign-evidence"), "");
    assert!(answer.header_values("set-cookie").is_empty(), "{:?}", answer.headers);
}

async fn before_it_is_completed_there_is_none(lab: &Lab, client: Client) {
    let mut offered = refused(lab, client, pay(&large())).await;
    expect_none(&offered.follow().await);
    let stage = offered.taken().await;
    expect_none(&offered.follow().await);
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let answer = offered.follow().await;
    assert_eq!(answer.json()["status"], "matched");
    expect_none(&answer);
    refusal::expect(&offered.desktop.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
}

async fn someone_else_gives_none(lab: &Lab, client: Client) {
    let mut offered = refused(lab, client, pay(&large())).await;
    refusal::expect(&decided(lab, &mut offered, "not_matched").await, &["biometric_mismatch"]);
    let answer = offered.follow().await;
    assert_eq!(answer.json()["status"], "not_matched");
    expect_none(&answer);
}

async fn another_session_gets_none(lab: &Lab, client: Client) {
    let offered = completed(lab, client, pay(&large())).await;
    let mut thief = offered.desktop.clone();
    thief.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    refusal::expect(&thief.send(offered.status()).await.expect("an answer"), &["ceremony_unknown"]);
    let mut phone = offered.phone.clone();
    refusal::expect(&phone.send(offered.status()).await.expect("an answer"), &["ceremony_unknown"]);
}

async fn it_is_of_no_use_in_another_session(lab: &Lab, client: Client) {
    let mut offered = completed(lab, client, pay(&large())).await;
    offered.follow().await;
    let mut thief = offered.desktop.clone();
    thief.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    refusal::expect(&thief.send(pay(&large())).await.expect("an answer"), &["elevation_mismatch"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

async fn without_a_refusal_there_is_none(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    assert_eq!(decided(lab, &mut offered, "matched").await.status, 200);
    let answer = offered.follow().await;
    assert_eq!(answer.json()["status"], "completed");
    expect_none(&answer);
    refusal::expect(&offered.desktop.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
}
