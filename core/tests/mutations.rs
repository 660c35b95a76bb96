//! Whatever is done to a credential, nothing panics, and what is still accepted says what it said.
//!
//! Built without optimisation, so arithmetic that overflows and an index out of bounds would panic here.

use countersign::es256::{Es256 as _, SoftwareEs256};
use countersign::json::{self, Value};
use countersign::policy::Ceremony::{self, Authentication, Registration};
use countersign::webauthn::{
    AttestationObject, AuthenticatorData, ClientData, Credential, Options, PublicKey, raise,
};

mod random;

use random::Random;

const VECTORS: &str = include_str!("../../tests/vectors/webauthn_l3.json");

/// The credential JSON of every vector.
fn credentials() -> Vec<(Ceremony, Value)> {
    let document = json::parse(VECTORS.as_bytes(), 16).unwrap();
    let vectors = document.get("vectors").unwrap().as_array().unwrap();
    let of = |ceremony: Ceremony, member: &'static str| {
        vectors.iter().map(move |vector| {
            (ceremony, vector.get(ceremony.as_str()).unwrap().get(member).unwrap().clone())
        })
    };
    of(Registration, "RegistrationResponseJSON")
        .chain(of(Authentication, "AuthenticationResponseJSON"))
        .collect()
}

fn binary(credential: &Value, member: &str) -> Vec<u8> {
    let text = credential.get("response").unwrap().get(member).unwrap().as_str().unwrap();
    countersign::encoding::from_base64url(text).unwrap()
}

#[test]
fn credentials_as_text() {
    let mut random = Random::new(3);
    let mut accepted = 0;
    for (ceremony, value) in credentials() {
        let text = value.to_vec();
        let before = Credential::parse(&value, ceremony, false).unwrap();
        for _ in 0..400 {
            let Ok(changed) = json::parse(&random.mutate(&text), 16) else { continue };
            for other in [Registration, Authentication] {
                let Ok(after) = Credential::parse(&changed, other, true) else { continue };
                accepted += 1;
                if let (Some(before), Some(after)) = (before.public_key(), after.public_key()) {
                    // The key cannot change but with the attestation object, which a changed character breaks or
                    // changes elsewhere; the copy beside it must still agree.
                    assert_eq!(before.algorithm(), after.algorithm());
                }
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn client_data() {
    let mut random = Random::new(4);
    for (_, value) in credentials() {
        let bytes = binary(&value, "clientDataJSON");
        for _ in 0..400 {
            let changed = random.mutate(&bytes);
            // serde_json, which takes the last of two members, must take what we took.
            let Ok(read) = ClientData::parse(&changed) else { continue };
            let other: serde_json::Value = serde_json::from_slice(&changed).unwrap();
            assert_eq!(other["type"], read.kind);
            assert_eq!(other["origin"], read.origin);
            assert_eq!(other["challenge"], countersign::encoding::to_base64url(&read.challenge));
        }
    }
}

#[test]
fn authenticator_data_and_keys() {
    let mut random = Random::new(5);
    for (ceremony, value) in credentials() {
        let data = binary(&value, "authenticatorData");
        for _ in 0..400 {
            let changed = random.mutate(&data);
            if let Ok(read) = AuthenticatorData::parse(&changed) {
                assert_eq!(read.rp_id_hash, changed[..32]);
                assert!(read.flags.backup_eligible() || !read.flags.backed_up());
                assert!(read.attested.is_some() || changed[32] & 0x40 == 0);
            }
        }
        if ceremony == Registration {
            let object = binary(&value, "attestationObject");
            let key =
                Credential::parse(&value, ceremony, false).unwrap().public_key().unwrap().cose().to_vec();
            for _ in 0..400 {
                if let Ok(read) = AttestationObject::parse(&random.mutate(&object)) {
                    assert!((1..=1023).contains(&read.attested.id.len()));
                }
                let changed = random.mutate(&key);
                if let Ok(read) = PublicKey::from_stored(&changed) {
                    let _spki = read.to_spki_der();
                    assert!(read.cose() == changed || changed.len() == 65 || changed.len() == 91);
                }
            }
        }
    }
}

#[test]
fn signatures() {
    let mut random = Random::new(6);
    let (_, registration) = credentials().swap_remove(0);
    let (_, authentication) = credentials().swap_remove(15);
    let key =
        Credential::parse(&registration, Registration, false).unwrap().public_key().unwrap().es256().unwrap();
    let credential = Credential::parse(&authentication, Authentication, false).unwrap();
    let (signature, message) = (credential.assertion().unwrap().0, credential.signed_message());
    assert!(SoftwareEs256.verify_es256(&key, &message, signature));
    for _ in 0..200 {
        let changed = random.mutate(signature);
        assert!(
            changed == signature || !SoftwareEs256.verify_es256(&key, &message, &changed),
            "{changed:02x?}"
        );
    }
}

#[test]
fn options() {
    let mut random = Random::new(7);
    let full = br#"{"challenge":"AAECAwQFBgcICQoLDA0ODw","rp":{"id":"a.example"},"rpId":"a.example","timeout":60000,
        "user":{"id":"YWxpY2U"},"allowCredentials":[{"id":"AQID","type":"public-key"}],"userVerification":"preferred",
        "authenticatorSelection":{"userVerification":"preferred"}}"#;
    for _ in 0..5000 {
        let Ok(mut value) = json::parse(&random.mutate(full), 16) else { continue };
        for ceremony in [Registration, Authentication] {
            let read = Options::read(&value, ceremony);
            assert!(read.is_err() || !read.unwrap().challenge.is_empty());
            if let Some(options) = value.as_object_mut() {
                let _raised = raise(options, ceremony);
            }
        }
    }
}
