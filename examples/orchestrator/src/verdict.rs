//! Signed verdicts: a compact JWS (RFC 7515) that a gateway can check without trusting the path to us.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::ident::RpId;
use crate::session::Session;

/// How long a verdict is good, in seconds; the contract allows 120.
const LIFETIME: i64 = 60;

/// Signs verdicts with one ES256 key.
pub struct VerdictSigner {
    key: SigningKey,
    kid: String,
    /// For the recoveries, which name no relying party.
    all_rp_ids: Vec<RpId>,
}

/// A signing key that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("must be a P-256 private key, as a PKCS #8 PEM or as a JWK with `d`")]
pub struct BadSigningKey;

impl VerdictSigner {
    /// Reads a PKCS #8 PEM or a private JWK (RFC 7517).
    ///
    /// # Errors
    /// When the text is neither, or the curve is not P-256.
    pub fn parse(text: &str) -> Result<Self, BadSigningKey> {
        let key = if text.trim_start().starts_with('{') {
            from_jwk(text)?
        } else {
            // a PEM often comes through an environment variable with its line feeds escaped
            SigningKey::from_pkcs8_pem(text.replace("\\n", "\n").trim()).map_err(|_| BadSigningKey)?
        };
        let mut signer = Self { key, kid: String::new(), all_rp_ids: Vec::new() };
        signer.kid = signer.thumbprint();
        Ok(signer)
    }

    /// Makes `rp_ids` the audience of a recovery's verdict; without any, it is not signed.
    #[must_use]
    pub fn for_recoveries_at(self, rp_ids: Vec<RpId>) -> Self {
        Self { all_rp_ids: rp_ids, ..self }
    }

    /// The verdict of a matched session: `aud` is its relying party, `sub` its user. A recovery has no challenge,
    /// and all relying parties for an audience.
    pub fn sign(&self, session: &Session, now: i64) -> Option<String> {
        let audience = match &session.ceremony {
            Some(ceremony) => json!(ceremony.rp_id),
            None if self.all_rp_ids.is_empty() => return None,
            None => json!(self.all_rp_ids),
        };
        let header = json!({"alg": "ES256", "typ": "countersign-verdict+jwt", "kid": self.kid});
        let mut claims = json!({
            "aud": audience,
            "sub": session.external_user_id,
            "sid": session.id,
            "flow": session.flow,
            "status": "matched",
            "iat": now,
            "exp": now.saturating_add(LIFETIME),
        });
        if let Some(ceremony) = &session.ceremony {
            claims["challenge"] = json!(ceremony.challenge);
        }
        let input = format!("{}.{}", encode_json(&header), encode_json(&claims));
        let signature: Signature = self.key.sign(input.as_bytes());
        Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
    }

    /// The public key as a JWK, for the gateway's `verdict_keys`.
    pub fn public_jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": self.kid})
    }

    /// RFC 7638: SHA-256 over the required members in lexical order, without spaces.
    fn thumbprint(&self) -> String {
        let (x, y) = self.coordinates();
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.key.verifying_key().to_sec1_point(false);
        let encode = |bytes: Option<&[u8]>| URL_SAFE_NO_PAD.encode(bytes.unwrap_or_default());
        (encode(point.x().map(AsRef::as_ref)), encode(point.y().map(AsRef::as_ref)))
    }
}

fn from_jwk(text: &str) -> Result<SigningKey, BadSigningKey> {
    let jwk: Value = serde_json::from_str(text).map_err(|_| BadSigningKey)?;
    if jwk["kty"] != "EC" || jwk["crv"] != "P-256" {
        return Err(BadSigningKey);
    }
    let scalar = jwk["d"].as_str().and_then(|d| URL_SAFE_NO_PAD.decode(d).ok()).ok_or(BadSigningKey)?;
    SigningKey::from_slice(&scalar).map_err(|_| BadSigningKey)
}

fn encode_json(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl std::fmt::Debug for VerdictSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerdictSigner").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
