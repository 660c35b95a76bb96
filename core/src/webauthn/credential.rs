//! The JSON that a client posts at the end of a ceremony.

use crate::encoding::from_base64url;
use crate::json::{Object, Value};
use crate::policy::{Ceremony, CredentialFacts};

use super::authenticator_data::LONGEST_ID;
use super::names::{self, has_variant};
use super::{AttestationObject, AuthenticatorData, ClientData, Malformed, PublicKey};

/// Longest user handle, in bytes (W3C WebAuthn Level 3, section 5.4.3).
const LONGEST_USER_HANDLE: usize = 64;

/// A credential as posted (W3C WebAuthn Level 3, section 5.1, `RegistrationResponseJSON` and
/// `AuthenticationResponseJSON`). All of it is the client's claim until the relying party accepts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The credential id: 1 to 1023 bytes.
    pub id: Vec<u8>,
    /// What the client signed for.
    pub client_data: ClientData,
    /// What the authenticator signed; without attested credential data, which is in [`Response::Attestation`].
    pub authenticator_data: AuthenticatorData,
    /// What only this ceremony has.
    pub response: Response,
    /// `authenticatorAttachment`: `platform`, `cross-platform`, or what a later level names.
    pub attachment: Option<String>,
    authenticator_data_bytes: Vec<u8>,
}

/// The part of a credential that differs between ceremonies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// A registration's.
    Attestation {
        /// The new credential's key.
        public_key: PublicKey,
    },
    /// An authentication's.
    Assertion {
        /// In DER where the algorithm is ECDSA.
        signature: Vec<u8>,
        /// Whose credential the authenticator says it is: 1 to 64 bytes; an empty one is none.
        user_handle: Option<Vec<u8>>,
    },
}

impl Credential {
    /// Reads what a client posts. `raw_id_optional`: the FIDO conformance API leaves `rawId` out.
    ///
    /// Members that the specification does not name are let through.
    pub fn parse(value: &Value, ceremony: Ceremony, raw_id_optional: bool) -> Result<Self, Malformed> {
        let credential = object(value, "credential")?;
        let response = object(credential.get("response").ok_or(Malformed::Missing("response"))?, "response")?;
        if has_variant(credential, &names::CREDENTIAL) || has_variant(response, &names::CREDENTIAL) {
            return Err(Malformed::Case);
        }
        if required_text(credential, "type")? != "public-key" {
            return Err(Malformed::CredentialType);
        }
        let id = id(credential, raw_id_optional)?;
        let client_data = ClientData::parse(&binary(response, "clientDataJSON")?)?;
        let attachment = optional_text(credential, "authenticatorAttachment")?.map(str::to_owned);
        if let Some(results) = present(credential, "clientExtensionResults") {
            object(results, "clientExtensionResults")?;
        }
        let (authenticator_data_bytes, authenticator_data, response) = match ceremony {
            Ceremony::Registration => attestation(response, &id)?,
            Ceremony::Authentication => assertion(response)?,
        };
        Ok(Self { id, client_data, authenticator_data, response, attachment, authenticator_data_bytes })
    }

    /// What an assertion's signature covers (section 7.2): authenticator data and the hash of the client data.
    pub fn signed_message(&self) -> Vec<u8> {
        [&self.authenticator_data_bytes[..], &self.client_data.hash].concat()
    }

    /// The signature and the user handle of an assertion.
    pub fn assertion(&self) -> Option<(&[u8], Option<&[u8]>)> {
        match &self.response {
            Response::Assertion { signature, user_handle } => Some((signature, user_handle.as_deref())),
            Response::Attestation { .. } => None,
        }
    }

    /// The key of a registration.
    pub fn public_key(&self) -> Option<&PublicKey> {
        match &self.response {
            Response::Attestation { public_key } => Some(public_key),
            Response::Assertion { .. } => None,
        }
    }

    /// What rules may look at.
    pub fn facts(&self) -> CredentialFacts<'_> {
        let flags = self.authenticator_data.flags;
        CredentialFacts {
            backed_up: flags.backed_up(),
            backup_eligible: flags.backup_eligible(),
            user_verified: flags.user_verified(),
            attachment: self.attachment.as_deref(),
        }
    }
}

