//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::ident::ElevationId;
use crate::refusal::Refusal;

/// Ids of ours are base64url, or a prefix and base64url; nothing else can be the id of anything here, and a database
/// does not take every text.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::NotFound)?;
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_plain { Ok(Self(id)) } else { Err(Refusal::NotFound) }
    }
}

/// The id of an elevation, which is the gateway's.
pub(super) struct Elevation(pub(super) ElevationId);

impl<S: Send + Sync> FromRequestParts<S> for Elevation {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::NotFound)?;
        ElevationId::try_from(id).map(Self).map_err(|why| Refusal::Malformed(why.to_owned()))
    }
}
