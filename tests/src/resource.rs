//! Routes that rules guard, and a customer who gets through with a step-up.

use hyper::Method;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use crate::authenticator::Passkey;
use crate::ceremony::{Begun, Ceremony};
use crate::client::{Answer, Ask, Carrier, Client};
use crate::lab::{Lab, Plan};
use crate::refusal;
use crate::relying_party::{SESSION_COOKIE, Seen};
use crate::stage::{Stage, USER};

/// Where money leaves: guarded above 1000 EUR, for one transaction at a time.
pub const PAYMENTS: &str = "/api/payments";
/// The same for another account, whatever the amount; by `POST` and `PUT`.
pub const TRANSFERS: &str = "/api/accounts/7/transfers";
/// What must not be deleted without a step-up in the last minutes.
pub const CARD: &str = "/api/cards/4711";
/// What must not be put without a step-up in the last [`LIMITS_MAX_AGE`] seconds.
pub const LIMITS: &str = "/api/limits";
/// Long enough to pass once, short enough to wait for its end.
pub const LIMITS_MAX_AGE: u64 = 3;
/// The level of every rule here.
pub const ACR: &str = "urn:countersign:acr:biometric";

/// Adds the rules on these routes to a configuration.
pub fn guard(plugin: &mut Value) {
    plugin["rules"].as_array_mut().expect("rules").extend(rules());
}

fn rules() -> Vec<Value> {
    let step_up = |id: &str, resource: Value, more: Value| {
        let mut rule =
            json!({ "id": id, "relying_party": "bank", "resource": resource, "require": "step_up" });
        let members = rule.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        rule
    };
    vec![
        step_up(
            "payment",
            json!({ "methods": ["POST"], "path": PAYMENTS }),
            json!({
                "when": { "all": [
                    { "body": "/amount", "greater_than": 1000 }, { "body": "/currency", "equals": "EUR" },
                ] },
                "max_age": "2m",
                "acr": ACR,
                "transaction": {
                    "members": ["/amount", "/currency", "/payee"],
                    "display": "Pay {/amount} {/currency} to {/payee}",
                },
            }),
        ),
        step_up(
            "transfer",
            json!({ "methods": ["POST", "PUT"], "path": "/api/accounts/{account}/transfers" }),
            json!({ "transaction": {
                "members": ["/amount", "/payee/iban"], "display": "Transfer {/amount} to {/payee/iban}",
            } }),
        ),
        step_up("card", json!({ "methods": ["DELETE"], "path": "/api/cards/{id}" }), json!({})),
        step_up(
            "limit",
            json!({ "methods": ["PUT"], "path": LIMITS }),
            json!({ "max_age": format!("{LIMITS_MAX_AGE}s") }),
        ),
    ]
}

/// The tests' configuration with these rules besides. Where headers cannot wait, the status alone says how a finish
/// went: an elevation could not be withheld for longer.
pub fn plan(waits: bool) -> Plan {
    let change = |plugin: &mut Value| {
        guard(plugin);
        if !waits {
            let endpoints = plugin["relying_parties"]["bank"]["ceremonies"]["endpoints"].as_array_mut();
            endpoints.expect("endpoints").push(json!({
                "leg": "authentication_finish",
                "method": "POST",
                "path": Ceremony::Authentication.finish_path(),
                "accepted": { "status": [200] },
            }));
        }
    };
    Plan::with(change).headers_can_wait(waits)
}

/// A payment to which the rule applies.
pub fn large() -> Value {
    json!({ "amount": 1500, "currency": "EUR", "payee": "DE02120300000000202051" })
}

/// The request that makes a payment.
pub fn pay(payment: &Value) -> Ask {
    Ask::post(PAYMENTS, payment)
}

/// The same, written in just this way.
pub fn pay_text(text: impl Into<Vec<u8>>) -> Ask {
    Ask { body: Some(text.into().into()), ..pay(&Value::Null) }
}