fn id(credential: &Object, raw_id_optional: bool) -> Result<Vec<u8>, Malformed> {
    let id = binary(credential, "id")?;
    if credential.get("rawId").is_some() || !raw_id_optional {
        let raw_id = binary(credential, "rawId")?;
        if raw_id != id {
            return Err(Malformed::IdMismatch);
        }
    }
    if id.is_empty() || id.len() > LONGEST_ID { Err(Malformed::IdLength) } else { Ok(id) }
}

type Parts = (Vec<u8>, AuthenticatorData, Response);

fn attestation(response: &Object, id: &[u8]) -> Result<Parts, Malformed> {
    let object = AttestationObject::parse(&binary(response, "attestationObject")?)?;
    if object.attested.id != id {
        return Err(Malformed::AttestedId);
    }
    // Browsers repeat parts of the attestation object for relying parties that do not read CBOR; a relying party
    // that believes the copies must believe the same as we do.
    let public_key = object.attested.public_key;
    if let Some(copy) = optional_binary(response, "authenticatorData")?
        && copy != object.authenticator_data_bytes
    {
        return Err(Malformed::Disagreement("authenticatorData"));
    }
    if let Some(copy) = optional_binary(response, "publicKey")?
        && Some(copy) != public_key.to_spki_der()
    {
        return Err(Malformed::Disagreement("publicKey"));
    }
    if let Some(copy) = present(response, "publicKeyAlgorithm") {
        let Value::Number(copy) = copy else { return Err(Malformed::Type("publicKeyAlgorithm")) };
        if copy.as_str().parse() != Ok(public_key.algorithm()) {
            return Err(Malformed::Disagreement("publicKeyAlgorithm"));
        }
    }
    if let Some(transports) = present(response, "transports") {
        let is_text = |transport: &Value| transport.as_str().is_some();
        if !transports.as_array().is_some_and(|transports| transports.iter().all(is_text)) {
            return Err(Malformed::Type("transports"));
        }
    }
    Ok((object.authenticator_data_bytes, object.authenticator_data, Response::Attestation { public_key }))
}

fn assertion(response: &Object) -> Result<Parts, Malformed> {
    let bytes = binary(response, "authenticatorData")?;
    let data = AuthenticatorData::parse(&bytes)?;
    if data.attested.is_some() {
        return Err(Malformed::AttestedInAssertion);
    }
    let signature = binary(response, "signature")?;
    let user_handle = optional_binary(response, "userHandle")?.filter(|handle| !handle.is_empty());
    if user_handle.as_ref().is_some_and(|handle| handle.len() > LONGEST_USER_HANDLE) {
        return Err(Malformed::UserHandleLength);
    }
    Ok((bytes, data, Response::Assertion { signature, user_handle }))
}

fn object<'a>(value: &'a Value, member: &'static str) -> Result<&'a Object, Malformed> {
    value.as_object().ok_or(Malformed::Type(member))
}

/// A member that is there and not `null`: some clients write `null` for what they do not have.
fn present<'a>(object: &'a Object, member: &str) -> Option<&'a Value> {
    object.get(member).filter(|value| **value != Value::Null)
}

fn optional_text<'a>(object: &'a Object, member: &'static str) -> Result<Option<&'a str>, Malformed> {
    present(object, member).map(|value| value.as_str().ok_or(Malformed::Type(member))).transpose()
}

fn required_text<'a>(object: &'a Object, member: &'static str) -> Result<&'a str, Malformed> {
    object.get(member).ok_or(Malformed::Missing(member))?.as_str().ok_or(Malformed::Type(member))
}

fn binary(object: &Object, member: &'static str) -> Result<Vec<u8>, Malformed> {
    from_base64url(required_text(object, member)?).map_err(|_| Malformed::Base64Url(member))
}

fn optional_binary(object: &Object, member: &'static str) -> Result<Option<Vec<u8>>, Malformed> {
    let text = optional_text(object, member)?;
    text.map(|text| from_base64url(text).map_err(|_| Malformed::Base64Url(member))).transpose()
}

#[cfg(test)]
mod tests;
