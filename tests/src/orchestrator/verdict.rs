//! Signed verdicts (section 8): right ones, and wrong in any way a test likes.

use std::sync::Arc;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::Session;
use crate::encoding::{base64url, random, unix_now};
use crate::plugin::RP_ID;

/// A verdict before it is signed.
#[derive(Clone, Debug)]
pub struct Token {
    /// The JOSE header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}

/// What changes a verdict: the parts before signing, and the compact form afterwards.
type Change = Arc<dyn Fn(&mut Token) + Send + Sync>;
type Rewrite = Arc<dyn Fn(String) -> String + Send + Sync>;

/// The orchestrator's signing key, and what it does wrong.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    kid: String,
    change: Change,
    rewrite: Rewrite,
}

impl Signer {
    /// A fresh key that signs good verdicts.
    pub fn new(kid: &str) -> Self {
        let key = std::iter::repeat_with(|| SigningKey::from_slice(&random::<32>()))
            .find_map(Result::ok)
            .expect("almost any 32 bytes are a key");
        Self { key, kid: kid.to_owned(), change: Arc::new(|_| {}), rewrite: Arc::new(|text| text) }
    }

    /// The same key, with header and claims changed before signing.
    #[must_use]
    pub fn but(&self, change: impl Fn(&mut Token) + Send + Sync + 'static) -> Self {
        Self { change: Arc::new(change), ..self.clone() }
    }

    /// The same key, with the compact form changed after signing.
    #[must_use]
    pub fn then(&self, rewrite: impl Fn(String) -> String + Send + Sync + 'static) -> Self {
        Self { rewrite: Arc::new(rewrite), ..self.clone() }
    }

    /// The public key as a JWK, for `verdict_keys`.
    pub fn jwk(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid,
            "x": base64url(point.x().expect("an uncompressed point")),
            "y": base64url(point.y().expect("an uncompressed point")),
        })
    }

    /// The verdict on a session, as `status` carries it.
    pub fn verdict(&self, session: &Session) -> String {
        let now = unix_now();
        // A recovery is opened for no relying party in particular: it has all of them for an audience.
        let audience =
            if session.challenge.is_some() { json!(session.rp_id) } else { json!(["other.example", RP_ID]) };
        let mut token = Token {
            header: json!({ "alg": "ES256", "typ": "countersign-verdict+jwt", "kid": self.kid }),
            claims: json!({
                "aud": audience, "sub": session.external_user_id, "sid": session.id,
                "flow": session.flow, "status": "matched",
                "iat": now, "exp": now + 60,
            }),
        };
        if let Some(challenge) = &session.challenge {
            token.claims["challenge"] = challenge.as_str().into();
        }
        (self.change)(&mut token);
        (self.rewrite)(self.sign(&token.header.to_string(), &token.claims.to_string()))
    }

    /// A compact JWS over these texts.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", base64url(header), base64url(claims));
        let signature: Signature = self.key.sign(input.as_bytes());
        format!("{input}.{}", base64url(signature.to_bytes()))
    }
}
