//! Bodies of calls: strict JSON, every member known.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::handoff::Transaction;
use crate::ident::{CredentialId, Digest, ExternalUserId, PublicKey, RpId, UserHandle};
use crate::idv::{BiometricReference, RESERVED_KEY};
use crate::opaque::Opaque;
use crate::refusal::Refusal;
use crate::service::{Completion, Opening};
use crate::session::{Ceremony, Flow};

/// A display text is for a small screen.
const LONGEST_DISPLAY: usize = 1000;

/// `POST /v1/sessions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenBody {
    flow: Flow,
    external_user_id: ExternalUserId,
    rp_id: RpId,
    challenge: Digest,
    #[serde(default)]
    transaction: Option<TransactionBody>,
    #[serde(default)]
    prior_biometric: Option<PriorBody>,
    #[serde(default)]
    workflow_input: Option<WorkflowInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransactionBody {
    hash: Digest,
    display: Display,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriorBody {
    encrypted_biometric_token: BiometricReference,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkflowInput {
    #[serde(default)]
    custom_data: Map<String, Value>,
}

struct Display(String);

/// `POST /v1/sessions/{id}/complete`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompleteBody {
    credential_id: CredentialId,
    #[serde(default)]
    public_key: Option<PublicKey>,
    #[serde(default)]
    user_handle: Option<UserHandle>,
}

/// `POST /v1/handoffs`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandoffBody {
    pub(super) external_user_id: ExternalUserId,
    #[serde(default)]
    transaction: Option<TransactionBody>,
}

/// `POST /v1/handoffs/consume`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsumeBody {
    pub(super) handoff_token: Opaque,
}

/// `POST /v1/handoffs/{id}/authentication`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthenticationBody {
    challenge: Digest,
    rp_id: RpId,
    #[serde(default)]
    workflow_input: Option<WorkflowInput>,
}

/// `POST /v1/recoveries`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveryBody {
    external_user_id: ExternalUserId,
    #[serde(default)]
    workflow_input: Option<WorkflowInput>,
}

/// `POST /v1/recoveries/{id}/exchange`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeBody {
    pub(super) continuation: Opaque,
}

/// A body without members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

impl TryFrom<OpenBody> for Opening {
    type Error = Refusal;

    fn try_from(body: OpenBody) -> Result<Self, Refusal> {
        let custom_data = custom_data(body.workflow_input)?;
        let elsewhere = match body.flow {
            Flow::Registration | Flow::StepUp => None,
            Flow::CrossPlatform => Some("a cross_platform session is opened for a consumed hand-off"),
            Flow::Recovery => Some("a recovery is opened at /v1/recoveries"),
        };
        if let Some(elsewhere) = elsewhere {
            return Err(Refusal::Malformed(elsewhere.to_owned()));
        }
        if body.prior_biometric.is_some() && body.flow != Flow::Registration {
            return Err(Refusal::Malformed("prior_biometric belongs to a registration".to_owned()));
        }
        Ok(Self {
            flow: body.flow,
            external_user_id: body.external_user_id.as_str().to_owned(),
            ceremony: Some(ceremony(&body.rp_id, &body.challenge)),
            transaction: body.transaction.map(Transaction::from),
            prior: body.prior_biometric.map(|prior| prior.encrypted_biometric_token),
            custom_data,
        })
    }
}

impl TryFrom<RecoveryBody> for Opening {
    type Error = Refusal;

    fn try_from(body: RecoveryBody) -> Result<Self, Refusal> {
        Ok(Self {
            flow: Flow::Recovery,
            external_user_id: body.external_user_id.as_str().to_owned(),
            ceremony: None,
            transaction: None,
            prior: None,
            custom_data: custom_data(body.workflow_input)?,
        })
    }
}

impl HandoffBody {
    pub(super) fn into_transaction(self) -> Option<Transaction> {
        self.transaction.map(Transaction::from)
    }
}

impl From<TransactionBody> for Transaction {
    fn from(body: TransactionBody) -> Self {
        Self { hash: body.hash.as_str().to_owned(), display: body.display.0 }
    }
}

impl AuthenticationBody {
    pub(super) fn into_parts(self) -> Result<(Ceremony, Map<String, Value>), Refusal> {
        Ok((ceremony(&self.rp_id, &self.challenge), custom_data(self.workflow_input)?))
    }
}

fn ceremony(rp_id: &RpId, challenge: &Digest) -> Ceremony {
    Ceremony { rp_id: rp_id.as_str().to_owned(), challenge: challenge.as_str().to_owned() }
}

impl From<CompleteBody> for Completion {
    fn from(body: CompleteBody) -> Self {
        Self { credential_id: body.credential_id, public_key: body.public_key, user_handle: body.user_handle }
    }
}

impl<'de> Deserialize<'de> for Display {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() <= LONGEST_DISPLAY && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom(
                "display must be at most 1000 characters, none of them control characters",
            ))
        }
    }
}

fn custom_data(input: Option<WorkflowInput>) -> Result<Map<String, Value>, Refusal> {
    let custom_data = input.map(|input| input.custom_data).unwrap_or_default();
    if holds_reserved_key(&custom_data) { Err(Refusal::ReservedKey) } else { Ok(custom_data) }
}

fn holds_reserved_key(members: &Map<String, Value>) -> bool {
    members.iter().any(|(name, value)| name == RESERVED_KEY || holds_reserved_key_below(value))
}

/// The depth is bounded: `serde_json` reads 128 levels at most.
fn holds_reserved_key_below(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_reserved_key_below),
        Value::Object(members) => holds_reserved_key(members),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}
