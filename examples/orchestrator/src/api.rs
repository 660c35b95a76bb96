//! The `countersign` profile over HTTP: paths, bodies and answers of the contract.

mod body;
mod exchange;
mod guard;
mod handlers;
mod id;
mod json;
mod request_log;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::service::{Fault, Service};

/// The longest body of a call, in bytes; a biometric reference is the largest thing in one.
const LONGEST_BODY: usize = 256 * 1024;
/// The longest webhook, in bytes; it repeats the run's whole output.
const LONGEST_WEBHOOK: usize = 1024 * 1024;

/// All routes. `bearer` opens every call but the webhook and the health check.
pub fn router(service: Arc<Service>, bearer: &[Secret<String>]) -> Router {
    let guarded = Router::new()
        .route("/v1/sessions", post(handlers::open))
        .route("/v1/sessions/{id}", get(handlers::status))
        .route("/v1/sessions/{id}/complete", post(handlers::complete))
        .route("/v1/sessions/{id}/cancel", post(handlers::cancel))
        .route("/v1/handoffs", post(handlers::create_handoff))
        .route("/v1/handoffs/consume", post(handlers::consume_handoff))
        .route("/v1/handoffs/{id}", get(handlers::handoff_status))
        .route("/v1/handoffs/{id}/authentication", post(handlers::authenticate_handoff))
        .route("/v1/handoffs/{id}/cancel", post(handlers::cancel_handoff))
        .route("/v1/recoveries", post(handlers::recover))
        .route("/v1/recoveries/{id}/exchange", post(handlers::exchange_continuation))
        .route("/v1/elevations/{id}/consume", post(handlers::consume_elevation))
        .route("/v1/audit", post(handlers::keep_decisions))
        .route("/v1/credentials/{credential_id}", get(handlers::credential))
        .route_layer(from_fn_with_state(guard::Bearer::new(bearer), guard::require))
        .layer(DefaultBodyLimit::max(LONGEST_BODY));
    let open = Router::new()
        .route("/v1/webhooks/idv", post(handlers::webhook))
        .route("/healthz", get(handlers::health))
        .layer(DefaultBodyLimit::max(LONGEST_WEBHOOK));
    guarded
        .merge(open)
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .fallback(async || Refusal::NotFound)
        .layer(from_fn(request_log::log))
        .with_state(service)
}

impl IntoResponse for Fault {
    fn into_response(self) -> axum::response::Response {
        use crate::idv::IdvError;
        let refusal = match &self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Idv(IdvError::Refused { .. }) => Refusal::IdvRefused,
            Self::Idv(_) => Refusal::IdvUnavailable,
            Self::Randomness(_) | Self::Seal(_) | Self::Store(_) | Self::Unreadable(_) => Refusal::Internal,
        };
        if !matches!(self, Self::Refused(_)) {
            tracing::error!(error = %self, code = refusal.code(), "request failed");
        }
        refusal.into_response()
    }
}
