//! `registration`: whether what was posted is a new credential of this very ceremony, and which.

use countersign::encoding::to_base64url;
use countersign::json::{Number, Object, Value};
use countersign::policy::Ceremony::Registration;
use countersign::refusal::{Code, Refusal};

use super::ceremony;
use crate::document::{Members, malformed};

const MEMBERS: [&str; 5] = ["op", "credentialId", "clientDataJSON", "attestationObject", "expected"];
const EXPECTED: [&str; 5] = ["challenge", "origins", "rpId", "userVerification", "algorithms"];
const RESPONSE: [&str; 2] = ["clientDataJSON", "attestationObject"];

pub(super) fn perform(document: &Object) -> Result<Object, Refusal> {
    let document = Members::of(document, &MEMBERS)?;
    let expected = document.object("expected", &EXPECTED)?;
    let credential = ceremony::credential(&document, Registration, &RESPONSE)?;
    ceremony::answers(&credential, Registration, &expected)?;
    let key = credential.public_key().ok_or(malformed("attestationObject"))?;
    let algorithm = offered(expected.list("algorithms")?, key.algorithm())?;
    let mut about = Object::default();
    about.insert("credentialId", to_base64url(&credential.id).into());
    about.insert("publicKey", to_base64url(key.cose()).into());
    about.insert("algorithm", algorithm);
    ceremony::describe(&credential, &mut about);
    Ok(super::passed(about))
}

/// The algorithm, if it was offered (W3C WebAuthn Level 3, section 7.1, `pubKeyCredParams`).
fn offered(algorithms: &[Value], algorithm: i64) -> Result<Value, Refusal> {
    let mut found = None;
    for offer in algorithms {
        let Value::Number(number) = offer else { return Err(malformed("algorithms")) };
        let number: i64 = Number::as_str(number).parse().map_err(|_| malformed("algorithms"))?;
        if number == algorithm {
            found = Some(offer.clone());
        }
    }
    found.ok_or(Refusal::new(Code::CeremonyMismatch, "algorithm"))
}
