//! What a client posts and a relying party offers, read strictly (W3C Web Authentication Level 3).
//!
//! Everything here is what the client *claims*: until the relying party accepts the signature, neither flags nor
//! keys are proven. What is proven is that we read it as every relying party must, or refused it.

mod attestation;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
mod credential;
mod malformed;
mod names;
mod options;

pub use attestation::AttestationObject;
pub use authenticator_data::{AttestedCredential, AuthenticatorData, Flags};
pub use cbor::CborError;
pub use client_data::ClientData;
pub use cose::{PublicKey, PublicKeyKind};
pub use credential::{Credential, Response};
pub use malformed::Malformed;
pub use names::check_path;
pub use options::{Options, Unreadable, raise};

use sha2::{Digest, Sha256};

/// SHA-256 of a challenge's bytes: what everything that belongs to one ceremony is tied to.
pub fn challenge_hash(challenge: &[u8]) -> [u8; 32] {
    Sha256::digest(challenge).into()
}

/// SHA-256 of an RP ID: what authenticator data begins with.
pub fn rp_id_hash(rp_id: &str) -> [u8; 32] {
    Sha256::digest(rp_id).into()
}
