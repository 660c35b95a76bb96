//! A ceremony that no rule applies to.

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::relying_party::Reply;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    the_orchestrator_is_asked_nothing,
    options_leave_unchanged,
    evidence_leaves_and_is_not_forwarded,
    a_user_nobody_knows_may_sign_in,
];

async fn the_orchestrator_is_asked_nothing(lab: &Lab, client: Client) {
    let mut stage = Stage::routine(lab, client).await;
    let credential = stage.credential();
    let answer = stage.send(stage.ceremony.finish(&credential)).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    let finishes = lab.finishes();
    assert_eq!(finishes.len(), 1);
    assert!(finishes[0].complete);
    assert_eq!(finishes[0].json(), credential);
    assert_eq!(finishes[0].header("countersign"), "", "only a guarded request says what was checked");
    assert!(lab.orchestrator.calls().is_empty(), "{:?}", lab.journal.steps());
}

async fn options_leave_unchanged(lab: &Lab, mut client: Client) {
    let options = json!({
        "rpId": "bank.example", "challenge": "AAECAwQFBgcICQoLDA0ODw", "timeout": 1234,
        "userVerification": "discouraged", "allowCredentials": [], "extensions": { "x": [1, 2.5, null, "ä"] },
    });
    lab.relying_party.answers("GET /generate-authentication-options", Reply::json(200, &options));
    let begun = Begun::by(&mut client, Ceremony::Authentication.begin()).await.expect("an answer");
    assert_eq!(begun.options, options);
}

async fn evidence_leaves_and_is_not_forwarded(lab: &Lab, client: Client) {
    let mut stage = Stage::routine(lab, client).await;
    let header = stage.begun.answer.header("countersign-evidence").to_owned();
    assert!(header.starts_with("cs1.k1."), "{header}");
    let cookies = stage.client.evidence_cookies();
    assert_eq!(cookies.len(), 1);
    assert_eq!(cookies[0].1, &header, "cookie and header carry the same");
    stage.finish().await;
    let finish = &lab.finishes()[0];
    assert!(finish.cookie("connect.sid").is_some(), "other cookies are forwarded");
    assert_eq!(finish.cookies().len(), 1, "{:?}", finish.cookies());
    assert!(finish.headers.keys().all(|name| !name.as_str().starts_with("countersign")));
}

async fn a_user_nobody_knows_may_sign_in(lab: &Lab, mut client: Client) {
    let begun = Begun::by(&mut client, Ceremony::Authentication.begin()).await.expect("an answer");
    let passkey = countersign_tests::authenticator::Passkey::new("whoever");
    let credential = Ceremony::Authentication.credential(&passkey, begun.challenge());
    let answer = client.send(Ask::post("/verify-authentication", &credential)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(lab.finishes().len(), 1);
    assert!(lab.orchestrator.calls().is_empty());
}
