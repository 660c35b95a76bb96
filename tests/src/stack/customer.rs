//! Somebody with an account at the bank, a device, and a face.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{Face, Stack};
use crate::authenticator::Passkey;
use crate::ceremony::{Begun, Ceremony, risky};
use crate::client::{Answer, Ask, Client};
use crate::encoding::{base64url, random};
use crate::plugin::RECOVERY;

/// A customer and what they hold.
#[derive(Clone)]
pub struct Customer {
    /// Their client, with the bank's session and the gateway's evidence.
    pub client: Client,
    /// Their passkey, registered or not.
    pub passkey: Passkey,
    name: String,
    recovery_code: String,
}

impl Customer {
    /// Opens an account; the passkey is not registered yet.
    pub async fn new(mut client: Client) -> Self {
        let name = format!("Ada {}", base64url(random::<9>()));
        let ask = Ask::post("/account", &json!({ "name": name }));
        let opened = client.send(ask).await.expect("an answer");
        assert_eq!(opened.status, 201, "{}", opened.text());
        let account = opened.json();
        let told = |member: &str| account[member].as_str().expect("a text").to_owned();
        Self { client, passkey: Passkey::new(told("id")), name, recovery_code: told("recoveryCode") }
    }

    /// The same after an enrolment with their own face.
    pub async fn enrolled(stack: &Stack, client: Client) -> Self {
        let mut customer = Self::new(client).await;
        let begun = customer.begins(Ceremony::Registration.begin()).await;
        stack.present(&capture_url(&begun.options), Face::Mine).await;
        let enrolled = customer.finishes(Ceremony::Registration, &begun).await;
        assert_eq!(enrolled.status, 200, "{}", enrolled.text());
        customer
    }

    /// The same customer, from now on at another gateway.
    #[must_use]
    pub fn at(mut self, gateway: SocketAddr) -> Self {
        self.client = self.client.at(gateway);
        self
    }

    /// Asks for options.
    pub async fn begins(&mut self, ask: Ask) -> Begun {
        Begun::by(&mut self.client, ask).await.expect("options")
    }

    /// Asks for the options of a sign-in that the risk engine does not like.
    pub async fn begins_a_risky_sign_in(&mut self) -> Begun {
        self.begins(risky(Ceremony::Authentication.begin())).await
    }

    /// Lets the passkey answer and sends that.
    pub async fn finishes(&mut self, ceremony: Ceremony, begun: &Begun) -> Answer {
        let credential = ceremony.credential(&self.passkey, begun.challenge());
        self.client.send(ceremony.finish(&credential)).await.expect("an answer to the finish")
    }

    /// Goes on in a browser that knows nobody yet.
    pub fn forgets_everything(&mut self) {
        self.client.cookies.clear();
        self.client.evidence.clear();
    }

    /// The request of who has lost the passkey, and kept the code that the bank gave with the account.
    pub fn recovers(&self) -> Ask {
        Ask::post(RECOVERY, &json!({ "name": self.name, "code": self.recovery_code }))
    }

    /// What the bank says about who this is: `null` members when nobody is signed in.
    pub async fn me(&mut self) -> Value {
        self.client.send(Ask::get("/me")).await.expect("an answer").json()
    }
}

/// The capture page that `stepUp` names, in options or in a refusal.
pub fn capture_url(answer: &Value) -> String {
    let url = answer["stepUp"]["client"]["captureUrl"].as_str();
    url.unwrap_or_else(|| panic!("no capture page: {answer}")).to_owned()
}
