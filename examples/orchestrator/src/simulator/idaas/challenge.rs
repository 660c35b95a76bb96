//! A challenge, and the `AuthenticatedResponse` that tells where it stands.

use serde_json::{Value, json};

use crate::ident;
use crate::simulator::run::Run;

/// How long a challenge can be answered, in seconds.
const LIFETIME: i64 = 300;

#[derive(Debug)]
pub(in crate::simulator) struct Challenge {
    run_id: String,
    user_id: Option<String>,
    /// Opens the polls.
    token: String,
    /// What a match is worth to the application.
    authenticated_token: String,
    /// The capture is to be done on a phone that asks for this number.
    number: Option<String>,
    expires_at: i64,
}

impl Challenge {
    /// # Errors
    /// When the operating system has no randomness to give.
    pub(super) fn new(run: &Run, is_mutual: bool) -> Result<Self, getrandom::Error> {
        Ok(Self {
            run_id: run.id.clone(),
            user_id: run.customer_user_id.clone(),
            token: ident::fresh("idaas_")?,
            authenticated_token: ident::fresh("idaas_")?,
            number: is_mutual.then(two_digits).transpose()?,
            expires_at: run.created_at.saturating_add(LIFETIME),
        })
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn run_id(&self) -> &str {
        &self.run_id
    }

    pub(super) const fn is_over_at(&self, now: i64) -> bool {
        now >= self.expires_at
    }

    /// The answer that starts it.
    pub(super) fn ask(&self, run: &Run, public_url: &str) -> Value {
        let mut answer = self.answer(false, "NO_RESPONSE");
        answer["faceChallenge"] = json!({
            "device": if self.number.is_some() { "MOBILE" } else { "WEB" },
            "id": run.applicant_id,
            "qrCode": run.capture_url(public_url),
            "sdkToken": run.sdk_token,
            "workflowRunId": run.id,
        });
        if let Some(number) = &self.number {
            answer["pushMutualChallenge"] = json!(number);
        }
        answer
    }

    /// Where it stands; none after an end without a verdict.
    pub(super) fn tell(&self, run: &Run) -> Option<Value> {
        match run.status {
            "approved" => {
                let mut answer = self.answer(true, "CONFIRM");
                answer["token"] = json!(self.authenticated_token);
                Some(answer)
            }
            "declined" => Some(self.answer(false, "CONCERN")),
            "abandoned" => Some(self.answer(false, "CANCEL")),
            _ if run.is_open() => Some(self.answer(false, "NO_RESPONSE")),
            _ => None,
        }
    }

    fn answer(&self, is_completed: bool, status: &str) -> Value {
        json!({
            "authenticationCompleted": is_completed,
            "status": status,
            "token": self.token,
            "expires": self.expires_at,
            "userId": self.user_id,
        })
    }
}

fn two_digits() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 4];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:02}", u32::from_be_bytes(bytes) % 100))
}
