//! What both ceremonies have: a credential, read strictly, and whether it answers this very ceremony.

use countersign::encoding::from_base64url;
use countersign::json::{Object, Value};
use countersign::policy::Ceremony;
use countersign::refusal::{Code, Refusal};
use countersign::webauthn::{Credential, rp_id_hash};

use crate::document::{Members, malformed};

/// Reads a credential whose parts stand in the document, each under its WebAuthn name.
///
/// The core reads credentials as clients write them, so it is put together as a client would.
pub(super) fn credential(
    document: &Members<'_>,
    ceremony: Ceremony,
    parts: &[&'static str],
) -> Result<Credential, Refusal> {
    let mut response = Object::default();
    for part in parts {
        if let Some(text) = document.optional_text(part)? {
            response.insert(part, text.into());
        }
    }
    let id = document.text("credentialId")?;
    let mut credential = Object::default();
    credential.insert("id", id.into());
    credential.insert("rawId", id.into());
    credential.insert("type", "public-key".into());
    credential.insert("response", Value::Object(response));
    Credential::parse(&Value::Object(credential), ceremony, false)
        .map_err(|rule| Refusal::new(Code::MalformedCredential, rule.name()))
}

/// Compares a credential with the ceremony that it should answer (W3C WebAuthn Level 3, sections 7.1 and 7.2).
pub(super) fn answers(
    credential: &Credential,
    ceremony: Ceremony,
    expected: &Members<'_>,
) -> Result<(), Refusal> {
    let challenge = from_base64url(expected.text("challenge")?).ok().filter(|bytes| !bytes.is_empty());
    let challenge = challenge.ok_or(malformed("challenge"))?;
    let origins = expected.list("origins")?;
    if origins.iter().any(|origin| origin.as_str().is_none()) {
        return Err(malformed("origins"));
    }
    let rp_id = expected.text("rpId")?;
    let must_be_verified = expected.boolean("userVerification")?;

    let mismatch = |why| Err(Refusal::new(Code::CeremonyMismatch, why));
    let client = &credential.client_data;
    let data = &credential.authenticator_data;
    if client.kind != ceremony.client_data_type() {
        return mismatch("type");
    }
    if client.challenge != challenge {
        return Err(Refusal::new(Code::CeremonyUnknown, "challenge"));
    }
    if !origins.iter().any(|origin| origin.as_str() == Some(&client.origin)) {
        return mismatch("origin");
    }
    // An identity provider's pages are not framed: a ceremony in somebody else's frame is not one of its own.
    if client.cross_origin || client.top_origin.is_some() {
        return mismatch("cross-origin");
    }
    if data.rp_id_hash != rp_id_hash(rp_id) {
        return mismatch("RP ID");
    }
    if !data.flags.user_present() {
        return Err(Refusal::new(Code::UserUnverified, "user-present flag not set"));
    }
    if must_be_verified && !data.flags.user_verified() {
        return Err(Refusal::new(Code::UserUnverified, "user-verified flag not set"));
    }
    Ok(())
}

/// What the authenticator says about itself.
pub(super) fn describe(credential: &Credential, about: &mut Object) {
    let data = &credential.authenticator_data;
    about.insert("userVerified", Value::Bool(data.flags.user_verified()));
    about.insert("backupEligible", Value::Bool(data.flags.backup_eligible()));
    about.insert("backedUp", Value::Bool(data.flags.backed_up()));
    about.insert("signCount", u64::from(data.sign_count).into());
}
