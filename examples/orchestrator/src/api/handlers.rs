//! One function per call.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::body::{
    AuthenticationBody, CompleteBody, ConsumeBody, ExchangeBody, HandoffBody, Nothing, OpenBody, RecoveryBody,
};
use super::exchange::{self, Json as Strict, Post};
use super::id::{Elevation, Id};
use crate::decision::Batch;
use crate::idv::SIGNATURE_HEADER;
use crate::service::{Answer, Fault, HandoffReport, Opening, Reception, Report, Service};

type App = State<Arc<Service>>;

pub(super) async fn open(State(service): App, post: Post<OpenBody>) -> Result<Response, Fault> {
    let opening = Opening::try_from(post.body)?;
    Ok(service.open(&post.exchange, opening).await?.into_response())
}

pub(super) async fn status(State(service): App, Id(id): Id) -> Result<Json<Report>, Fault> {
    Ok(Json(service.status(&id).await?))
}

pub(super) async fn complete(
    State(service): App,
    Id(id): Id,
    post: Post<CompleteBody>,
) -> Result<Response, Fault> {
    Ok(service.complete(&post.exchange, &id, &post.body.into()).await?.into_response())
}

pub(super) async fn cancel(State(service): App, Id(id): Id, post: Post<Nothing>) -> Result<Response, Fault> {
    Ok(service.cancel(&post.exchange, &id).await?.into_response())
}

pub(super) async fn create_handoff(State(service): App, post: Post<HandoffBody>) -> Result<Response, Fault> {
    let user = post.body.external_user_id.clone();
    let transaction = post.body.into_transaction();
    Ok(service.create_handoff(&post.exchange, &user, transaction.as_ref()).await?.into_response())
}

pub(super) async fn consume_handoff(State(service): App, post: Post<ConsumeBody>) -> Result<Response, Fault> {
    Ok(service.consume_handoff(&post.exchange, &post.body.handoff_token).await?.into_response())
}

pub(super) async fn authenticate_handoff(
    State(service): App,
    Id(id): Id,
    post: Post<AuthenticationBody>,
) -> Result<Response, Fault> {
    let (ceremony, custom_data) = post.body.into_parts()?;
    Ok(service.authenticate_handoff(&post.exchange, &id, ceremony, custom_data).await?.into_response())
}

pub(super) async fn cancel_handoff(
    State(service): App,
    Id(id): Id,
    post: Post<Nothing>,
) -> Result<Response, Fault> {
    Ok(service.cancel_handoff(&post.exchange, &id).await?.into_response())
}

pub(super) async fn handoff_status(State(service): App, Id(id): Id) -> Result<Json<HandoffReport>, Fault> {
    Ok(Json(service.handoff_status(&id).await?))
}

pub(super) async fn recover(State(service): App, post: Post<RecoveryBody>) -> Result<Response, Fault> {
    let opening = Opening::try_from(post.body)?;
    Ok(service.open(&post.exchange, opening).await?.into_response())
}

pub(super) async fn exchange_continuation(
    State(service): App,
    Id(id): Id,
    post: Post<ExchangeBody>,
) -> Result<Response, Fault> {
    let continuation = &post.body.continuation;
    Ok(service.exchange_continuation(&post.exchange, &id, continuation).await?.into_response())
}

pub(super) async fn consume_elevation(
    State(service): App,
    Elevation(id): Elevation,
    post: Post<Nothing>,
) -> Result<Response, Fault> {
    Ok(service.consume_elevation(&post.exchange, &id).await?.into_response())
}

pub(super) async fn credential(State(service): App, Id(credential_id): Id) -> Result<Json<Value>, Fault> {
    let owner = service.credential_owner(&credential_id).await?;
    let mut body = Map::new();
    body.insert("external_user_id".to_owned(), owner.external_user_id.into());
    for (name, value) in [("public_key", owner.public_key), ("user_handle", owner.user_handle)] {
        if let Some(value) = value {
            body.insert(name.to_owned(), value.into());
        }
    }
    Ok(Json(Value::Object(body)))
}

pub(super) async fn keep_decisions(
    State(service): App,
    Strict(batch): Strict<Batch>,
) -> Result<StatusCode, Fault> {
    service.keep_decisions(&batch).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn webhook(State(service): App, request: Request) -> Result<Json<Value>, Fault> {
    let mut signatures = request.headers().get_all(SIGNATURE_HEADER).iter().cloned();
    // two signatures are as bad as none
    let signature = signatures.next().filter(|_| signatures.next().is_none());
    let body = exchange::read(request, &()).await?;
    let signature = signature.as_ref().map(axum::http::HeaderValue::as_bytes);
    let reception = service.receive_webhook(&body, signature).await?;
    Ok(Json(json!({"status": match reception {
        Reception::Applied => "applied",
        Reception::Duplicate => "duplicate",
        Reception::Ignored => "ignored",
    }})))
}

pub(super) async fn health(State(service): App) -> Response {
    match service.store.ping().await {
        Ok(()) => Json(json!({"status": "ok"})).into_response(),
        Err(error) => {
            tracing::error!(%error, "health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "database unavailable"}))).into_response()
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // an answer may hold an SDK token
        let headers = [(header::CACHE_CONTROL, "no-store")];
        if self.body.is_null() {
            (status, headers).into_response()
        } else {
            (status, headers, Json(self.body)).into_response()
        }
    }
}
