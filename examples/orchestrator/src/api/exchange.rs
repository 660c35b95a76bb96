//! A POST as it is told apart from others: its `Idempotency-Key` and a digest of what it asks.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::json;
use crate::ident::{IdempotencyKey, hex};
use crate::refusal::Refusal;
use crate::store::Exchange;

/// The exchange and its body, read strictly.
pub(super) struct Post<T> {
    pub(super) exchange: Exchange,
    pub(super) body: T,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Post<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let key = idempotency_key(request.headers())?;
        let content_type = request.headers().get(CONTENT_TYPE).cloned();
        let what = format!("{}\n{}\n", request.method(), request.uri().path());
        let bytes = read(request, state).await?;
        let is_json = content_type.as_ref().is_some_and(|value| json::is_json(value.as_bytes()));
        // a call that takes no body may come without one, and then without a type
        let is_absent = content_type.is_none() && bytes.is_empty();
        if !is_json && !is_absent {
            return Err(Refusal::UnsupportedMediaType);
        }
        let body = json::parse(if bytes.is_empty() { b"{}" } else { &bytes })?;
        let mut hash = Sha256::new();
        hash.update(what);
        hash.update(&bytes);
        let request_hash = hex(&hash.finalize());
        Ok(Self { exchange: Exchange { key, request_hash }, body })
    }
}

/// A body that needs no key: what it says is known by its own ids.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let content_type = request.headers().get(CONTENT_TYPE);
        if !content_type.is_some_and(|value| json::is_json(value.as_bytes())) {
            return Err(Refusal::UnsupportedMediaType);
        }
        Ok(Self(json::parse(&read(request, state).await?)?))
    }
}

/// The whole body, or why not.
pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::BodyTooLarge,
        _ => Refusal::Malformed("the body did not arrive whole".to_owned()),
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut values = headers.get_all("idempotency-key").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::IdempotencyKeyRequired);
    };
    let text = value.to_str().map_err(|_| Refusal::IdempotencyKeyRequired)?;
    let key = IdempotencyKey::try_from(text.to_owned()).map_err(|_| Refusal::IdempotencyKeyRequired)?;
    Ok(key.as_str().to_owned())
}
