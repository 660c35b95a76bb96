//! A gateway that is not there: it signs and verifies in software, knows no route and remembers nothing.

use countersign::assertion::Signer;
use countersign::es256::{Es256, P256Key, SigningKey, SoftwareEs256};
use countersign::exchange::Gateway;
use countersign::time::UnixTime;

/// What an explanation runs in. Nothing random, so that the same request is explained the same way.
#[derive(Debug)]
pub(super) struct Nowhere;

impl Es256 for Nowhere {
    fn verify_es256(&self, key: &P256Key, message: &[u8], der_signature: &[u8]) -> bool {
        SoftwareEs256.verify_es256(key, message, der_signature)
    }
}

impl Signer for Nowhere {
    fn sign_es256(&self, key: &SigningKey, message: &[u8]) -> Option<[u8; 64]> {
        SoftwareEs256.sign_es256(key, message)
    }
}

impl Gateway for Nowhere {
    fn route_cluster(&self) -> Option<String> {
        None
    }

    fn verified_claim(&self, _metadata: &str, _claim: &str) -> Option<String> {
        None
    }

    fn uuid(&self) -> String {
        "00000000-0000-4000-8000-000000000000".to_owned()
    }

    fn take(&self, _session: &[u8; 32], _until: UnixTime) -> bool {
        true
    }

    fn give_back(&self, _session: &[u8; 32]) {}

    fn explains(&self) -> bool {
        true
    }

    fn random(&self) -> Option<[u8; 16]> {
        Some([0; 16])
    }

    fn client_address(&self) -> Option<String> {
        None
    }

    fn kept_token(&self, _now: UnixTime) -> Option<String> {
        Some("token".to_owned())
    }

    fn keep_token(&self, _token: &str, _until: UnixTime) {}
}
