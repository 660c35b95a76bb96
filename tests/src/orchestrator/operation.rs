//! What an orchestrator can be asked.

use hyper::Method;

/// The operations of section 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `POST /v1/sessions`: `open_registration`, `open_step_up`.
    Open,
    /// `GET /v1/sessions/{id}`.
    Status,
    /// `POST /v1/sessions/{id}/complete`.
    Complete,
    /// `POST /v1/sessions/{id}/cancel`.
    Cancel,
    /// `POST /v1/handoffs`.
    OpenCrossPlatform,
    /// `POST /v1/handoffs/consume`.
    ConsumeHandoff,
    /// `POST /v1/handoffs/{id}/authentication`.
    OpenCrossPlatformAuthentication,
    /// `GET /v1/handoffs/{id}`.
    HandoffStatus,
    /// `POST /v1/handoffs/{id}/cancel`.
    CancelHandoff,
    /// `POST /v1/recoveries`.
    OpenRecovery,
    /// `POST /v1/recoveries/{id}/exchange`.
    ExchangeContinuation,
    /// `POST /v1/elevations/{id}/consume`.
    ConsumeElevation,
    /// `GET /v1/credentials/{id}`.
    CredentialOwner,
    /// `POST /v1/audit`: the audit stream.
    Audit,
    /// `POST /oauth/token`: what a client of its gets instead of the bearer token that others have.
    Token,
    /// Anything else.
    Unknown,
}

impl Operation {
    /// Which operation a request is; the path may also be a route, `/v1/sessions/{id}`.
    pub fn of(method: &Method, path: &str) -> Self {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method.as_str(), segments.as_slice()) {
            ("POST", ["v1", "sessions"]) => Self::Open,
            ("GET", ["v1", "sessions", _]) => Self::Status,
            ("POST", ["v1", "sessions", _, "complete"]) => Self::Complete,
            ("POST", ["v1", "sessions", _, "cancel"]) => Self::Cancel,
            ("POST", ["v1", "handoffs"]) => Self::OpenCrossPlatform,
            ("POST", ["v1", "handoffs", "consume"]) => Self::ConsumeHandoff,
            ("POST", ["v1", "handoffs", _, "authentication"]) => Self::OpenCrossPlatformAuthentication,
            ("GET", ["v1", "handoffs", _]) => Self::HandoffStatus,
            ("POST", ["v1", "handoffs", _, "cancel"]) => Self::CancelHandoff,
            ("POST", ["v1", "recoveries"]) => Self::OpenRecovery,
            ("POST", ["v1", "recoveries", _, "exchange"]) => Self::ExchangeContinuation,
            ("POST", ["v1", "elevations", _, "consume"]) => Self::ConsumeElevation,
            ("GET", ["v1", "credentials", _]) => Self::CredentialOwner,
            ("POST", ["v1", "audit"]) => Self::Audit,
            ("POST", ["oauth", "token"]) => Self::Token,
            _ => Self::Unknown,
        }
    }

    /// Its word in the [`Journal`](crate::journal::Journal): `orchestrator <word>`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Status => "status",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
            Self::OpenCrossPlatform => "open_cross_platform",
            Self::ConsumeHandoff => "consume_handoff",
            Self::OpenCrossPlatformAuthentication => "open_cross_platform_authentication",
            Self::HandoffStatus => "handoff_status",
            Self::CancelHandoff => "cancel_handoff",
            Self::OpenRecovery => "open_recovery",
            Self::ExchangeContinuation => "exchange_continuation",
            Self::ConsumeElevation => "consume_elevation",
            Self::CredentialOwner => "credential_owner",
            Self::Audit => "audit",
            Self::Token => "token",
            Self::Unknown => "unknown",
        }
    }
}
