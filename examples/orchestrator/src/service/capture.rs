//! What every flow with a check has in common: a run at the IDV API, and the session that stands for it.

use serde_json::{Map, Value, json};

use super::{Answer, Fault, Service};
use crate::clock::rfc3339;
use crate::handoff::Transaction;
use crate::idv::{BiometricReference, NewRun, RESERVED_KEY, Run};
use crate::opaque::Opaque;
use crate::refusal::Refusal;
use crate::session::{Ceremony, Flow};
use crate::store::{Actor, AuditEvent, Deed, NewSession, Write};

/// What a capture is opened with.
#[derive(Debug)]
pub struct Opening {
    /// What it is for.
    pub flow: Flow,
    /// Whose face is expected.
    pub external_user_id: String,
    /// Which ceremony; none in a recovery.
    pub ceremony: Option<Ceremony>,
    /// What the person agrees to, if the capture is for one transaction.
    pub transaction: Option<Transaction>,
    /// A reference from elsewhere: the face-only branch of registration.
    pub prior: Option<BiometricReference>,
    /// Free input of the workflow; holds no reserved key.
    pub custom_data: Map<String, Value>,
}

/// A capture that can begin; nothing is written down yet.
pub(super) struct Capture {
    flow: Flow,
    user_id: String,
    ceremony: Option<Ceremony>,
    transaction: Option<Transaction>,
    applicant_id: String,
    run: Run,
}

impl Service {
    /// Starts a run that compares the live face with the reference of its user.
    pub(super) async fn start(&self, opening: Opening) -> Result<Capture, Fault> {
        let user_id = opening.external_user_id;
        let known = self.store.user(&user_id).await?;
        let stored = known.as_ref().and_then(|user| user.reference_sealed.as_deref());
        // An enrolled user's next registration is matched against the enrolled face too. Otherwise a thief
        // with an unlocked phone would simply enrol his own.
        let reference = match (opening.prior, stored) {
            (Some(prior), _) => Some(prior),
            (None, Some(sealed)) => Some(self.open_reference(&user_id, sealed)?),
            (None, None) if opening.flow == Flow::Registration => None,
            (None, None) => return Err(Refusal::NotEnrolled.into()),
        };
        let applicant_id = match known {
            Some(user) => user.applicant_id,
            None => self.new_applicant(&user_id).await?,
        };
        let mut custom_data = opening.custom_data;
        if let Some(transaction) = &opening.transaction {
            custom_data.insert("display".to_owned(), Value::String(transaction.display.clone()));
        }
        if let Some(reference) = reference {
            custom_data.insert(RESERVED_KEY.to_owned(), reference.into_value());
        }
        let new_run = NewRun {
            workflow_id: self.terms.workflow(opening.flow),
            applicant_id: &applicant_id,
            customer_user_id: &user_id,
            custom_data,
        };
        let run = self.idv.start_run(&new_run).await?;
        let (flow, ceremony, transaction) = (opening.flow, opening.ceremony, opening.transaction);
        Ok(Capture { flow, user_id, ceremony, transaction, applicant_id, run })
    }

    /// Writes the session of a capture down, and answers with what its client needs.
    pub(super) async fn admit(
        &self,
        write: &mut Write,
        capture: &Capture,
        session_id: &str,
    ) -> Result<Answer, Fault> {
        let continuation = (capture.flow == Flow::Recovery).then(|| Opaque::fresh("cnt_")).transpose()?;
        let now = self.now();
        let expires_at = now.saturating_add(self.terms.session_seconds);
        write
            .add_session(&NewSession {
                id: session_id,
                flow: capture.flow,
                external_user_id: &capture.user_id,
                ceremony: capture.ceremony.as_ref(),
                continuation_hash: continuation.as_ref().map(Opaque::digest).as_deref(),
                transaction: capture.transaction.as_ref(),
                run_id: &capture.run.id,
                applicant_id: &capture.applicant_id,
                workflow_id: &capture.run.workflow_id,
                now,
                expires_at,
            })
            .await?;
        write
            .record(&AuditEvent {
                external_user_id: Some(&capture.user_id),
                session_id: Some(session_id),
                detail: Some(capture.flow.as_str()),
                ..AuditEvent::new(Actor::Gateway, Deed::SessionOpened, now)
            })
            .await?;
        Ok(Answer {
            status: 201,
            body: json!({
                "id": session_id,
                "status": "pending",
                "client": client(&capture.run, continuation.as_ref()),
                "expires_at": rfc3339(expires_at),
            }),
        })
    }

    async fn new_applicant(&self, user_id: &str) -> Result<String, Fault> {
        let applicant_id = self.idv.create_applicant().await?;
        let mut write = self.store.write().await?;
        let user = write.add_user(user_id, &applicant_id, self.now()).await?;
        write.commit().await?;
        Ok(user.applicant_id)
    }
}

/// What the client's capture SDK starts with, or the page for a browser; in a recovery also what the SDK would
/// hold after the live match.
fn client(run: &Run, continuation: Option<&Opaque>) -> Value {
    let members = [
        ("sdkToken", run.sdk_token.as_deref()),
        ("captureUrl", run.link.as_ref().and_then(|link| link.url.as_deref())),
        ("continuation", continuation.map(Opaque::expose)),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(present.collect())
}
