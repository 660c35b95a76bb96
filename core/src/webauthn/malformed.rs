//! Every strictness rule, by name.

use crate::json::JsonError;

use super::cbor::CborError;

/// Which rule a body or credential breaks. Outside it is always `malformed_credential`; the name goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// An assertion carries attested credential data (Level 3, section 6.1: it must not).
    AttestedInAssertion,
    /// The posted `id` is not the id that was attested.
    AttestedId,
    /// `attestationObject`, its extensions or its key is not strict CBOR.
    Cbor(CborError),
    /// `clientDataJSON` is not strict JSON.
    ClientData(JsonError),
    /// A member of `clientDataJSON` differs from a WebAuthn name only in case.
    ClientDataCase,
    /// A member of `clientDataJSON` is absent or of another type.
    ClientDataMember(&'static str),
    /// `challenge` is empty or not base64url that re-encodes to itself.
    Challenge,
    /// The body is not strict JSON.
    Body(JsonError),
    /// Authenticator data has the BS flag without BE (Level 3, section 6.1.3).
    BackupState,
    /// A binary member is not base64url that re-encodes to itself.
    Base64Url(&'static str),
    /// A member's name differs from a WebAuthn name, or from one that leads to the credential, only in case.
    Case,
    /// `type` is not `public-key`.
    CredentialType,
    /// A member that repeats what the attestation object says, says something else.
    Disagreement(&'static str),
    /// `id` is not `rawId`.
    IdMismatch,
    /// A credential id is empty or longer than 1023 bytes (Level 3, section 7.1).
    IdLength,
    /// A required member is absent.
    Missing(&'static str),
    /// A registration has no attested credential data.
    NothingAttested,
    /// The key is not what its algorithm says (Level 3, section 5.8.5).
    PublicKey,
    /// Authenticator data goes on after its last field.
    Trailing,
    /// Authenticator data ends early.
    Truncated,
    /// A member has another JSON type than the specification's.
    Type(&'static str),
    /// A user handle is longer than 64 bytes (Level 3, section 5.4.3).
    UserHandleLength,
}

impl Malformed {
    /// The rule's name, as the log has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AttestedInAssertion => "attested_in_assertion",
            Self::AttestedId => "attested_id",
            Self::Cbor(error) => error.name(),
            Self::ClientData(error) => client_data(*error),
            Self::ClientDataCase => "client_data_case",
            Self::ClientDataMember(_) => "client_data_member",
            Self::Challenge => "client_data_challenge",
            Self::Body(error) => body(*error),
            Self::BackupState => "backup_state",
            Self::Base64Url(_) => "base64url",
            Self::Case => "member_case",
            Self::CredentialType => "credential_type",
            Self::Disagreement(_) => "attestation_disagreement",
            Self::IdMismatch => "id_mismatch",
            Self::IdLength => "id_length",
            Self::Missing(_) => "member_missing",
            Self::NothingAttested => "nothing_attested",
            Self::PublicKey => "public_key",
            Self::Trailing => "authenticator_data_trailing",
            Self::Truncated => "authenticator_data_truncated",
            Self::Type(_) => "member_type",
            Self::UserHandleLength => "user_handle_length",
        }
    }

    /// The specification's member that breaks the rule, where it is one.
    pub fn member(&self) -> Option<&'static str> {
        match self {
            Self::Base64Url(member)
            | Self::ClientDataMember(member)
            | Self::Disagreement(member)
            | Self::Missing(member)
            | Self::Type(member) => Some(member),
            _ => None,
        }
    }
}

fn body(error: JsonError) -> &'static str {
    match error {
        JsonError::ByteOrderMark => "json_byte_order_mark",
        JsonError::Duplicate(_) => "json_duplicate",
        JsonError::Depth(_) => "json_depth",
        JsonError::NotUtf8 => "json_not_utf8",
        JsonError::Syntax(_) => "json_syntax",
        JsonError::Trailing(_) => "json_trailing",
        JsonError::UnpairedSurrogate(_) => "json_unpaired_surrogate",
    }
}

fn client_data(error: JsonError) -> &'static str {
    match error {
        JsonError::ByteOrderMark => "client_data_byte_order_mark",
        JsonError::Duplicate(_) => "client_data_duplicate",
        JsonError::Depth(_) => "client_data_depth",
        JsonError::NotUtf8 => "client_data_not_utf8",
        JsonError::Syntax(_) => "client_data_syntax",
        JsonError::Trailing(_) => "client_data_trailing",
        JsonError::UnpairedSurrogate(_) => "client_data_unpaired_surrogate",
    }
}
