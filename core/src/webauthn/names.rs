//! Names that a relying party might take for another one.
//!
//! Go's `encoding/json`, .NET's web defaults and configurable Jackson match names without regard to case, so a
//! `Challenge` beside a `challenge` is one member to us and the other one to them (compare CVE-2017-12635).

use crate::json::{Object, Pointer, Value, is_variant};

use super::Malformed;

/// The members of `PublicKeyCredential` and its responses as JSON (Level 3, section 5.1).
pub(super) const CREDENTIAL: [&str; 14] = [
    "id",
    "rawId",
    "type",
    "response",
    "authenticatorAttachment",
    "clientExtensionResults",
    "clientDataJSON",
    "authenticatorData",
    "signature",
    "userHandle",
    "attestationObject",
    "transports",
    "publicKey",
    "publicKeyAlgorithm",
];

/// The members of `CollectedClientData` (Level 3, section 5.8.1).
pub(super) const CLIENT_DATA: [&str; 6] =
    ["type", "challenge", "origin", "crossOrigin", "topOrigin", "tokenBinding"];

/// Whether any member has one of `names` in another spelling.
pub(super) fn has_variant(object: &Object, names: &[&str]) -> bool {
    object.iter().any(|(member, _)| names.iter().any(|name| is_variant(member, name)))
}

/// Checks what lies around a credential: no object on the way to it may have a member whose name differs only in
/// case from the one that leads on.
pub fn check_path(body: &Value, pointer: &Pointer) -> Result<(), Malformed> {
    let mut value = body;
    for token in pointer.tokens() {
        let next = match value {
            Value::Object(object) => {
                if has_variant(object, &[token]) {
                    return Err(Malformed::Case);
                }
                object.get(token)
            }
            Value::Array(elements) => token.parse().ok().and_then(|index: usize| elements.get(index)),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return Ok(()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{CLIENT_DATA, CREDENTIAL, check_path};
    use crate::json::{Pointer, is_variant, parse};
    use crate::webauthn::Malformed;

    #[test]
    fn knows_its_own_names_apart() {
        for names in [&CREDENTIAL[..], &CLIENT_DATA[..]] {
            for name in names {
                assert!(!names.iter().any(|other| is_variant(name, other)), "{name}");
            }
        }
    }

    #[test]
    fn looks_at_every_level_on_the_way() {
        let pointer = Pointer::parse("/publicKey/credential").unwrap();
        for (name, body, expected) in [
            ("as it should be", r#"{"publicKey":{"credential":{},"label":"x"}}"#, Ok(())),
            ("beside the first", r#"{"publicKey":{"credential":{}},"PublicKey":{}}"#, Err(Malformed::Case)),
            ("beside the last", r#"{"publicKey":{"credential":{},"Credential":{}}}"#, Err(Malformed::Case)),
            ("instead", r#"{"publickey":{"credential":{}}}"#, Err(Malformed::Case)),
            ("elsewhere", r#"{"publicKey":{"credential":{}},"x":{"Credential":1}}"#, Ok(())),
            ("nothing there", r#"{"a":1}"#, Ok(())),
        ] {
            assert_eq!(check_path(&parse(body.as_bytes(), 8).unwrap(), &pointer), expected, "{name}");
        }
    }
}
