//! Every refusal, in one table: code, status, and what the client is told (RFC 9457, contract section 7).

use crate::exchange::cors;
use crate::json::{Object, Value};

/// Why a request was not let through. The name is what clients, counters and logs see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The body is over `limits.body`.
    BodyTooLarge,
    /// The biometric check says: not the enrolled person.
    BiometricMismatch,
    /// The evidence is too old, or its rule has changed since.
    CeremonyExpired,
    /// Type, origin or RP ID is not this ceremony's.
    CeremonyMismatch,
    /// The ceremony was completed before.
    CeremonyReplayed,
    /// No evidence for this challenge, or not this session's, or not ours.
    CeremonyUnknown,
    /// The relying party accepted, the orchestrator did not.
    CompletionFailed,
    /// The credential is not the evidence user's.
    CredentialMismatch,
    /// An elevation for other values.
    ElevationMismatch,
    /// The credential breaks a strictness rule.
    MalformedCredential,
    /// The request is ambiguous.
    MalformedRequest,
    /// The orchestrator did not answer, or not so that it can be trusted.
    OrchestratorUnavailable,
    /// The biometric check of a recovery says: not the enrolled person.
    RecoveryMismatch,
    /// In registration, every end of the biometric check but a match.
    RegistrationUnverified,
    /// The relying party answered, and what we must read cannot be read.
    RelyingPartyUnreadable,
    /// A body for the orchestrator has a key that only the orchestrator may set.
    ReservedKey,
    /// A live biometric match is required first.
    StepUpRequired,
    /// A credential on a route that no profile names.
    UnlistedCeremony,
    /// Content type or encoding is not the endpoint's.
    UnsupportedMediaType,
    /// The user-verified flag is not set.
    UserUnverified,
    /// No source names a usable user.
    UserUnknown,
    /// The biometric check ended without an answer.
    VerdictFailed,
    /// The biometric check is not finished.
    VerdictPending,
    /// A webhook that its sender did not sign, or not so.
    WebhookRejected,
}

/// One line of the table.
struct Row {
    name: &'static str,
    status: u16,
    title: &'static str,
    detail: &'static str,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::BodyTooLarge,
        Self::BiometricMismatch,
        Self::CeremonyExpired,
        Self::CeremonyMismatch,
        Self::CeremonyReplayed,
        Self::CeremonyUnknown,
        Self::CompletionFailed,
        Self::CredentialMismatch,
        Self::ElevationMismatch,
        Self::MalformedCredential,
        Self::MalformedRequest,
        Self::OrchestratorUnavailable,
        Self::RecoveryMismatch,
        Self::RegistrationUnverified,
        Self::RelyingPartyUnreadable,
        Self::ReservedKey,
        Self::StepUpRequired,
        Self::UnlistedCeremony,
        Self::UnsupportedMediaType,
        Self::UserUnverified,
        Self::UserUnknown,
        Self::VerdictFailed,
        Self::VerdictPending,
        Self::WebhookRejected,
    ];

    #[expect(clippy::too_many_lines, reason = "it is the table")]
    fn row(self) -> Row {
        let (name, status, title, detail) = match self {
            Self::BodyTooLarge => {
                ("body_too_large", 413, "Body too large", "The body is larger than this endpoint accepts.")
            }
            Self::BiometricMismatch => (
                "biometric_mismatch",
                403,
                "Biometric mismatch",
                "The live capture did not match the enrolled person.",
            ),
            Self::CeremonyExpired => (
                "ceremony_expired",
                403,
                "Ceremony expired",
                "The ceremony is too old or its rule has changed; begin again.",
            ),
            Self::CeremonyMismatch => (
                "ceremony_mismatch",
                403,
                "Ceremony mismatch",
                "Type, origin or RP ID of the credential is not this ceremony's.",
            ),
            Self::CeremonyReplayed => (
                "ceremony_replayed",
                409,
                "Ceremony already used",
                "This ceremony was used before; begin again.",
            ),
            Self::CeremonyUnknown => (
                "ceremony_unknown",
                403,
                "Ceremony unknown",
                "No evidence of this session belongs to the credential's challenge; send the begin answer's \
                 cookies or its countersign-evidence header.",
            ),
            Self::CompletionFailed => (
                "completion_failed",
                502,
                "Completion failed",
                "The relying party accepted but the biometric check could not be completed; its answer is \
                 withheld.",
            ),
            Self::CredentialMismatch => (
                "credential_mismatch",
                403,
                "Credential mismatch",
                "The credential is not one of the user this ceremony was begun for.",
            ),
            Self::ElevationMismatch => (
                "elevation_mismatch",
                401,
                "Elevation mismatch",
                "The step-up was for other values, another action or another session; get one for this request.",
            ),
            Self::MalformedCredential => (
                "malformed_credential",
                400,
                "Malformed credential",
                "The credential is not strictly well-formed WebAuthn JSON.",
            ),
            Self::MalformedRequest => (
                "malformed_request",
                400,
                "Malformed request",
                "The request is ambiguous: path, host, method, origin, JSON, or a repeated header or cookie.",
            ),
            Self::OrchestratorUnavailable => (
                "orchestrator_unavailable",
                503,
                "Biometric check unavailable",
                "The biometric check could not be asked; repeat the same request later.",
            ),
            Self::RecoveryMismatch => (
                "recovery_mismatch",
                403,
                "Recovery mismatch",
                "The live capture did not match the person whose account is being recovered.",
            ),
            Self::RegistrationUnverified => (
                "registration_unverified",
                403,
                "Registration not verified",
                "The identity verification of this registration did not end in a match.",
            ),
            Self::RelyingPartyUnreadable => (
                "relying_party_unreadable",
                502,
                "Relying party unreadable",
                "The relying party's answer could not be read.",
            ),
            Self::ReservedKey => (
                "reserved_key",
                400,
                "Reserved key",
                "The key encrypted_biometric_token is reserved anywhere inside workflow_input.custom_data.",
            ),
            Self::StepUpRequired => (
                "step_up_required",
                401,
                "Step-up required",
                "A live biometric match is required; complete the step-up and send the same request again.",
            ),
            Self::UnlistedCeremony => (
                "unlisted_ceremony",
                403,
                "Unlisted ceremony",
                "A WebAuthn credential is not accepted on this route.",
            ),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                415,
                "Unsupported media type",
                "Send exactly one Content-Type that this endpoint accepts, and no Content-Encoding.",
            ),
            Self::UserUnverified => (
                "user_unverified",
                403,
                "User not verified",
                "The authenticator did not verify the user; ask for userVerification `required`.",
            ),
            Self::UserUnknown => (
                "user_unknown",
                403,
                "User unknown",
                "A step-up is required and nobody says for whom; sign in first.",
            ),
            Self::VerdictFailed => (
                "verdict_failed",
                403,
                "Biometric check failed",
                "The biometric check ended without a match; begin again.",
            ),
            Self::VerdictPending => (
                "verdict_pending",
                409,
                "Biometric check pending",
                "The biometric check is not finished; repeat the same request.",
            ),
            Self::WebhookRejected => (
                "webhook_rejected",
                401,
                "Webhook rejected",
                "The webhook is not signed, in X-SHA2-Signature, over its body as it was sent.",
            ),
        };
        Row { name, status, title, detail }
    }

    /// `step_up_required` and so on: the code of the contract.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// Seconds after which the same request may succeed (`Retry-After`), where it may.
    pub fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::VerdictPending => Some("1"),
            Self::OrchestratorUnavailable => Some("2"),
            _ => None,
        }
    }
}