/// A transfer to which the rule applies.
pub fn transfer() -> Ask {
    Ask::post(TRANSFERS, &json!({ "amount": 20, "payee": { "iban": "DE1", "name": "Ann" } }))
}

/// The request that deletes the card.
pub fn delete_card() -> Ask {
    Ask::new(Method::DELETE, CARD)
}

/// Somebody who is signed in and has a passkey.
#[derive(Clone)]
pub struct Payer {
    /// Their client.
    pub client: Client,
    /// Their passkey.
    pub passkey: Passkey,
}

impl Payer {
    /// The user of most rows.
    pub fn new(lab: &Lab, client: Client) -> Self {
        Self::called(USER, lab, client)
    }

    /// Somebody else.
    pub fn called(user: &str, lab: &Lab, mut client: Client) -> Self {
        let passkey = Passkey::new(user);
        lab.relying_party.knows(user, &passkey.id_text());
        client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(user)));
        Self { client, passkey }
    }

    /// Who has stepped up for this request, and not sent it again yet.
    pub async fn elevated(lab: &Lab, client: Client, ask: Ask) -> Self {
        let mut payer = Self::new(lab, client);
        payer.elevate(lab, ask).await;
        payer
    }

    /// Sends a request and expects an answer, whatever it is.
    pub async fn send(&mut self, ask: Ask) -> Answer {
        self.client.send(ask).await.expect("an answer")
    }

    /// Is refused, and steps up.
    pub async fn elevate(&mut self, lab: &Lab, ask: Ask) {
        refusal::expect(&self.send(ask).await, &["step_up_required"]);
        let finished = self.step_up(lab, "matched").await;
        assert_eq!(finished.status, 200, "{}", finished.text());
    }

    /// Begins the ceremony that the last refusal asks for.
    pub async fn begin(&mut self) -> Stage {
        let begun = Begun::by(&mut self.client, Ceremony::Authentication.begin()).await.expect("an answer");
        Stage {
            ceremony: Ceremony::Authentication,
            client: self.client.clone(),
            passkey: self.passkey.clone(),
            begun,
        }
    }

    /// Goes through it, to the answer to the finish; this is what the live match says.
    pub async fn step_up(&mut self, lab: &Lab, verdict: &str) -> Answer {
        let mut stage = self.begin().await;
        lab.orchestrator.decide(stage.begun.session(), verdict);
        let answer = stage.finish().await;
        self.client = stage.client;
        answer
    }

    /// The elevation that the client holds, or else the evidence that came last.
    pub fn elevation(&self) -> &str {
        let cookies = self.client.evidence_cookies();
        let cookie = cookies.iter().find(|(name, _)| name.starts_with("__Host-cs-e-"));
        let header = self.client.evidence.last().filter(|_| self.client.carrier == Carrier::Header);
        cookie.map(|(_, value)| *value).or(header).expect("an elevation")
    }
}

impl Ask {
    /// With these elevations in a header, whatever else the client carries.
    #[must_use]
    pub fn showing(mut self, elevations: &[&str]) -> Self {
        let value = HeaderValue::from_str(&elevations.join(", ")).expect("a header value");
        self.headers.push(("countersign-evidence".parse().expect("a name"), value));
        self
    }
}

impl Lab {
    /// The requests to this path that reached the relying party, now that everything sent before has arrived.
    ///
    /// Where headers can wait, nothing of any other did. Otherwise Envoy may have sent the head of one that was then
    /// refused: never its body to the end.
    pub async fn arrived(&self, path: &str) -> Vec<Seen> {
        self.fence().await;
        let seen = self.relying_party.seen_at(path);
        let (whole, cut): (Vec<_>, Vec<_>) = seen.into_iter().partition(|seen| seen.complete);
        assert!(cut.is_empty() || !self.setup.headers_can_wait, "a part of a request: {cut:?}");
        assert!(cut.iter().all(|seen| seen.body.is_empty()), "a part of a body: {cut:?}");
        whole
    }
}
