//! A hand-off set up to the point where a test does something with it: a desktop that opened it, and a phone.

use hyper::Method;
use serde_json::{Value, json};

use crate::authenticator::Passkey;
use crate::ceremony::{Begun, Ceremony};
use crate::client::{Answer, Ask, Client};
use crate::encoding::{base64url, from_base64, from_base64url, hmac_sha256, unix_now};
use crate::lab::Lab;
use crate::plugin::HANDOFFS;
use crate::relying_party::SESSION_COOKIE;
use crate::stage::{Stage, USER};

/// A hand-off that was opened.
#[derive(Clone)]
pub struct Offered {
    /// Where the user is signed in.
    pub desktop: Client,
    /// Where the user has their passkey; nobody is signed in there, and the code is not read yet.
    pub phone: Client,
    /// It.
    pub passkey: Passkey,
    /// The answer that the desktop got.
    pub answer: Answer,
    /// Its body.
    pub offer: Value,
}

/// The request that opens one.
pub fn open() -> Ask {
    Ask::post(HANDOFFS, &json!({}))
}

/// The request that a phone makes of the code and the number.
pub fn consume(token: &str, number: &str) -> Ask {
    Ask::post(&format!("{HANDOFFS}/consume"), &json!({ "token": token, "number": number }))
}

impl Offered {
    /// By a client that is signed in from now on.
    pub async fn by(lab: &Lab, client: Client) -> Self {
        let phone = client.clone();
        let mut desktop = client;
        desktop.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
        let passkey = Passkey::new(USER);
        lab.relying_party.knows(USER, &passkey.id_text());
        lab.orchestrator.owns(&passkey.id_text(), json!({ "external_user_id": USER }));
        Self::between(desktop, phone, passkey).await
    }

    /// By this client, for that one.
    pub async fn between(mut desktop: Client, phone: Client, passkey: Passkey) -> Self {
        let answer = desktop.send(open()).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
        Self { desktop, phone, passkey, offer: answer.json(), answer }
    }

    /// A member of the offer that is text.
    pub fn told(&self, member: &str) -> &str {
        self.offer[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.offer))
    }

    /// What the phone sends when the person has read the right number.
    pub fn consume(&self) -> Ask {
        consume(self.told("token"), self.told("number"))
    }

    /// A number that is not the one.
    pub fn wrong_number(&self) -> String {
        let number: u8 = self.told("number").parse().expect("a number");
        format!("{:02}", (number + 1) % 100)
    }

    /// The phone takes over: its options are waiting for an answer.
    pub async fn taken(&mut self) -> Stage {
        let consume = self.consume();
        let begun = Begun::by(&mut self.phone, consume).await.expect("an answer");
        Stage {
            ceremony: Ceremony::Authentication,
            client: self.phone.clone(),
            passkey: self.passkey.clone(),
            begun,
        }
    }

    /// As if it had been opened so many seconds ago, and the desktop's evidence had so many left.
    pub fn age(&mut self, lab: &Lab, seconds: u64, left: u64) {
        let now = unix_now();
        let evidence = resealed(lab, self.told("evidence"), |payload| {
            payload["iat"] = json!(now - seconds);
            payload["exp"] = json!(now + left);
        });
        self.offer["evidence"] = json!(evidence);
        for (name, value) in &mut self.desktop.cookies {
            if name.starts_with("__Host-cs-h-") {
                value.clone_from(&evidence);
            }
        }
    }

    /// What the desktop asks again and again.
    pub fn status(&self) -> Ask {
        Ask::get(self.told("status"))
    }

    /// Who sends it gives the hand-off up.
    pub fn give_up(&self) -> Ask {
        Ask::new(Method::DELETE, self.told("status"))
    }

    /// The desktop asks how it is going, and expects to be told.
    pub async fn follow(&mut self) -> Answer {
        let status = self.status();
        let answer = self.desktop.send(status).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["id"], self.offer["id"]);
        answer
    }
}

/// Evidence of ours that says something else, sealed as a gateway of the lab's would have.
pub fn resealed(lab: &Lab, sealed: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut payload = payload(sealed);
    change(&mut payload);
    let key = sealed.split('.').nth(1).expect("the key's id");
    let text = format!("cs1.{key}.{}", base64url(payload.to_string()));
    let secret = from_base64(&lab.setup.environment["COUNTERSIGN_SEAL_KEY"]);
    let tag = hmac_sha256(secret, [b"countersign evidence 1\0", text.as_bytes()].concat());
    format!("{text}.{}", base64url(tag))
}

/// What a sealed text says to anybody who has it.
pub fn payload(sealed: &str) -> Value {
    let payload = sealed.split('.').nth(2).unwrap_or_else(|| panic!("not sealed by us: {sealed}"));
    serde_json::from_slice(&from_base64url(payload)).expect("a payload of JSON")
}
