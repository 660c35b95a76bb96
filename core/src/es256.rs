//! ES256: ECDSA on P-256 with SHA-256 (FIPS 186-5; RFC 7518 section 3.4).

use core::fmt;

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, Signature, VerifyingKey};

use crate::assertion::Signer;

/// A public key on P-256 by its coordinates, big-endian. Whether it is on the curve is seen when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct P256Key {
    /// x
    pub x: [u8; 32],
    /// y
    pub y: [u8; 32],
}

/// Checks signatures. A host with crypto of its own implements it; both must give the same answers.
pub trait Es256 {
    /// Whether `der_signature` (an `Ecdsa-Sig-Value` in DER, RFC 3279 section 2.2.3) is the key's over `message`.
    ///
    /// `false` also for what is no key and no signature. A high s is allowed: WebAuthn does not forbid it.
    fn verify_es256(&self, key: &P256Key, message: &[u8], der_signature: &[u8]) -> bool;
}

/// ES256 without a host.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftwareEs256;

impl Es256 for SoftwareEs256 {
    fn verify_es256(&self, key: &P256Key, message: &[u8], der_signature: &[u8]) -> bool {
        let Ok(key) = VerifyingKey::from_sec1_bytes(&key.to_sec1()) else { return false };
        let Ok(signature) = DerSignature::from_bytes(der_signature) else { return false };
        key.verify(message, &signature).is_ok()
    }
}

impl Signer for SoftwareEs256 {
    fn sign_es256(&self, key: &SigningKey, message: &[u8]) -> Option<[u8; 64]> {
        let key = p256::ecdsa::SigningKey::from_slice(key.scalar.as_slice()).ok()?;
        let signature: Signature = key.sign(message);
        signature.to_bytes().as_slice().try_into().ok()
    }
}

/// r and s side by side of a signature in DER; `None` when it is none.
pub fn raw_signature(der: &[u8]) -> Option<[u8; 64]> {
    let signature = Signature::from_der(der).ok()?;
    signature.to_bytes().as_slice().try_into().ok()
}

/// A private key on P-256 and its public half. `Debug` shows the public half only.
#[derive(Clone)]
pub struct SigningKey {
    scalar: [u8; 32],
    public: P256Key,
}

/// PKCS #8 around a SEC 1 `ECPrivateKey` without its public key (RFC 5208, RFC 5915), up to the scalar.
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04,
    0x20,
];

impl SigningKey {
    /// `None` when it is zero or not below the order.
    pub fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        let key = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
        let public = key.verifying_key().to_sec1_point(false);
        Some(Self { scalar: *scalar, public: P256Key::from_sec1(public.as_bytes())? })
    }

    /// Reads PKCS #8 in DER, as `openssl genpkey -outform DER` writes it.
    pub fn from_pkcs8_der(der: &[u8]) -> Option<Self> {
        // Version 1 and an octet string of 32 bytes: what stands before the scalar in every encoding of the kind.
        const MARK: [u8; 5] = [0x02, 0x01, 0x01, 0x04, 0x20];
        let curve = PKCS8.get(6..26)?;
        der.windows(curve.len()).any(|window| window == curve).then_some(())?;
        let at = der.windows(MARK.len()).position(|window| window == MARK)?.checked_add(MARK.len())?;
        Self::from_scalar(der.get(at..)?.first_chunk()?)
    }

    /// As PKCS #8 in DER, for a host that signs.
    pub fn to_pkcs8_der(&self) -> Vec<u8> {
        [&PKCS8[..], &self.scalar].concat()
    }

    /// The public half.
    pub fn public(&self) -> P256Key {
        self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The DER form of a signature that is r and s side by side, 32 bytes each, as JWS has it (RFC 7518 section 3.4).
/// `None` when either is zero or not below the order (compare CVE-2022-21449).
pub fn der_signature(raw: &[u8; 64]) -> Option<Vec<u8>> {
    let signature = Signature::from_slice(raw).ok()?;
    Some(signature.to_der().as_bytes().to_vec())
}

/// `SubjectPublicKeyInfo` up to the point: `id-ecPublicKey`, `prime256v1`, a bit string of 66 bytes, the mark of an
/// uncompressed point (RFC 5480).
const SPKI: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

impl P256Key {
    /// Reads an uncompressed point (SEC 1 section 2.3.3).
    pub fn from_sec1(bytes: &[u8]) -> Option<Self> {
        Self::from_coordinates(bytes.strip_prefix(&[4])?)
    }

    /// Reads a DER `SubjectPublicKeyInfo`.
    pub fn from_spki_der(bytes: &[u8]) -> Option<Self> {
        Self::from_coordinates(bytes.strip_prefix(&SPKI)?)
    }

    /// The uncompressed point.
    pub fn to_sec1(&self) -> [u8; 65] {
        let mut bytes = [4; 65];
        for (to, from) in bytes.iter_mut().skip(1).zip(self.x.iter().chain(&self.y)) {
            *to = *from;
        }
        bytes
    }

    /// As DER `SubjectPublicKeyInfo`.
    pub fn to_spki_der(&self) -> Vec<u8> {
        [&SPKI[..], &self.x, &self.y].concat()
    }

    fn from_coordinates(bytes: &[u8]) -> Option<Self> {
        let (x, rest) = bytes.split_first_chunk()?;
        Some(Self { x: *x, y: rest.try_into().ok()? })
    }
}

#[cfg(test)]
mod tests;
