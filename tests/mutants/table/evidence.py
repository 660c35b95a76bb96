"""The seal, and which piece of evidence a finish is held against."""

from mutant import Also, Edit, Mutant

SEAL = "core/src/evidence/seal.rs"
CARRIER = "core/src/evidence/carrier.rs"

VERIFIED = "mac(key, Context::Evidence, sealed.as_bytes())?.verify_slice(&tag).ok()?;"
DISAGREE = """match found.replace(candidate) {
        Some(first) if first != candidate => Err(Refusal::new(UNKNOWN, "carriers disagree")),
        _ => Ok(()),
    };"""


def tag_over(text):
    """The tag is over less than the whole token, where it is read; what is written stays as it is."""
    return Edit(SEAL, VERIFIED, f"mac(key, Context::Evidence, {text}.as_bytes())?.verify_slice(&tag).ok()?;")


MUTANTS = [
    Mutant(
        "the tag is not verified",
        Edit(SEAL, VERIFIED, "let _ = (mac(key, Context::Evidence, sealed.as_bytes())?, tag);"),
        (
            "bypass: evidence/payload_changed",
            "bypass: evidence/tag_changed",
            "bypass: evidence/tag_cut_short",
            "bypass: evidence/tag_empty",
            "bypass: evidence/payload_unsealed",
            "bypass: handoff/a_token_that_was_changed",
            "bypass: recovery/evidence_that_was_changed",
            "flows: gateways/other_keys_are_no_evidence",
        ),
    ),
    Mutant(
        "the beginning of a tag is enough",
        Edit(SEAL, VERIFIED, "mac(key, Context::Evidence, sealed.as_bytes())?.verify_truncated_left(&tag).ok()?;"),
        ("bypass: evidence/tag_cut_short",),
    ),
    Mutant(
        "the key id is ignored",
        Edit(SEAL, "let key = keys.iter().find(|key| key.id == id)?;", "let (key, _) = (keys.first()?, id);"),
        ("bypass: evidence/key_unknown",),
        also=(Also("the tag covers the key id", tag_over('format!("cs1.{}.{payload}", key.id)')),),
    ),
    Mutant(
        "the version is ignored",
        Edit(SEAL, 'sealed.strip_prefix("cs1.")?', "sealed.get(4..)?"),
        ("bypass: evidence/version_unknown",),
        also=(Also("the tag covers the version", tag_over('format!("cs1.{id}.{payload}")')),),
    ),
    Mutant(
        "a padded tag is a tag",
        Edit(
            SEAL,
            "let tag = encoding::from_base64url(tag).ok()?;",
            "let tag = encoding::from_base64url(tag.trim_end_matches('=')).ok()?;",
        ),
        ("bypass: evidence/tag_padded",),
    ),
    Mutant(
        "evidence of any challenge will do",
        Edit(CARRIER, "if ceremony.challenge != *challenge {", "if false {"),
        ("bypass: evidence/of_another_challenge",),
        also=(
            Also(
                "its cookie is named after the challenge",
                Edit(
                    CARRIER,
                    "filter(|(candidate, _)| *candidate == name.as_bytes()) {",
                    'filter(|(candidate, _)| name.len() > 9 && candidate.starts_with(b"__Host-cs-c-")) {',
                ),
            ),
        ),
    ),
    Mutant(
        "of carriers that disagree the first counts",
        Edit(CARRIER, DISAGREE, "{ found.get_or_insert(candidate); Ok::<(), Refusal>(()) };"),
        ("bypass: evidence/cookie_and_header_disagree", "bypass: evidence/two_cookies_disagree"),
    ),
    Mutant(
        "of carriers that disagree the last counts",
        Edit(CARRIER, DISAGREE, "{ found = Some(candidate); Ok::<(), Refusal>(()) };"),
        ("bypass: evidence/header_and_cookie_disagree",),
    ),
    Mutant(
        "a token that cannot be read disappears",
        Edit(
            CARRIER, "and_then(seal::claimed) else { return false };", "and_then(seal::claimed) else { return true };"
        ),
        ("bypass: evidence/rubbish_beside_the_cookie",),
    ),
]
