//! `assertion`: whether what was posted proves a stored credential, for this very ceremony.

use countersign::es256::{Es256 as _, SoftwareEs256};
use countersign::json::Object;
use countersign::policy::Ceremony::Authentication;
use countersign::refusal::{Code, Refusal};
use countersign::webauthn::{Credential, PublicKey};

use super::ceremony;
use crate::document::{Members, malformed};

const MEMBERS: [&str; 7] =
    ["op", "credentialId", "clientDataJSON", "authenticatorData", "signature", "userHandle", "expected"];
const EXPECTED: [&str; 7] =
    ["challenge", "origins", "rpId", "credentialId", "publicKey", "userVerification", "userHandle"];
const RESPONSE: [&str; 4] = ["clientDataJSON", "authenticatorData", "signature", "userHandle"];

pub(super) fn perform(document: &Object) -> Result<Object, Refusal> {
    let document = Members::of(document, &MEMBERS)?;
    let expected = document.object("expected", &EXPECTED)?;
    let credential = ceremony::credential(&document, Authentication, &RESPONSE)?;
    ceremony::answers(&credential, Authentication, &expected)?;
    let signature = owned(&credential, &expected)?;
    let mut about = Object::default();
    ceremony::describe(&credential, &mut about);
    about.insert("signature", signature.into());
    Ok(super::passed(about))
}

/// The credential is the stored one, the user its user, the signature its key's. Says whether we checked the
/// signature: that of another algorithm than ES256 is the host's alone to check.
fn owned(credential: &Credential, expected: &Members<'_>) -> Result<&'static str, Refusal> {
    let mismatch = |why| Err(Refusal::new(Code::CredentialMismatch, why));
    let (signature, user_handle) = credential.assertion().ok_or(malformed("signature"))?;
    if credential.id != expected.binary("credentialId")? {
        return mismatch("credential id");
    }
    let owner = expected.optional_binary("userHandle")?;
    if user_handle.is_some_and(|handle| Some(handle) != owner.as_deref()) {
        return mismatch("user handle");
    }
    let key = PublicKey::from_stored(&expected.binary("publicKey")?).map_err(|_| malformed("publicKey"))?;
    match key.es256() {
        None => Ok("not_checked"),
        Some(key) if SoftwareEs256.verify_es256(&key, &credential.signed_message(), signature) => {
            Ok("verified")
        }
        Some(_) => mismatch("signature"),
    }
}
