//! `enforcement: observe`: a form is read as a form, and goes on as it came.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::table;

use super::sign_in::{HARMLESS, LOGIN, OPTIONS, RISKY, encoded, post, user};

pub(crate) const ROWS: &[Row] = table![
    a_begin_is_decided_by_its_fields,
    a_malformed_begin_is_counted_and_goes_on,
    a_finish_is_read_as_a_form,
    a_malformed_finish_is_counted_and_goes_on,
];

/// Sends it, and expects that it arrives as it is and is counted as this decision.
async fn expect(lab: &Lab, client: &mut Client, ask: Ask, decision: &str) {
    let counter = format!("wasmcustom.countersign.decision.{decision}");
    let before = lab.envoy.stat(&counter).await;
    let (path, body) = (ask.path.clone(), ask.body.clone().unwrap_or_default());
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    let seen = lab.relying_party.seen_at(&path).pop().expect("it arrived");
    assert!(seen.complete && seen.body == body, "{}", String::from_utf8_lossy(&seen.body));
    lab.envoy.grown(&counter, before).await;
}

async fn a_begin_is_decided_by_its_fields(lab: &Lab, mut client: Client) {
    user(lab, &mut client);
    expect(lab, &mut client, post(OPTIONS, HARMLESS), "routine.none.would_offered").await;
    expect(lab, &mut client, post(OPTIONS, RISKY), "step_up.risky-sign-in.would_step_up_required").await;
}

async fn a_malformed_begin_is_counted_and_goes_on(lab: &Lab, mut client: Client) {
    user(lab, &mut client);
    let malformed = "none.none.would_malformed_request";
    expect(lab, &mut client, post(OPTIONS, "amount=5&amount=5000"), malformed).await;
    let json = Ask::post_bytes(OPTIONS, r#"{"amount":5}"#).header("content-type", "application/json");
    expect(lab, &mut client, json, malformed).await;
    expect(lab, &mut client, Ask { body: None, ..post(OPTIONS, "") }.without("content-type"), malformed)
        .await;
}

async fn a_finish_is_read_as_a_form(lab: &Lab, mut client: Client) {
    let passkey = user(lab, &mut client);
    let credential = Ceremony::Authentication.credential(&passkey, "AAECAwQFBgcICQoLDA0ODw");
    let form = format!("csrf=a%2bb&passkey_login={}", encoded(&credential.to_string()));
    expect(lab, &mut client, post(LOGIN, &form), "none.none.would_seen").await;
}

async fn a_malformed_finish_is_counted_and_goes_on(lab: &Lab, mut client: Client) {
    expect(lab, &mut client, post(LOGIN, "passkey_login=%7B%7D"), "none.none.would_malformed_credential")
        .await;
    let json = Ask::post_bytes(LOGIN, "{}").header("content-type", "application/json");
    expect(lab, &mut client, json, "none.none.would_unsupported_media_type").await;
}
