//! A ceremony set up to the point where a test does something with its finish.

use serde_json::Value;

use crate::authenticator::Passkey;
use crate::ceremony::{Begun, Ceremony, risky};
use crate::client::{Answer, Ask, Broken, Client};
use crate::lab::Lab;
use crate::plugin::RECOVERY;
use crate::relying_party::SESSION_COOKIE;

/// The user of most rows: also the user handle of the passkey.
pub const USER: &str = "ann-f00d";

/// A user, their passkey and client, and options that are waiting for an answer.
#[derive(Clone)]
pub struct Stage {
    /// Which ceremony.
    pub ceremony: Ceremony,
    /// The user's client, holding session and evidence.
    pub client: Client,
    /// The user's passkey.
    pub passkey: Passkey,
    /// The options.
    pub begun: Begun,
}

impl Stage {
    /// A guarded sign-in of a user that the relying party knows.
    pub async fn step_up(lab: &Lab, client: Client) -> Self {
        Self::step_up_of(lab, client, USER).await
    }

    /// The same of another user.
    pub async fn step_up_of(lab: &Lab, client: Client, user: &str) -> Self {
        Self::of(lab, client, Ceremony::Authentication, Some(user), true).await
    }

    /// A guarded registration.
    pub async fn registration(lab: &Lab, client: Client) -> Self {
        Self::of(lab, client, Ceremony::Registration, Some(USER), false).await
    }

    /// A sign-in that no rule applies to.
    pub async fn routine(lab: &Lab, client: Client) -> Self {
        Self::of(lab, client, Ceremony::Authentication, Some(USER), false).await
    }

    /// A sign-in to which a rule applies, before anybody is known: `allowCredentials` is empty. The
    /// orchestrator knows whose the passkey is.
    pub async fn discoverable(lab: &Lab, client: Client) -> Self {
        let stage = Self::of(lab, client, Ceremony::Authentication, None, true).await;
        lab.orchestrator.owns(&stage.passkey.id_text(), serde_json::json!({ "external_user_id": USER }));
        stage
    }

    async fn of(lab: &Lab, mut client: Client, ceremony: Ceremony, user: Option<&str>, risk: bool) -> Self {
        let owner = user.unwrap_or(USER);
        let passkey = Passkey::new(owner);
        client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(user));
        if ceremony == Ceremony::Authentication {
            lab.relying_party.knows(owner, &passkey.id_text());
        }
        let ask = if risk { risky(ceremony.begin()) } else { ceremony.begin() };
        let begun = Begun::by(&mut client, ask).await.expect("an answer to begin");
        Self { ceremony, client, passkey, begun }
    }

    /// What an honest client would finish with.
    pub fn credential(&self) -> Value {
        self.ceremony.credential(&self.passkey, self.begun.challenge())
    }

    /// The honest finish.
    pub fn honest(&self) -> Ask {
        self.ceremony.finish(&self.credential())
    }

    /// Sends a finish.
    ///
    /// # Errors
    /// [`Broken`] as [`Client::send`].
    pub async fn send(&mut self, ask: Ask) -> Result<Answer, Broken> {
        self.client.send(ask).await
    }

    /// Sends the honest finish and expects an answer, whatever it is.
    pub async fn finish(&mut self) -> Answer {
        self.send(self.honest()).await.expect("an answer to the finish")
    }
}

impl Lab {
    /// The finishes that reached the relying party, complete or not.
    pub fn finishes(&self) -> Vec<crate::relying_party::Seen> {
        let paths = [Ceremony::Registration.finish_path(), Ceremony::Authentication.finish_path()];
        self.relying_party
            .seen()
            .into_iter()
            .filter(|seen| paths.contains(&seen.path_without_query()))
            .collect()
    }

    /// Asserts that nothing of a credential has reached the relying party, and waits long enough to know.
    ///
    /// Where headers can wait it has not even seen a request (introspection, begins and the recovery route are not one).
    /// Otherwise Envoy has sent the headers on before the filter decided: then no byte of a body.
    pub async fn expect_untouched(&self) {
        self.fence().await;
        let begins = [Ceremony::Registration.begin_path(), Ceremony::Authentication.begin_path()];
        let innocent = [["/me", "/fence"].as_slice(), &begins, &[RECOVERY]].concat();
        for seen in self.relying_party.seen() {
            if innocent.contains(&seen.path.as_str()) {
                continue;
            }
            let line = format!("{} {}", seen.method, seen.path);
            assert!(!self.setup.headers_can_wait, "the relying party saw {line}");
            assert!(seen.body.is_empty() && !seen.complete, "the relying party saw a body: {line}");
        }
    }

    /// Lets one harmless request overtake nothing: what Envoy sent before it has arrived when this returns.
    pub async fn fence(&self) {
        for _ in 0..self.setup.workers {
            let mut client = self.client(crate::client::Protocol::Http1, crate::client::Carrier::Nothing);
            let answer = client.send(Ask::get("/fence")).await.expect("the worker still serves");
            assert_eq!(answer.status, 200, "the worker still serves: {}", answer.text());
        }
    }
}
