//! A ceremony as a client sees it: begin, let the passkey answer, finish.

use serde_json::Value;

use crate::authenticator::Passkey;
use crate::client::{Answer, Ask, Broken, Client};
use crate::plugin::{ORIGIN, RISK_HEADER, RISKY, RP_ID};

/// Registration or authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// `navigator.credentials.create`.
    Registration,
    /// `navigator.credentials.get`.
    Authentication,
}

impl Ceremony {
    /// Where the `simplewebauthn` profile has its begin.
    pub fn begin_path(self) -> &'static str {
        match self {
            Self::Registration => "/generate-registration-options",
            Self::Authentication => "/generate-authentication-options",
        }
    }

    /// Where it has its finish.
    pub fn finish_path(self) -> &'static str {
        match self {
            Self::Registration => "/verify-registration",
            Self::Authentication => "/verify-authentication",
        }
    }

    /// The request that asks for options.
    pub fn begin(self) -> Ask {
        Ask::get(self.begin_path())
    }

    /// The request that brings the credential.
    pub fn finish(self, credential: &Value) -> Ask {
        Ask::post(self.finish_path(), credential)
    }

    /// What an honest browser and this passkey answer to a challenge.
    pub fn credential(self, passkey: &Passkey, challenge: &str) -> Value {
        match self {
            Self::Registration => passkey.attestation(&passkey.create(challenge, ORIGIN, RP_ID)),
            Self::Authentication => passkey.assertion(&passkey.get(challenge, ORIGIN, RP_ID)),
        }
    }
}

/// A begin request that the rule `risky-sign-in` applies to.
pub fn risky(ask: Ask) -> Ask {
    ask.header(RISK_HEADER, RISKY)
}

/// Options that left the gateway.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The whole answer.
    pub answer: Answer,
    /// Its body.
    pub options: Value,
}

impl Begun {
    /// Sends a begin request and expects options.
    ///
    /// # Errors
    /// [`Broken`] as [`Client::send`].
    pub async fn by(client: &mut Client, ask: Ask) -> Result<Self, Broken> {
        let answer = client.send(ask).await?;
        assert_eq!(answer.status, 200, "begin: {}", answer.text());
        Ok(Self { options: answer.json(), answer })
    }

    /// The challenge, as text.
    pub fn challenge(&self) -> &str {
        self.options["challenge"].as_str().expect("a challenge in the options")
    }

    /// The orchestrator's session in `stepUp`.
    pub fn session(&self) -> &str {
        self.options["stepUp"]["session"].as_str().expect("a session in stepUp")
    }
}
