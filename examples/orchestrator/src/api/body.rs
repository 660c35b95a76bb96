//! Bodies of calls: strict JSON, every member known.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::ident::{CredentialId, Digest, ExternalUserId, PublicKey, RpId, UserHandle};
use crate::idv::{BiometricReference, RESERVED_KEY};
use crate::refusal::Refusal;
use crate::service::{Completion, Opening, Transaction};
use crate::session::Flow;

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

/// A body without members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

impl TryFrom<OpenBody> for Opening {
    type Error = Refusal;

    fn try_from(body: OpenBody) -> Result<Self, Refusal> {
        let custom_data = body.workflow_input.map(|input| input.custom_data).unwrap_or_default();
        if holds_reserved_key(&custom_data) {
            return Err(Refusal::ReservedKey);
        }
        if body.prior_biometric.is_some() && body.flow != Flow::Registration {
            return Err(Refusal::Malformed("prior_biometric belongs to a registration".to_owned()));
        }
        Ok(Self {
            flow: body.flow,
            external_user_id: body.external_user_id,
            rp_id: body.rp_id,
            challenge: body.challenge,
            transaction: body
                .transaction
                .map(|t| Transaction { hash: t.hash.as_str().to_owned(), display: t.display.0 }),
            prior: body.prior_biometric.map(|prior| prior.encrypted_biometric_token),
            custom_data,
        })
    }
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

/// One JSON value and nothing after it.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        // those messages quote the value, which may be a secret
        let quotes = ["invalid type", "invalid value", "invalid length"].iter().any(|p| text.starts_with(p));
        Refusal::Malformed(if quotes {
            format!("a value of the wrong type at line {} column {}", error.line(), error.column())
        } else {
            text
        })
    })
}

/// `application/json`, with or without parameters.
pub(super) fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
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
