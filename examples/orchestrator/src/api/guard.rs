//! The bearer token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::refusal::Refusal;
use crate::secret::Secret;

/// Digests of the tokens that open the API: neither a token's bytes nor its length show in the time it takes
/// to compare.
#[derive(Clone)]
pub(super) struct Bearer(Arc<[[u8; 32]]>);

impl Bearer {
    pub(super) fn new(tokens: &[Secret<String>]) -> Self {
        Self(tokens.iter().map(|token| Sha256::digest(token.expose()).into()).collect())
    }

    fn admits(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.0.iter().fold(false, |admitted, token| admitted | bool::from(token.ct_eq(&presented)))
    }
}

/// Lets a request pass that carries exactly one `Authorization: Bearer` with one of the tokens.
pub(super) async fn require(
    State(bearer): State<Bearer>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Refusal::Unauthorized) };
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Refusal::Unauthorized)?;
    // the scheme's case does not matter (RFC 9110, section 11.1)
    if !scheme.eq_ignore_ascii_case("bearer") || !bearer.admits(token) {
        return Err(Refusal::Unauthorized);
    }
    Ok(next.run(request).await)
}
