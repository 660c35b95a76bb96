"""Strict JSON and base64: what two readers might read differently."""

from mutant import Edit, Mutant

PARSE = "core/wire/src/json/parse.rs"
ENCODING = "core/wire/src/encoding.rs"
CREDENTIAL = "core/src/webauthn/credential.rs"
CLIENT_DATA = "core/src/webauthn/client_data.rs"
FINISH = "core/src/exchange/finish.rs"

URL_SAFE = """        b'-' => Some(62),
        b'_' => Some(63),"""
FEW = "if members.len() < FEW && members.iter().any(|(seen, _)| *seen == name) {"
VARIANT = "if has_variant(credential, &names::CREDENTIAL) || has_variant(response, &names::CREDENTIAL) {"

MUTANTS = [
    Mutant(
        "of two members the first counts",
        Edit(PARSE, FEW, "if false {"),
        (
            "bypass: json/duplicate_unknown",
            "bypass: json/duplicate_signature",
            "bypass: json/client_data_duplicate_type",
            "bypass: json/client_data_two_challenges_other_first",
            "bypass: json/client_data_two_challenges_other_last",
            "bypass: json/client_data_escaped_challenge",
            "bypass: json/client_data_duplicate_unknown",
        ),
    ),
    Mutant(
        "of two members the last counts",
        Edit(
            PARSE,
            FEW + "\n                self.duplicate(at)?;",
            FEW + "\n                members.retain(|(seen, _)| *seen != name);",
        ),
        (
            "bypass: json/duplicate_id",
            "bypass: json/duplicate_response",
            "bypass: json/escaped_id",
            "bypass: json/escaped_response",
            "bypass: json/duplicate_client_data",
            "bypass: json/escaped_client_data",
            "refusals: finish/malformed_credential_in_a_routine_finish_too",
        ),
    ),
    Mutant(
        "of two members among many the first counts",
        Edit(PARSE, "if members.len() > FEW && has_duplicates(&members) {", "if false {"),
        ("bypass: json/duplicate_among_many", "bypass: json/client_data_duplicate_among_many"),
    ),
    Mutant(
        "another case of a credential's member is passed over",
        Edit(CREDENTIAL, VARIANT, "if has_variant(response, &names::CREDENTIAL) {"),
        ("bypass: json/case_variant_id", "bypass: json/case_variant_raw_id", "bypass: json/case_variant_response"),
    ),
    Mutant(
        "another case of a response's member is passed over",
        Edit(CREDENTIAL, VARIANT, "if has_variant(credential, &names::CREDENTIAL) {"),
        ("bypass: json/case_variant_client_data", "bypass: json/case_variant_user_handle"),
    ),
    Mutant(
        "another case on the way to a credential inside a text is passed over",
        Edit(
            FINISH,
            "webauthn::check_path(&inner, then).map_err(|why| malformed(why.name()))?;",
            "let _unchecked = (inner, then);",
        ),
        ("bypass: inside_text/a_name_on_the_way_in_another_case",),
    ),
    Mutant(
        "another case in the client data is passed over",
        Edit(CLIENT_DATA, "if has_variant(object, &CLIENT_DATA) {", "if false {"),
        ("bypass: json/client_data_case_variant_challenge", "bypass: json/client_data_case_variant_origin"),
    ),
    Mutant(
        "a byte order mark is skipped",
        Edit(
            PARSE,
            "if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {",
            "let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);\n    if false {",
        ),
        ("bypass: json/byte_order_mark", "bypass: json/client_data_byte_order_mark"),
    ),
    Mutant(
        "what follows the value is passed over",
        Edit(PARSE, "_ if reader.at < text.len() =>", "_ if false =>"),
        (
            "bypass: json/trailing_value",
            "bypass: json/trailing_garbage",
            "bypass: json/trailing_nul",
            "bypass: json/client_data_trailing_value",
            "bypass: json/client_data_trailing_nul",
        ),
    ),
    Mutant(
        "half a surrogate is replaced",
        Edit(
            PARSE,
            "if unit >= 0xdc00 || !(self.take(b'\\\\') && self.take(b'u')) {\n            return Err(unpaired);",
            "if unit >= 0xdc00 || !(self.take(b'\\\\') && self.take(b'u')) {\n            return Ok('\\u{fffd}');",
        ),
        ("bypass: json/unpaired_surrogate", "bypass: json/unpaired_surrogate_in_a_name"),
    ),
    Mutant(
        "nesting has no end",
        Edit(PARSE, "depth.checked_sub(1).ok_or(JsonError::Depth(self.at))", "Ok(depth.saturating_sub(1))"),
        ("bypass: json/nested_too_deep",),
    ),
    Mutant(
        "a control character needs no escape",
        Edit(PARSE, "byte == b'\"' || byte == b'\\\\' || byte < 0x20", "byte == b'\"' || byte == b'\\\\'"),
        ("bypass: json/control_character",),
    ),
    Mutant(
        "padding of base64url is taken off",
        Edit(ENCODING, "decode(text.as_bytes(), |byte|", "decode(text.trim_end_matches('=').as_bytes(), |byte|"),
        ("bypass: json/id_padded", "bypass: json/signature_padded", "bypass: json/client_data_challenge_padded"),
    ),
    Mutant(
        "both alphabets of base64 will do",
        Edit(ENCODING, URL_SAFE, URL_SAFE.replace("b'-'", "b'-' | b'+'").replace("b'_'", "b'_' | b'/'")),
        ("bypass: json/signature_standard_alphabet",),
    ),
    Mutant(
        "spare bits of base64 are passed over",
        Edit(ENCODING, "(2, 0, 0) => bytes.push(first),", "(2, ..) => bytes.push(first),"),
        ("bypass: json/authenticatorData_spare_bits",),
    ),
    Mutant(
        "what is no base64 is skipped",
        Edit(
            ENCODING,
            "for chunk in text.chunks(4) {",
            "let text: Vec<u8> = text.iter().copied().filter(|byte| symbol(*byte).is_some()).collect();\n"
            "    for chunk in text.chunks(4) {",
        ),
        (
            "bypass: json/id_with_newline",
            "bypass: json/signature_with_junk",
            "bypass: json/clientDataJSON_with_newline",
        ),
    ),
]
