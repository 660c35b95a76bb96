//! `POST /v3.6/oauth/token`: a token for client credentials (RFC 6749, section 4.4), and who may call the API.
//!
//! The vendor's own clients send a form with `client_id` and `client_secret`, and no `grant_type`.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::Simulator;
use super::api::ApiError;
use crate::ident;
use crate::secret::Secret;

/// How long an access token is good, in seconds.
const LIFETIME: i64 = 3600;

/// Who may ask for an access token.
#[derive(Debug)]
pub(super) struct Client {
    id: String,
    secret: Secret<String>,
}

#[derive(Deserialize)]
pub(super) struct TokenRequest {
    client_id: String,
    client_secret: String,
    #[serde(default)]
    grant_type: Option<String>,
}

impl Client {
    /// None unless both are set.
    pub(super) fn new(id: Option<String>, secret: Option<Secret<String>>) -> Option<Self> {
        let id = id.filter(|id| !id.is_empty())?;
        Some(Self { id, secret: secret? })
    }

    fn is(&self, request: &TokenRequest) -> bool {
        let id = self.id.as_bytes().ct_eq(request.client_id.as_bytes());
        let secret = self.secret.expose().as_bytes().ct_eq(request.client_secret.as_bytes());
        (id & secret).into()
    }
}

pub(super) async fn token(
    State(simulator): State<Arc<Simulator>>,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Response {
    let Ok(Form(request)) = form else { return refused(StatusCode::BAD_REQUEST, "invalid_request") };
    if request.grant_type.as_ref().is_some_and(|grant| grant != "client_credentials") {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    if !simulator.client.as_ref().is_some_and(|client| client.is(&request)) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let Ok(token) = ident::fresh("oat_") else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    };
    let now = simulator.clock.now();
    let tokens = &mut simulator.account().access_tokens;
    tokens.retain(|_, expires_at| *expires_at > now);
    tokens.insert(token.clone(), now.saturating_add(LIFETIME));
    let body = json!({"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"});
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// RFC 6749, section 5.2.
fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

/// `Authorization: Token token=…` with the API token, or `Bearer …` with an access token.
pub(super) async fn authorize(
    State(simulator): State<Arc<Simulator>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if simulator.admits(request.headers()) {
        return Ok(next.run(request).await);
    }
    Err(ApiError(
        StatusCode::UNAUTHORIZED,
        json!({"type": "authorization_error", "message": "Authorization error: please re-check your credentials"}),
    ))
}

impl Simulator {
    fn admits(&self, headers: &HeaderMap) -> bool {
        let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let presented = presented.unwrap_or_default();
        if let Some(token) = presented.strip_prefix("Token token=") {
            return token.as_bytes().ct_eq(self.api_token.expose().as_bytes()).into();
        }
        let Some(token) = presented.strip_prefix("Bearer ") else { return false };
        let now = self.clock.now();
        self.account().access_tokens.get(token).is_some_and(|expires_at| *expires_at > now)
    }
}
