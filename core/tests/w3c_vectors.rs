//! The test vectors of W3C WebAuthn Level 3 (`tests/vectors/README.md`): all fifteen are read, and what the
//! vectors say of themselves is what we read.

use std::fmt::Write as _;

use countersign::encoding::to_base64url;
use countersign::es256::{Es256 as _, SoftwareEs256};
use countersign::json::{self, Value};
use countersign::policy::Ceremony::{self, Authentication, Registration};
use countersign::webauthn::{Credential, PublicKey};
use sha2::{Digest as _, Sha256};

const VECTORS: &str = include_str!("../../tests/vectors/webauthn_l3.json");

fn vectors() -> Vec<Value> {
    let document = json::parse(VECTORS.as_bytes(), 16).unwrap();
    document.get("vectors").unwrap().as_array().unwrap().to_vec()
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('/')
        .fold(value, |value, name| value.get(name).unwrap_or_else(|| panic!("no {name} of {path}")))
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn number(value: &Value) -> &str {
    let Value::Number(number) = value else { panic!("no number") };
    number.as_str()
}

/// What both ceremonies have, compared with what the vector says.
fn read(vector: &Value, ceremony: Ceremony, member: &str) -> Credential {
    let name = text(vector, "name");
    let leg = at(vector, ceremony.as_str());
    let credential =
        Credential::parse(at(leg, member), ceremony, false).unwrap_or_else(|why| panic!("{name}: {why:?}"));
    let client = &credential.client_data;
    let decoded = at(leg, "clientData_decoded");
    assert_eq!(client.kind, text(decoded, "type"), "{name}");

    assert_eq!(client.kind, ceremony.client_data_type(), "{name}");
    assert_eq!(hex(&client.challenge), text(leg, "raw_hex/challenge"), "{name}");
    assert_eq!(client.origin, text(decoded, "origin"), "{name}");
    assert_eq!(
        client.cross_origin,
        decoded.get("crossOrigin").and_then(Value::as_bool).unwrap_or(false),
        "{name}"
    );
    assert_eq!(client.top_origin.as_deref(), decoded.get("topOrigin").and_then(Value::as_str), "{name}");

    let data = &credential.authenticator_data;
    assert_eq!(data.rp_id_hash, <[u8; 32]>::from(Sha256::digest("example.org")), "{name}");
    assert_eq!(data.sign_count.to_string(), number(at(leg, "authData_decoded/signCount")), "{name}");
    for (flag, is_set) in [
        ("UP", data.flags.user_present()),
        ("UV", data.flags.user_verified()),
        ("BE", data.flags.backup_eligible()),
        ("BS", data.flags.backed_up()),
    ] {
        let said = at(leg, "authData_decoded/flags").get(flag).and_then(Value::as_bool);
        assert_eq!(Some(is_set), said, "{name} {flag}");
    }
    credential
}

#[test]
fn every_registration_is_read() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 15);
    for vector in &vectors {
        let name = text(vector, "name");
        let credential = read(vector, Registration, "RegistrationResponseJSON");
        assert_eq!(
            hex(&credential.id),
            text(vector, "registration/authData_decoded/credentialId_hex"),
            "{name}"
        );
        let key = credential.public_key().unwrap();
        let cose = text(vector, "registration/authData_decoded/credentialPublicKey_cose_hex");
        assert_eq!(hex(key.cose()), cose, "{name}");
        assert_eq!(key.algorithm().to_string(), number(at(vector, "alg")), "{name}");
        assert_eq!(key.es256().is_some(), key.algorithm() == -7, "{name}");
        assert_eq!(&PublicKey::from_stored(key.cose()).unwrap(), key, "{name}");
        assert_eq!(credential.assertion(), None, "{name}");
    }
}

#[test]
fn every_authentication_is_read_and_es256_checks_out() {
    let mut checked = 0;
    for vector in &vectors() {
        let name = text(vector, "name");
        let registration = read(vector, Registration, "RegistrationResponseJSON");
        let credential = read(vector, Authentication, "AuthenticationResponseJSON");
        assert_eq!(credential.id, registration.id, "{name}");
        assert_eq!(credential.public_key(), None, "{name}");
        let (signature, handle) = credential.assertion().unwrap();
        assert_eq!(hex(signature), text(vector, "authentication/raw_hex/signature"), "{name}");
        assert_eq!(handle, None, "{name}");
        let Some(key) = registration.public_key().unwrap().es256() else { continue };
        let message = credential.signed_message();
        assert!(SoftwareEs256.verify_es256(&key, &message, signature), "{name}");
        let mut other = message.clone();
        other[32] ^= 0x04;
        assert!(!SoftwareEs256.verify_es256(&key, &other, signature), "{name}: with another flag");
        checked += 1;
    }
    assert_eq!(checked, 10);
}

/// `webauthn_l3_spki.json` has the same keys, converted by pyca/cryptography.
#[test]
fn every_key_converts_to_its_public_key_info() {
    let converted = json::parse(include_bytes!("../../tests/vectors/webauthn_l3_spki.json"), 2).unwrap();
    for vector in &vectors() {
        let name = text(vector, "name");
        let registration = read(vector, Registration, "RegistrationResponseJSON");
        let spki = registration.public_key().unwrap().to_spki_der().expect(name);
        assert_eq!(to_base64url(&spki), text(&converted, name), "{name}");

        let mut json = at(vector, "registration/RegistrationResponseJSON").clone();
        let beside = json.as_object_mut().and_then(|json| json.get_mut("response")?.as_object_mut()).unwrap();
        beside.insert("publicKey", Value::String(to_base64url(&spki)));
        assert!(Credential::parse(&json, Registration, false).is_ok(), "{name}");
    }
}
