//! `POST /v1/sessions`: starts a capture.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Answer, Fault, Service};
use crate::clock::rfc3339;
use crate::ident::{self, Digest, ExternalUserId, RpId};
use crate::idv::{BiometricReference, NewRun, RESERVED_KEY, Run};
use crate::refusal::Refusal;
use crate::session::Flow;
use crate::store::{Actor, AuditEvent, Binding, Deed, Exchange, NewSession};

/// For how long one request may keep others with the same key waiting, in seconds; after that the process
/// that had it is taken for dead.
const CLAIM_SECONDS: i64 = 30;
/// How often, and how long apart, a request waits for its twin.
const WAITS: (u32, Duration) = (150, Duration::from_millis(20));

/// What a capture is opened with.
#[derive(Debug)]
pub struct Opening {
    /// What it is for.
    pub flow: Flow,
    /// Whose face is expected.
    pub external_user_id: ExternalUserId,
    /// Audience of the verdict.
    pub rp_id: RpId,
    /// SHA-256 of the `WebAuthn` challenge.
    pub challenge: Digest,
    /// What the person agrees to, if the capture is for one transaction.
    pub transaction: Option<Transaction>,
    /// A reference from elsewhere: the face-only branch of registration.
    pub prior: Option<BiometricReference>,
    /// Free input of the workflow; holds no reserved key.
    pub custom_data: Map<String, Value>,
}

/// A transaction as the capture shows it.
#[derive(Debug)]
pub struct Transaction {
    /// Digest of its members.
    pub hash: String,
    /// The text shown.
    pub display: String,
}

impl Service {
    /// Opens a session, once per `exchange`.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`], those of the `Idempotency-Key`, and faults of the IDV API.
    pub async fn open(&self, exchange: &Exchange, opening: Opening) -> Result<Answer, Fault> {
        if let Some(answer) = self.claim(exchange).await? {
            return Ok(answer);
        }
        let opened = self.open_claimed(exchange, opening).await;
        if opened.is_err() {
            self.store.release(&exchange.key).await?;
        }
        opened
    }

    /// Waits while the same request is under way elsewhere; its answer is ours then.
    async fn claim(&self, exchange: &Exchange) -> Result<Option<Answer>, Fault> {
        let (tries, pause) = WAITS;
        for _ in 0..tries {
            let now = self.now();
            let binding = self.store.claim(exchange, now, now.saturating_add(CLAIM_SECONDS)).await?;
            if !matches!(binding, Binding::Busy) {
                return self.replay(exchange, binding);
            }
            tokio::time::sleep(pause).await;
        }
        Err(Refusal::RequestInProgress.into())
    }

    async fn open_claimed(&self, exchange: &Exchange, opening: Opening) -> Result<Answer, Fault> {
        let user_id = opening.external_user_id.as_str();
        let known = self.store.user(user_id).await?;
        let stored = known.as_ref().and_then(|user| user.reference_sealed.as_deref());
        // An enrolled user's next registration is matched against the enrolled face too. Otherwise a thief
        // with an unlocked phone would simply enrol his own.
        let reference = match (opening.prior, stored) {
            (Some(prior), _) => Some(prior),
            (None, Some(sealed)) => Some(self.open_reference(user_id, sealed)?),
            (None, None) if opening.flow == Flow::StepUp => return Err(Refusal::NotEnrolled.into()),
            (None, None) => None,
        };
        let applicant_id = match known {
            Some(user) => user.applicant_id,
            None => self.new_applicant(user_id).await?,
        };

        let mut custom_data = opening.custom_data;
        if let Some(transaction) = &opening.transaction {
            custom_data.insert("display".to_owned(), Value::String(transaction.display.clone()));
        }
        if let Some(reference) = reference {
            custom_data.insert(RESERVED_KEY.to_owned(), reference.into_value());
        }
        let workflow_id = self.terms.workflow(opening.flow);
        let new_run =
            NewRun { workflow_id, applicant_id: &applicant_id, customer_user_id: user_id, custom_data };
        let run = self.idv.start_run(&new_run).await?;

        let now = self.now();
        let session = NewSession {
            id: &ident::fresh("ses_")?,
            flow: opening.flow,
            external_user_id: user_id,
            rp_id: opening.rp_id.as_str(),
            challenge: opening.challenge.as_str(),
            transaction: opening.transaction.as_ref().map(|t| (t.hash.as_str(), t.display.as_str())),
            run_id: &run.id,
            applicant_id: &applicant_id,
            workflow_id,
            now,
            expires_at: now.saturating_add(self.terms.session_seconds),
        };
        let answer = Answer {
            status: 201,
            body: json!({
                "id": session.id,
                "status": "pending",
                "client": client(&run),
                "expires_at": rfc3339(session.expires_at),
            }),
        };
        let mut write = self.store.write().await?;
        write.add_session(&session).await?;
        write
            .record(&AuditEvent {
                at: now,
                actor: Actor::Gateway,
                deed: Deed::SessionOpened,
                external_user_id: Some(user_id),
                session_id: Some(session.id),
                detail: Some(opening.flow.as_str()),
            })
            .await?;
        self.keep(&mut write, exchange, &answer).await?;
        write.commit().await?;
        Ok(answer)
    }

    async fn new_applicant(&self, user_id: &str) -> Result<String, Fault> {
        let applicant_id = self.idv.create_applicant().await?;
        let mut write = self.store.write().await?;
        let user = write.add_user(user_id, &applicant_id, self.now()).await?;
        write.commit().await?;
        Ok(user.applicant_id)
    }
}

/// What the client's capture SDK starts with, or the page for a browser.
fn client(run: &Run) -> Value {
    let mut client = Map::new();
    if let Some(token) = &run.sdk_token {
        client.insert("sdkToken".to_owned(), Value::String(token.clone()));
    }
    if let Some(url) = run.link.as_ref().and_then(|link| link.url.as_ref()) {
        client.insert("captureUrl".to_owned(), Value::String(url.clone()));
    }
    Value::Object(client)
}
