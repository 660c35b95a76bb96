//! The Authentication API of Entrust Identity as a Service, as far as a face goes: request a challenge, poll it,
//! cancel it. Paths and members are those of the public `OpenAPI` document (`EntrustCorporation/idaas-auth-js`,
//! `authentication.json`, 5.46); it leaves much open, and the README says what is a guess here.

mod challenge;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) use self::challenge::Challenge;
use super::Simulator;
use super::run::{Kind, Run};
use crate::ident;

type App = State<Arc<Simulator>>;

/// `ErrorInfo` of the document.
struct ErrorInfo(StatusCode, &'static str, &'static str);

/// What is read of `UserChallengeParameters`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChallengeRequest {
    application_id: String,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    transaction_details: Vec<TransactionDetail>,
    #[serde(default)]
    push_mutual_challenge_enabled: bool,
}

#[derive(Deserialize)]
struct TransactionDetail {
    #[serde(default)]
    detail: String,
    #[serde(default)]
    value: String,
}

/// What is read of `UserAuthenticateParameters`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompleteRequest {
    #[serde(default)]
    application_id: Option<String>,
    #[serde(default)]
    cancel: bool,
    #[serde(default)]
    face_response: Option<String>,
}

/// Nothing at all where no application is configured.
pub(super) fn router(simulator: &Simulator) -> Router<Arc<Simulator>> {
    if simulator.idaas_application.is_none() {
        return Router::new();
    }
    let users = "/users/authenticate/{authenticator}";
    Router::new()
        .route(&format!("/api/web/v2/authentication{users}"), post(request_challenge))
        .route(&format!("/api/web/v1/authentication{users}/complete"), post(complete))
}

async fn request_challenge(
    State(simulator): App,
    Path(authenticator): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ErrorInfo> {
    only_face(&authenticator)?;
    let request: ChallengeRequest = parse(&body)?;
    simulator.known_application(Some(&request.application_id))?;
    let user_id = request.user_id.filter(|id| !id.is_empty()).ok_or(NO_USER)?;
    let now = simulator.clock.now();
    let run = Run {
        id: ident::fresh_uuid().map_err(|_| BROKEN)?,
        applicant_id: ident::fresh_uuid().map_err(|_| BROKEN)?,
        workflow_id: ident::fresh_uuid().map_err(|_| BROKEN)?,
        customer_user_id: Some(user_id),
        tags: Vec::new(),
        custom_data: display(&request.transaction_details),
        kind: Kind::Idaas,
        status: "awaiting_input",
        output: None,
        sdk_token: ident::fresh("sdk_").map_err(|_| BROKEN)?,
        created_at: now,
        updated_at: now,
    };
    let challenge = Challenge::new(&run, request.push_mutual_challenge_enabled).map_err(|_| BROKEN)?;
    let answer = challenge.ask(&run, &simulator.public_url);
    let mut account = simulator.account();
    account.challenges.insert(challenge.token().to_owned(), challenge);
    account.runs.insert(run.id.clone(), run);
    Ok(Json(answer))
}

async fn complete(
    State(simulator): App,
    Path(authenticator): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ErrorInfo> {
    only_face(&authenticator)?;
    let request: CompleteRequest = parse(&body)?;
    simulator.known_application(request.application_id.as_deref())?;
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or(DENIED)?;
    let now = simulator.clock.now();
    let mut account = simulator.account();
    let account = &mut *account;
    let challenge = account.challenges.get(token).ok_or(DENIED)?;
    let run = account.runs.get_mut(challenge.run_id()).ok_or(BROKEN)?;
    if challenge.is_over_at(now) {
        return Err(DENIED);
    }
    if request.face_response.is_some_and(|id| id != run.id) {
        return Err(WRONG_RESPONSE);
    }
    if request.cancel && run.is_open() {
        run.abandon(now);
    }
    challenge.tell(run).map(Json).ok_or(NO_VERDICT)
}

const BROKEN: ErrorInfo =
    ErrorInfo(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong here");
const DENIED: ErrorInfo =
    ErrorInfo(StatusCode::UNAUTHORIZED, "access_denied", "The token or the application is not known");
const NO_USER: ErrorInfo = ErrorInfo(StatusCode::BAD_REQUEST, "invalid_parameter", "userId is required");
const NO_VERDICT: ErrorInfo =
    ErrorInfo(StatusCode::FORBIDDEN, "access_denied", "The check ended without a verdict");
const UNREADABLE: ErrorInfo =
    ErrorInfo(StatusCode::BAD_REQUEST, "invalid_parameter", "The body cannot be read");
const UNSUPPORTED: ErrorInfo =
    ErrorInfo(StatusCode::BAD_REQUEST, "invalid_parameter", "Only FACE is simulated");
const WRONG_RESPONSE: ErrorInfo =
    ErrorInfo(StatusCode::BAD_REQUEST, "invalid_user_response", "faceResponse is not this challenge's run");

fn only_face(authenticator: &str) -> Result<(), ErrorInfo> {
    if authenticator == "FACE" { Ok(()) } else { Err(UNSUPPORTED) }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ErrorInfo> {
    serde_json::from_slice(body).map_err(|_| UNREADABLE)
}

/// What the capture page shows.
fn display(details: &[TransactionDetail]) -> serde_json::Map<String, Value> {
    let lines = details.iter().map(|detail| format!("{}: {}", detail.detail, detail.value));
    let text = lines.collect::<Vec<_>>().join(", ");
    let display = (!text.is_empty()).then(|| ("display".to_owned(), text.into()));
    display.into_iter().collect()
}

impl Simulator {
    fn known_application(&self, presented: Option<&str>) -> Result<(), ErrorInfo> {
        if presented == self.idaas_application.as_deref() { Ok(()) } else { Err(DENIED) }
    }
}

impl IntoResponse for ErrorInfo {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let body = json!({"errorCode": code, "errorMessage": message, "parameters": []});
        (status, Json(body)).into_response()
    }
}
