//! Workflow runs and what their ends mean.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::secret::Secret;
use crate::session::{Flow, Session};

/// The member that carries a biometric reference, in a run's input and output; reserved in custom data.
pub const RESERVED_KEY: &str = "encrypted_biometric_token";

/// A workflow run, as far as we read it. Unknown members are ignored: the API adds some without notice.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    /// UUID.
    pub id: String,
    /// UUID of the applicant it was started for.
    pub applicant_id: String,
    /// UUID of the workflow it was started from.
    pub workflow_id: String,
    /// A word of the API; see [`Run::outcome`].
    pub status: String,
    /// Whatever properties the workflow was built to give.
    #[serde(default)]
    pub output: Option<Value>,
    /// What the capture SDK starts with; a secret of the person's device.
    #[serde(default)]
    pub sdk_token: Option<String>,
    /// The hosted capture page, where the account has it.
    #[serde(default)]
    pub link: Option<Link>,
}

/// Where a person can do the capture in a browser.
#[derive(Debug, Clone, Deserialize)]
pub struct Link {
    /// Absolute address.
    #[serde(default)]
    pub url: Option<String>,
}

/// What a run says about the person in front of the camera.
#[derive(Debug)]
pub enum Outcome {
    /// No verdict will come; why.
    Failed(&'static str),
    /// The enrolled person; with the reference to keep, after a registration.
    Matched(Option<BiometricReference>),
    /// Somebody else.
    NotMatched,
    /// Not finished.
    Pending,
}

/// An encrypted biometric token: a string, or the list of typed values that the web SDK uses.
/// It is handed back to the IDV API as it came.
#[derive(Debug, Clone)]
pub struct BiometricReference(Secret<Value>);

#[derive(Deserialize)]
pub(super) struct Applicant {
    pub(super) id: String,
}

impl Run {
    /// Whether this is the run that was started for `session`.
    pub fn belongs_to(&self, session: &Session) -> bool {
        self.id == session.run_id
            && self.applicant_id == session.applicant_id
            && self.workflow_id == session.workflow_id
    }

    /// `approved` is a match and `declined` is none; every word that is not known is a failure.
    pub fn outcome(&self, flow: Flow) -> Outcome {
        match self.status.as_str() {
            "approved" => match flow {
                Flow::CrossPlatform | Flow::Recovery | Flow::StepUp => Outcome::Matched(None),
                Flow::Registration => self
                    .reference()
                    .map_or(Outcome::Failed("approved without a biometric reference"), |reference| {
                        Outcome::Matched(Some(reference))
                    }),
            },
            "declined" => Outcome::NotMatched,
            "processing" | "awaiting_input" | "awaiting_client_input" => Outcome::Pending,
            "abandoned" => Outcome::Failed("abandoned"),
            "error" => Outcome::Failed("error"),
            "review" => Outcome::Failed("sent to manual review"),
            _ => Outcome::Failed("unknown status"),
        }
    }

    fn reference(&self) -> Option<BiometricReference> {
        BiometricReference::new(self.output.as_ref()?.get(RESERVED_KEY)?.clone())
    }
}

impl BiometricReference {
    /// Nothing for an empty value, or one that is neither a string nor a list.
    pub fn new(value: Value) -> Option<Self> {
        let usable = match &value {
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        };
        usable.then(|| Self(Secret::new(value)))
    }

    /// Reads what [`BiometricReference::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::new(serde_json::from_slice(bytes).ok()?)
    }

    /// For sealing.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.expose().to_string().into_bytes()
    }

    /// For a run's input.
    pub fn into_value(self) -> Value {
        self.0.expose().clone()
    }
}

impl<'de> Deserialize<'de> for BiometricReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Value::deserialize(deserializer)?).ok_or_else(|| {
            serde::de::Error::custom("encrypted_biometric_token must be a string or a list, and not empty")
        })
    }
}

#[cfg(test)]
mod tests;
