//! `/v3.6`: applicants, workflow runs, webhooks. Who may call is `oauth`'s business.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::run::{Kind, Run};
use super::{Simulator, oauth};
use crate::clock::rfc3339;
use crate::ident;

type App = State<Arc<Simulator>>;

/// An error as the API writes it.
pub(super) struct ApiError(pub(super) StatusCode, pub(super) Value);

#[derive(Deserialize)]
struct NewRun {
    workflow_id: String,
    applicant_id: String,
    #[serde(default)]
    customer_user_id: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    custom_data: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct NewWebhook {
    url: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    events: Option<Vec<String>>,
}

pub(super) fn router(simulator: &Arc<Simulator>) -> Router<Arc<Simulator>> {
    Router::new()
        .route("/v3.6/applicants", post(create_applicant))
        .route("/v3.6/applicants/{id}", get(show_applicant))
        .route("/v3.6/workflow_runs", post(start_run))
        .route("/v3.6/workflow_runs/{id}", get(show_run))
        .route("/v3.6/webhooks", post(create_webhook))
        .route_layer(from_fn_with_state(Arc::clone(simulator), oauth::authorize))
        .route("/v3.6/oauth/token", post(oauth::token))
}

async fn create_applicant(State(simulator): App, body: Bytes) -> Result<Response, ApiError> {
    let mut applicant: Map<String, Value> = parse(&body)?;
    for name in ["first_name", "last_name"] {
        if applicant.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(invalid(name, "can't be blank"));
        }
    }
    let id = fresh_uuid()?;
    applicant.insert("id".to_owned(), json!(id));
    applicant.insert("created_at".to_owned(), json!(rfc3339(simulator.clock.now())));
    applicant.insert("href".to_owned(), json!(format!("/v3.6/applicants/{id}")));
    applicant.insert("sandbox".to_owned(), json!(true));
    let applicant = Value::Object(applicant);
    simulator.account().applicants.insert(id, applicant.clone());
    Ok((StatusCode::CREATED, Json(applicant)).into_response())
}

async fn show_applicant(State(simulator): App, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    simulator.account().applicants.get(&id).cloned().map(Json).ok_or_else(not_found)
}

async fn start_run(State(simulator): App, body: Bytes) -> Result<Response, ApiError> {
    let new: NewRun = parse(&body)?;
    let kind = if new.workflow_id == simulator.registration_workflow {
        Kind::Registration
    } else if simulator.match_workflows.contains(&new.workflow_id) {
        Kind::Match
    } else {
        return Err(invalid("workflow_id", "is not a workflow of this account"));
    };
    if new.customer_user_id.as_ref().is_some_and(|id| id.chars().count() > 256) {
        return Err(invalid("customer_user_id", "is too long"));
    }
    let tags = new.tags.unwrap_or_default();
    if tags.len() > 30 || tags.iter().any(|tag| !(1..=128).contains(&tag.chars().count())) {
        return Err(invalid("tags", "must be 30 at most, each of 1 to 128 characters"));
    }
    let now = simulator.clock.now();
    let id = fresh_uuid()?;
    let run = Run {
        applicant_id: new.applicant_id,
        workflow_id: new.workflow_id,
        customer_user_id: new.customer_user_id,
        tags,
        custom_data: new.custom_data.unwrap_or_default(),
        kind,
        status: "awaiting_input",
        output: None,
        sdk_token: ident::fresh("sdk_").map_err(|_| broken())?,
        created_at: now,
        updated_at: now,
        id: id.clone(),
    };
    let shown = run.show(&simulator.public_url);
    let mut account = simulator.account();
    // an account restarted in between has forgotten its applicants; their ids stay good, as in a real one
    account.runs.insert(id, run);
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

async fn show_run(State(simulator): App, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let account = simulator.account();
    let run = account.runs.get(&id).filter(|run| run.kind != Kind::Idaas).ok_or_else(not_found)?;
    Ok(Json(run.show(&simulator.public_url)))
}

/// The real API wants https and makes a token; here it is the configured one.
async fn create_webhook(State(simulator): App, body: Bytes) -> Result<Response, ApiError> {
    let new: NewWebhook = parse(&body)?;
    if reqwest::Url::parse(&new.url).is_err() {
        return Err(invalid("url", "is not a URL"));
    }
    let id = fresh_uuid()?;
    simulator.account().webhook_urls.push(new.url.clone());
    let mut webhook = json!({
        "id": id,
        "url": new.url,
        "enabled": true,
        "events": new.events.unwrap_or_else(|| vec!["workflow_run.completed".to_owned()]),
        "environments": ["sandbox"],
        "payload_version": 3,
        "token": simulator.webhook_token.expose(),
        "href": format!("/v3.6/webhooks/{id}"),
    });
    // not null: the document has it as a text or not at all
    if let Some(name) = new.name {
        webhook["name"] = json!(name);
    }
    Ok((StatusCode::CREATED, Json(webhook)).into_response())
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        ApiError(StatusCode::BAD_REQUEST, json!({"type": "bad_request", "message": error.to_string()}))
    })
}

fn fresh_uuid() -> Result<String, ApiError> {
    ident::fresh_uuid().map_err(|_| broken())
}

fn invalid(field: &str, why: &str) -> ApiError {
    ApiError(
        StatusCode::UNPROCESSABLE_ENTITY,
        json!({
            "type": "validation_error",
            "message": "There was a validation error on this request",
            "fields": {field: [why]},
        }),
    )
}

fn not_found() -> ApiError {
    ApiError(
        StatusCode::NOT_FOUND,
        json!({"type": "resource_not_found", "message": "Could not find the requested resource"}),
    )
}

fn broken() -> ApiError {
    ApiError(
        StatusCode::INTERNAL_SERVER_ERROR,
        json!({"type": "internal_server_error", "message": "no randomness"}),
    )
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}
