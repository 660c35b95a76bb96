//! `enforcement: observe`: decide, count and log; change, ask and refuse nothing.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony, risky};
use countersign_tests::client::{Ask, Client, Protocol};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::raw;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    options_leave_as_they_are,
    a_finish_arrives_byte_for_byte,
    nothing_is_refused,
    what_only_we_may_see_stays_hidden,
    it_stays_hidden_in_a_begin_that_would_have_been_refused,
    a_websocket_is_not_waited_for,
    our_own_endpoints_are_still_ours,
];

async fn options_leave_as_they_are(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let body = "{ \"challenge\":\"AAECAwQFBgcICQoLDA0ODw\",\"rpId\":\"bank.example\", \"userVerification\":\"discouraged\" }";
    lab.relying_party
        .answers("GET /generate-authentication-options", Reply::new(200, "application/json", body));
    let begun = Begun::by(&mut client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    assert_eq!(begun.answer.text(), body);
    assert!(lab.orchestrator.calls().is_empty());
}

async fn a_finish_arrives_byte_for_byte(lab: &Lab, mut client: Client) {
    let begun = Begun::by(&mut client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    let credential = Ceremony::Authentication.credential(&Passkey::new(USER), begun.challenge());
    let body = format!(" {} ", credential.to_string().replace(':', " : "));
    let ask =
        Ask::post_bytes("/verify-authentication", body.clone()).header("content-type", "application/json");
    assert_eq!(client.send(ask).await.expect("an answer").status, 200);
    assert_eq!(lab.finishes()[0].body, body.as_bytes());
    assert!(lab.orchestrator.calls().is_empty());
}

async fn nothing_is_refused(lab: &Lab, mut client: Client) {
    for (path, body) in [
        ("/verify-authentication", "not JSON"),
        ("/verify-authentication/", "{}"),
        ("/anything", "{\"clientDataJSON\":\"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0\"}"),
    ] {
        let ask = Ask::post_bytes(path, body).header("content-type", "text/plain");
        assert_eq!(client.send(ask).await.expect("an answer").status, 200, "{path}");
        assert_eq!(lab.relying_party.seen_at(path).last().expect("it arrived").body, body.as_bytes());
    }
}

async fn what_only_we_may_see_stays_hidden(lab: &Lab, mut client: Client) {
    lab.relying_party.edits("GET /generate-registration-options", |options| {
        options["prior_biometric"] = json!({ "encrypted_biometric_token": "prior-token" });
    });
    client.cookies.insert("__Host-cs-0".to_owned(), "cs1.k1.e30.AAAA".to_owned());
    let ask = Ceremony::Registration.begin().header("countersign", "verdict=matched");
    let ask = ask.header("accept-encoding", "gzip, br");
    let begun = Begun::by(&mut client, ask).await.expect("an answer");
    assert!(!begun.answer.text().contains("prior"), "{}", begun.answer.text());
    let seen = &lab.relying_party.seen_at("/generate-registration-options")[0];
    assert!(seen.headers.get("countersign").is_none() && seen.cookies().is_empty(), "{:?}", seen.headers);
    assert_eq!(seen.header("accept-encoding"), "identity", "what is compressed could not be taken out");
}

async fn it_stays_hidden_in_a_begin_that_would_have_been_refused(lab: &Lab, mut client: Client) {
    for ceremony in [Ceremony::Registration, Ceremony::Authentication] {
        lab.relying_party.edits(&format!("GET {}", ceremony.begin_path()), |options| {
            options["prior_biometric"] = json!("prior-token");
        });
        for ask in [
            ceremony.begin(),
            ceremony.begin().header("cookie", format!("{SESSION_COOKIE}=a; {SESSION_COOKIE}=b")),
            ceremony.begin().header("x-http-method-override", "PUT"),
        ] {
            let begun = Begun::by(&mut client, ask).await.expect("an answer");
            assert!(!begun.answer.text().contains("prior"), "{}", begun.answer.text());
        }
    }
}

/// What follows the handshake is no body, and has no end.
async fn a_websocket_is_not_waited_for(lab: &Lab, client: Client) {
    if client.protocol == Protocol::Http2 {
        return;
    }
    let mut plugin = lab.setup.plugin.clone().expect("a configuration");
    if lab.setup.headers_can_wait {
        plugin["rules"].as_array_mut().expect("rules").push(json!({
            "id": "feed", "relying_party": "bank", "resource": { "path": "/feed" }, "require": "step_up",
        }));
    }
    let envoy = Envoy::start(&Setup { upgrades: true, plugin: Some(plugin), ..lab.setup.clone() }).await;
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let handshake = raw::head(
        "GET /feed HTTP/1.1",
        &[
            header("host", &client.authority),
            header("connection", "upgrade"),
            header("upgrade", "websocket"),
            header("sec-websocket-version", "13"),
            header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ],
    );
    let answer = raw::exchange(envoy.address, &[handshake]).await.expect("an answer");
    assert_eq!(answer.status, 200, "the relying party does not speak WebSocket, and says so itself");
    assert_eq!(lab.relying_party.seen_at("/feed").len(), 1);
}

async fn our_own_endpoints_are_still_ours(lab: &Lab, mut client: Client) {
    let consume = json!({ "token": "cs1.k1.e30.AAAA", "number": "07" });
    for (ask, status) in [
        (Ask::post("/.countersign/handoffs", &json!({})), 403),
        (Ask::post("/.countersign/handoffs/consume", &consume), 403),
        (Ask::get("/.countersign/handoffs/hnd_1"), 403),
        (Ask::get("/.countersign/sessions/ses_1"), 403),
        (Ask::get("/.countersign/jwks"), 200),
    ] {
        let path = ask.path.clone();
        assert_eq!(client.send(ask).await.expect("an answer").status, status, "{path}");
        assert!(lab.relying_party.seen_at(&path).is_empty(), "{path}");
    }
    assert!(lab.orchestrator.calls().is_empty());
}
