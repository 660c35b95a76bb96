//! Every answer that says no, in one table.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request was not done. The answer is `{"error":{"code","message"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The session, or the hand-off's session, was completed before.
    AlreadyCompleted,
    /// The token or the elevation was used before.
    AlreadyConsumed,
    /// The continuation was exchanged before.
    AlreadyExchanged,
    /// The hand-off has its session, or somebody is opening it.
    AlreadyOpened,
    /// The body is longer than this call takes.
    BodyTooLarge,
    /// The hand-off or the session was given up.
    Cancelled,
    /// The continuation is not this recovery's.
    ContinuationInvalid,
    /// The credential id is known, and it is another user's.
    CredentialTaken,
    /// The hand-off or the session ran out.
    Expired,
    /// The session ended without a verdict.
    Failed,
    /// A POST without a usable `Idempotency-Key`.
    IdempotencyKeyRequired,
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused,
    /// The IDV API refused what we asked: our settings do not fit its account.
    IdvRefused,
    /// The IDV API did not answer, or not readably.
    IdvUnavailable,
    /// Our own fault; the cause is in the log.
    Internal,
    /// The body or a header cannot be read; what is wrong with it.
    Malformed(String),
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The hand-off's token was not shown yet.
    NotConsumed,
    /// A user without a biometric reference, in any flow but registration.
    NotEnrolled,
    /// No such path, session, hand-off, token or credential.
    NotFound,
    /// The session has ended without a match.
    NotMatched,
    /// The session is still pending, or a recovery that was not exchanged.
    NotReady,
    /// The live person of a recovery is somebody else.
    RecoveryMatchFailed,
    /// The same request is being worked on right now.
    RequestInProgress,
    /// `encrypted_biometric_token` inside `workflow_input.custom_data`.
    ReservedKey,
    /// The bearer token is missing or wrong.
    Unauthorized,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The signature of a webhook is missing or wrong.
    WebhookRejected,
}

impl Refusal {
    fn row(&self) -> (StatusCode, &'static str, &str) {
        use StatusCode as S;
        match self {
            Self::AlreadyCompleted => (S::CONFLICT, "already_completed", "it was completed before"),
            Self::AlreadyConsumed => (S::CONFLICT, "already_consumed", "it was consumed before"),
            Self::AlreadyExchanged => {
                (S::CONFLICT, "already_exchanged", "the continuation was exchanged before")
            }
            Self::AlreadyOpened => (
                S::CONFLICT,
                "already_opened",
                "the hand-off has a session, or another request is opening it",
            ),
            Self::BodyTooLarge => {
                (S::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too long for this call")
            }
            Self::Cancelled => (S::CONFLICT, "cancelled", "it was cancelled"),
            Self::ContinuationInvalid => {
                (S::FORBIDDEN, "continuation_invalid", "the continuation is not this recovery's")
            }
            Self::CredentialTaken => {
                (S::CONFLICT, "credential_taken", "this credential id belongs to another user")
            }
            Self::Expired => (S::CONFLICT, "expired", "it came too late"),
            Self::Failed => (S::CONFLICT, "failed", "the biometric check ended without a verdict"),
            Self::IdempotencyKeyRequired => (
                S::BAD_REQUEST,
                "idempotency_key_required",
                "send one Idempotency-Key header of 1 to 255 visible ASCII characters",
            ),
            Self::IdempotencyKeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request; take a fresh one",
            ),
            Self::IdvRefused => {
                (S::BAD_GATEWAY, "idv_refused", "the identity-verification API refused the request")
            }
            Self::IdvUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "idv_unavailable",
                "the identity-verification API did not answer in time or not readably; try again",
            ),
            Self::Internal => {
                (S::INTERNAL_SERVER_ERROR, "internal", "the cause is in the orchestrator's log")
            }
            Self::Malformed(why) => (S::BAD_REQUEST, "malformed_request", why),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "not with this method"),
            Self::NotConsumed => (S::CONFLICT, "not_consumed", "the hand-off's token was not consumed yet"),
            Self::NotEnrolled => (
                S::CONFLICT,
                "not_enrolled",
                "the user has no biometric reference; complete a registration first",
            ),
            Self::NotFound => (S::NOT_FOUND, "not_found", "there is nothing here"),
            Self::NotMatched => (S::CONFLICT, "not_matched", "the session ended without a match"),
            Self::NotReady => (
                S::CONFLICT,
                "not_ready",
                "the biometric check is not finished, or the recovery not exchanged",
            ),
            Self::RecoveryMatchFailed => {
                (S::FORBIDDEN, "recovery_match_failed", "the live person is not the enrolled person")
            }
            Self::RequestInProgress => (
                S::CONFLICT,
                "request_in_progress",
                "a request with this Idempotency-Key is being worked on; send it again",
            ),
            Self::ReservedKey => (
                S::BAD_REQUEST,
                "reserved_key",
                "encrypted_biometric_token is reserved and may not occur in workflow_input.custom_data",
            ),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "send the bearer token"),
            Self::UnsupportedMediaType => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send application/json")
            }
            Self::WebhookRejected => {
                (S::UNAUTHORIZED, "webhook_rejected", "the signature does not fit the body")
            }
        }
    }

    /// The machine-readable code.
    pub fn code(&self) -> &str {
        self.row().1
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.row();
        let mut response =
            (status, Json(json!({"error": {"code": code, "message": message}}))).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::IdvUnavailable | Self::NotReady | Self::RequestInProgress => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