/// A refusal on its way to the client.
#[derive(Debug)]
pub struct Refusal {
    /// The code, which decides the status.
    pub code: Code,
    /// For the log only: which rule of the code's many was broken.
    pub why: &'static str,
    /// How to go on, when a step-up helps.
    pub challenge: Option<Box<Challenge>>,
    /// The origin whose pages may read it.
    pub cors: Option<String>,
}

/// What a client needs to get a step-up (RFC 9470 and the problem's `stepUp` member).
#[derive(Debug)]
pub struct Challenge {
    /// The problem document's `stepUp`.
    pub step_up: Value,
    /// `acr_values`: the levels that suffice, in order of preference, separated by spaces.
    pub acr: String,
    /// `max_age` in seconds, when the rule has one.
    pub max_age: Option<u64>,
    /// Headers that carry the new evidence.
    pub evidence: Vec<(String, String)>,
}

impl Refusal {
    /// A refusal without a way on; `why` goes to the log only.
    pub fn new(code: Code, why: &'static str) -> Self {
        Self { code, why, challenge: None, cors: None }
    }

    /// The headers, `:status` aside. None of them holds anything of the request.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![
            ("content-type".to_owned(), "application/problem+json".to_owned()),
            ("cache-control".to_owned(), "no-store".to_owned()),
        ];
        if let Some(seconds) = self.code.retry_after() {
            headers.push(("retry-after".to_owned(), seconds.to_owned()));
        }
        if let Some(challenge) = &self.challenge {
            headers.push(("www-authenticate".to_owned(), challenge.www_authenticate(self.code)));
            headers.extend(challenge.evidence.iter().cloned());
        }
        if let Some(origin) = &self.cors {
            headers.extend(cors::headers(origin));
        }
        headers
    }

    /// The problem document (RFC 9457). `instance` is a UUID, also in the log.
    pub fn problem(&self, instance: &str) -> Vec<u8> {
        let row = self.code.row();
        let mut problem = Object::default();
        problem.insert("type", Value::String(format!("urn:countersign:refusal:{}", row.name)));
        problem.insert("title", Value::String(row.title.to_owned()));
        problem.insert("status", Value::from(u64::from(row.status)));
        problem.insert("detail", Value::String(row.detail.to_owned()));
        problem.insert("instance", Value::String(format!("urn:uuid:{instance}")));
        problem.insert("code", Value::String(row.name.to_owned()));
        if let Some(challenge) = &self.challenge {
            problem.insert("stepUp", challenge.step_up.clone());
        }
        Value::Object(problem).to_vec()
    }
}

impl Challenge {
    /// RFC 9470 section 3. `acr` is checked at configuration to need no escaping.
    fn www_authenticate(&self, code: Code) -> String {
        let mut header = format!(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"{}\", acr_values=\"{}\"",
            code.row().title,
            self.acr
        );
        if let Some(seconds) = self.max_age {
            header.push_str(", max_age=");
            header.push_str(&seconds.to_string());
        }
        header
    }
}

impl From<(Code, &'static str)> for Refusal {
    fn from((code, why): (Code, &'static str)) -> Self {
        Self::new(code, why)
    }
}
