//! A recovery set up to the point where a test does something with it.

use serde_json::{Value, json};

use crate::authenticator::Passkey;
use crate::ceremony::{Begun, Ceremony};
use crate::client::{Answer, Ask, Client};
use crate::lab::Lab;
use crate::plugin::RECOVERY;
use crate::relying_party::{Reply, SESSION_COOKIE};
use crate::stage::{Stage, USER};

/// The header in which a client brings what its capture library gave it.
pub const CONTINUATION: &str = "countersign-continuation";

/// A user whom the relying party has identified by its own means, and who shows their face next.
#[derive(Clone)]
pub struct Recovering {
    /// Their client, with a session that the recovery route began.
    pub client: Client,
    /// The passkey that is to replace the lost one.
    pub passkey: Passkey,
    /// The answer of the recovery route.
    pub answer: Answer,
    /// Its body.
    pub body: Value,
}

impl Recovering {
    /// The relying party has found out that this is the user of most rows.
    pub async fn of(lab: &Lab, client: Client) -> Self {
        identifies(lab);
        Self::after(start(), client, Passkey::new(USER)).await
    }

    /// After this request to the recovery route.
    pub async fn after(start: Ask, mut client: Client, passkey: Passkey) -> Self {
        let answer = client.send(start).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self { client, passkey, body: answer.json(), answer }
    }

    /// The same after the live match, which went so.
    pub async fn decided(lab: &Lab, client: Client, verdict: &str) -> Self {
        let recovering = Self::of(lab, client).await;
        lab.orchestrator.decide(recovering.session(), verdict);
        recovering
    }

    /// The orchestrator's session.
    pub fn session(&self) -> &str {
        self.body["stepUp"]["session"].as_str().unwrap_or_else(|| panic!("no session in {}", self.body))
    }

    /// What the capture library gives the client to go on with.
    pub fn continuation(&self) -> &str {
        let continuation = self.body["stepUp"]["client"]["continuation"].as_str();
        continuation.unwrap_or_else(|| panic!("no continuation in {}", self.body))
    }

    /// The request for the options of the replacement.
    pub fn begin(&self) -> Ask {
        Ceremony::Registration.begin().header(CONTINUATION, self.continuation())
    }

    /// The options are waiting for an answer.
    pub async fn replacing(mut self) -> Stage {
        let begin = self.begin();
        let begun = Begun::by(&mut self.client, begin).await.expect("an answer");
        Stage { ceremony: Ceremony::Registration, client: self.client, passkey: self.passkey, begun }
    }
}

/// From now on the recovery route answers that it is the user of most rows, and begins a session for them.
pub fn identifies(lab: &Lab) {
    let session = lab.relying_party.session(Some(USER));
    let answer = json!({ "user": { "id": USER }, "sent": ["mail"] });
    let reply = Reply::json(200, &answer)
        .header("set-cookie", &format!("{SESSION_COOKIE}={session}; Path=/; HttpOnly"));
    lab.relying_party.answers(&format!("POST {RECOVERY}"), reply);
}

/// The request to the recovery route: what identifies somebody is the relying party's own business.
pub fn start() -> Ask {
    Ask::post(RECOVERY, &json!({ "code": "514 223" }))
}
