//! The attestation object: how a new credential arrives.

use super::cbor::{Key, Reader};
use super::{AttestedCredential, AuthenticatorData, Malformed};

/// An attestation object, read to its last byte (W3C WebAuthn Level 3, section 6.5.4).
///
/// The statement is checked to be well-formed and no further: whether to trust an attestation is the relying
/// party's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationObject {
    /// The authenticator data; its attested credential data stands in `attested` instead.
    pub authenticator_data: AuthenticatorData,
    /// The same as it stood: what a signature covers.
    pub authenticator_data_bytes: Vec<u8>,
    /// The new credential.
    pub attested: AttestedCredential,
}

impl AttestationObject {
    /// Reads all of `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let map = reader.map().map_err(Malformed::Cbor)?;
        reader.end().map_err(Malformed::Cbor)?;
        map.read(Key::Text("fmt"), Reader::text).map_err(Malformed::Cbor)?;
        map.read(Key::Text("attStmt"), |value| value.map().map(drop)).map_err(Malformed::Cbor)?;
        let data = map.read(Key::Text("authData"), Reader::bytes).map_err(Malformed::Cbor)?;
        let mut authenticator_data = AuthenticatorData::parse(data)?;
        let attested = authenticator_data.attested.take().ok_or(Malformed::NothingAttested)?;
        Ok(Self { authenticator_data, authenticator_data_bytes: data.to_vec(), attested })
    }
}
