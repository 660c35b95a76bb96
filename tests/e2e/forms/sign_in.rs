//! The sign-in: options for a form, a finish by another.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Client};
use countersign_tests::encoding::{base64url, random};
use countersign_tests::lab::{Lab, Plan};
use countersign_tests::plugin::{RECOVERY, RP_ID};
use countersign_tests::relying_party::{Reply, SESSION_COOKIE, Seen};
use countersign_tests::stage::USER;
use serde_json::json;

pub(crate) const OPTIONS: &str = "/login/options";
pub(crate) const LOGIN: &str = "/login";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A begin to which the rule applies, and one to which it does not.
pub(crate) const RISKY: &str = "currency=EUR&amount=1500.50";
pub(crate) const HARMLESS: &str = "currency=EUR&amount=5";

/// The tables' configuration with a sign-in by forms, guarded from an amount on.
pub(crate) fn plan(enforcement: &'static str) -> Plan {
    Plan::with(|plugin| {
        plugin["enforcement"] = json!(enforcement);
        plugin["relying_parties"]["bank"]["ceremonies"] = json!({
            "profile": "simplewebauthn",
            "endpoints": [
                { "leg": "recovery", "method": "POST", "path": RECOVERY, "user": "/user/id" },
                { "leg": "authentication_begin", "method": "POST", "path": OPTIONS, "content": "form" },
                {
                    "leg": "authentication_finish", "method": "POST", "path": LOGIN, "content": "form",
                    "credential": { "text": "/passkey_login", "then": "" },
                },
            ],
        });
        // The tables' rule about recovery has nothing to be about here.
        plugin["rules"].as_array_mut().expect("rules").retain(|rule| rule["ceremony"] != "recovery");
        plugin["rules"][1]["when"] = json!({ "body": "/amount", "greater_than": 1000 });
    })
}

/// A user who has sent the first form.
pub(crate) struct SignIn {
    pub(crate) client: Client,
    pub(crate) begun: Begun,
    passkey: Passkey,
}

impl SignIn {
    pub(crate) async fn begin(lab: &Lab, mut client: Client, form: &str) -> Self {
        let passkey = user(lab, &mut client);
        let begun = Begun::by(&mut client, post(OPTIONS, form)).await.expect("an answer to begin");
        Self { client, begun, passkey }
    }

    /// A guarded one whose user has been matched.
    pub(crate) async fn matched(lab: &Lab, client: Client) -> Self {
        let sign_in = Self::begin(lab, client, RISKY).await;
        lab.orchestrator.decide(sign_in.begun.session(), "matched");
        sign_in
    }

    /// The credential's JSON.
    pub(crate) fn credential(&self) -> String {
        Ceremony::Authentication.credential(&self.passkey, self.begun.challenge()).to_string()
    }

    /// What an honest page posts.
    pub(crate) fn form(&self) -> String {
        format!("csrf_token=a%2Bb&passkey_login={}&method=passkey", encoded(&self.credential()))
    }
}

/// A signed-in user with a passkey, and options that are ready for them.
pub(crate) fn user(lab: &Lab, client: &mut Client) -> Passkey {
    let passkey = Passkey::new(USER);
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let options = json!({
        "rpId": RP_ID,
        "challenge": base64url(random::<32>()),
        "allowCredentials": [{ "id": passkey.id_text(), "type": "public-key" }],
        "userVerification": "preferred",
    });
    lab.relying_party.answers(&format!("POST {OPTIONS}"), Reply::json(200, &options));
    passkey
}

pub(crate) fn post(path: &str, form: &str) -> Ask {
    Ask::post_bytes(path, form.to_owned()).header("content-type", FORM)
}

/// As the URL Standard's serialiser writes it.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The finishes that have reached the relying party.
pub(crate) async fn finishes(lab: &Lab) -> Vec<Seen> {
    lab.fence().await;
    lab.relying_party.seen_at(LOGIN)
}

/// Asserts that nothing of a credential has come through; where headers cannot wait, a head at the most.
pub(crate) async fn expect_untouched(lab: &Lab) {
    for seen in finishes(lab).await {
        assert!(!lab.setup.headers_can_wait, "the relying party saw a finish");
        assert!(seen.body.is_empty() && !seen.complete, "the relying party saw a body");
    }
}
