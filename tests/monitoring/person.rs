//! Somebody with an account at the demo's bank, a passkey, and a face.

use std::net::{Ipv4Addr, SocketAddr};

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::encoding::{base64url, random};
use countersign_tests::handoff;
use countersign_tests::plugin::RECOVERY;
use countersign_tests::stack::{Face, capture_url};
use serde_json::{Value, json};

const RP_ID: &str = "localhost";

/// Where the demo is.
pub(crate) struct Site {
    pub(crate) gateway: SocketAddr,
    pub(crate) authority: String,
    pub(crate) origin: String,
    simulator: SocketAddr,
}

impl Site {
    pub(crate) fn new(gateway: u16, simulator: u16) -> Self {
        let authority = format!("localhost:{gateway}");
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            gateway: at(gateway),
            origin: format!("http://{authority}"),
            authority,
            simulator: at(simulator),
        }
    }

    /// Shows a face on the capture page that an answer names.
    pub(crate) async fn present(&self, answer: &Value, face: Face) {
        let url = capture_url(answer);
        let (_, path) = url.split_once("//").and_then(|(_, rest)| rest.split_once('/')).expect("a page");
        face.at(self.simulator, &format!("http://{}/{path}", self.simulator)).await;
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.gateway, &self.authority)
    }
}

pub(crate) struct Person {
    pub(crate) client: Client,
    passkey: Passkey,
    origin: String,
    account: Value,
}

impl Person {
    /// Who has no account.
    pub(crate) fn nobody(site: &Site) -> Self {
        let origin = site.origin.clone();
        Self { client: site.client(), passkey: Passkey::new("nobody"), origin, account: Value::Null }
    }

    pub(crate) async fn with_account(site: &Site) -> Self {
        let mut person = Self::nobody(site);
        let name = format!("Ada {}", base64url(random::<9>()));
        let opened = person.send(Ask::post("/account", &json!({ "name": name }))).await;
        assert_eq!(opened.status, 201, "{}", opened.text());
        person.account = opened.json();
        person.account["name"] = json!(name);
        person.passkey = Passkey::new(person.account["id"].as_str().expect("an id"));
        person
    }

    /// The same with a passkey, enrolled with their own face.
    pub(crate) async fn enrolled(site: &Site) -> Self {
        let mut person = Self::with_account(site).await;
        let begun = person.begins(Ceremony::Registration.begin()).await;
        site.present(&begun.options, Face::Mine).await;
        let answer = person.finishes(Ceremony::Registration, &begun).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        person
    }

    pub(crate) async fn send(&mut self, ask: Ask) -> Answer {
        self.client.send(ask).await.expect("an answer")
    }

    pub(crate) async fn begins(&mut self, ask: Ask) -> Begun {
        Begun::by(&mut self.client, ask).await.expect("options")
    }

    pub(crate) async fn finishes(&mut self, ceremony: Ceremony, begun: &Begun) -> Answer {
        let (passkey, challenge) = (&self.passkey, begun.challenge());
        let credential = match ceremony {
            Ceremony::Registration => passkey.attestation(&passkey.create(challenge, &self.origin, RP_ID)),
            Ceremony::Authentication => passkey.assertion(&passkey.get(challenge, &self.origin, RP_ID)),
        };
        self.send(ceremony.finish(&credential)).await
    }

    pub(crate) fn forgets_everything(&mut self) {
        self.client.cookies.clear();
    }

    /// Opens a hand-off.
    pub(crate) async fn offers(&mut self) -> Value {
        let answer = self.send(handoff::open()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// What a phone sends that has read the code, and was told this number.
    pub(crate) fn takes(offer: &Value, number: &str) -> Ask {
        handoff::consume(offer["token"].as_str().expect("a token"), number)
    }

    /// Their phone: the passkey is there too, and nobody is signed in.
    pub(crate) fn phone(&self, site: &Site) -> Self {
        let account = self.account.clone();
        Self { client: site.client(), passkey: self.passkey.clone(), origin: self.origin.clone(), account }
    }

    /// A device on which there is nothing yet.
    pub(crate) fn on_a_new_device(&self, site: &Site) -> Self {
        let id = self.account["id"].as_str().expect("an id");
        Self { passkey: Passkey::new(id), ..self.phone(site) }
    }

    pub(crate) fn recovers(&self) -> Ask {
        let (name, code) = (&self.account["name"], &self.account["recoveryCode"]);
        Ask::post(RECOVERY, &json!({ "name": name, "code": code }))
    }
}
