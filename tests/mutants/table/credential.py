"""What a credential is made of: one id, authenticator data to the last byte, one set of flags."""

from mutant import Edit, Mutant

CREDENTIAL = "core/src/webauthn/credential.rs"
DATA = "core/src/webauthn/authenticator_data.rs"
ATTESTATION = "core/src/webauthn/attestation.rs"

MUTANTS = [
    Mutant(
        "the id need not be the raw id",
        Edit(CREDENTIAL, "if raw_id != id {", "if false {"),
        ("bypass: json/id_is_not_raw_id", "refusals: finish/malformed_credential"),
    ),
    Mutant(
        "the raw id may be left out",
        Edit(
            CREDENTIAL,
            'if credential.get("rawId").is_some() || !raw_id_optional {',
            'if credential.get("rawId").is_some() {',
        ),
        ("bypass: json/without_rawId",),
    ),
    Mutant(
        "any type is a public key",
        Edit(CREDENTIAL, 'if required_text(credential, "type")? != "public-key" {', "if false {"),
        ("bypass: json/another_type", "bypass: json/without_type", "bypass: json/registration_without_type"),
    ),
    Mutant(
        "authenticator data may go on",
        Edit(DATA, "if !rest.is_empty() {", "if false {"),
        (
            "bypass: authenticator/one_byte_more",
            "bypass: authenticator/extensions_and_a_byte",
            "bypass: authenticator/registration_one_byte_more",
        ),
    ),
    Mutant(
        "backed up without being eligible",
        Edit(DATA, "if flags.backed_up() && !flags.backup_eligible() {", "if false {"),
        (
            "bypass: authenticator/backed_up_without_eligible",
            "bypass: authenticator/registration_backed_up_without_eligible",
        ),
    ),
    Mutant(
        "a sign-in may attest a credential",
        Edit(CREDENTIAL, "if data.attested.is_some() {", "if false {"),
        ("bypass: authenticator/attested_in_a_sign_in",),
    ),
    Mutant(
        "another id than the attested one",
        Edit(CREDENTIAL, "if object.attested.id != id {", "if false {"),
        ("bypass: authenticator/registration_another_id_than_attested",),
    ),
    Mutant(
        "a copy of the authenticator data may say something else",
        Edit(CREDENTIAL, "&& copy != object.authenticator_data_bytes\n", "&& copy.is_empty()\n"),
        ("bypass: authenticator/registration_other_authenticator_data_beside",),
    ),
    Mutant(
        "an attestation object may go on",
        Edit(ATTESTATION, "reader.end().map_err(Malformed::Cbor)?;", ""),
        ("bypass: authenticator/attestation_trailing_byte",),
    ),
]
