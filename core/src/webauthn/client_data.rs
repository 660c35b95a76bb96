//! `clientDataJSON`: what the client says it signed for.

use sha2::{Digest as _, Sha256};

use crate::encoding::from_base64url;
use crate::json::{Object, Value, parse};

use super::Malformed;
use super::names::{CLIENT_DATA, has_variant};

/// Deep enough for the payment extension's `payment.total.value` and what clients may add.
const DEPTH: usize = 16;

/// The client data (W3C WebAuthn Level 3, section 5.8.1).
///
/// Members that the specification does not name are allowed: it tells relying parties to expect them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientData {
    /// `webauthn.create`, `webauthn.get`, or something else that is neither.
    pub kind: String,
    /// The challenge's bytes.
    pub challenge: Vec<u8>,
    /// The origin as the browser serialised it.
    pub origin: String,
    /// `crossOrigin`; absent means `false`.
    pub cross_origin: bool,
    /// `topOrigin`, set in cross-origin frames only.
    pub top_origin: Option<String>,
    /// SHA-256 of the bytes as they came: what the authenticator signed.
    pub hash: [u8; 32],
}

impl ClientData {
    /// Reads the bytes that `clientDataJSON` decodes to.
    ///
    /// Stricter than Level 3's own algorithm, which skips a byte order mark: validly signed client data with two
    /// challenges is accepted by well-known relying parties, each taking the one it likes.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let value = parse(bytes, DEPTH).map_err(Malformed::ClientData)?;
        let object = value.as_object().ok_or(Malformed::ClientDataMember("clientDataJSON"))?;
        if has_variant(object, &CLIENT_DATA) {
            return Err(Malformed::ClientDataCase);
        }
        let challenge = text(object, "challenge")?.ok_or(Malformed::ClientDataMember("challenge"))?;
        Ok(Self {
            kind: text(object, "type")?.ok_or(Malformed::ClientDataMember("type"))?,
            challenge: from_base64url(&challenge)
                .ok()
                .filter(|challenge| !challenge.is_empty())
                .ok_or(Malformed::Challenge)?,
            origin: text(object, "origin")?.ok_or(Malformed::ClientDataMember("origin"))?,
            cross_origin: match object.get("crossOrigin") {
                None => false,
                Some(Value::Bool(value)) => *value,
                Some(_) => return Err(Malformed::ClientDataMember("crossOrigin")),
            },
            top_origin: text(object, "topOrigin")?,
            hash: Sha256::digest(bytes).into(),
        })
    }
}

fn text(object: &Object, member: &'static str) -> Result<Option<String>, Malformed> {
    match object.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Malformed::ClientDataMember(member)),
    }
}

#[cfg(test)]
mod tests {
    use super::ClientData;
    use crate::json::JsonError;
    use crate::webauthn::Malformed;

    const PLAIN: &str =
        r#"{"type":"webauthn.get","challenge":"AAEC","origin":"https://a.example","crossOrigin":false}"#;

    #[test]
    fn reads_what_browsers_write() {
        let read = ClientData::parse(PLAIN.as_bytes()).unwrap();
        assert_eq!(read.kind, "webauthn.get");
        assert_eq!(read.challenge, [0, 1, 2]);
        assert_eq!(read.origin, "https://a.example");
        assert!(!read.cross_origin);
        assert_eq!(read.top_origin, None);

        let framed = PLAIN.replace("false}", r#"true,"topOrigin":"https://b.example","other":{"a":[1]}}"#);
        let read = ClientData::parse(framed.as_bytes()).unwrap();
        assert!(read.cross_origin);
        assert_eq!(read.top_origin.as_deref(), Some("https://b.example"));

        let old = r#"{"challenge":"AAEC","origin":"https://a.example","type":"webauthn.create"}"#;
        assert!(ClientData::parse(old.as_bytes()).is_ok(), "another order, no crossOrigin");
    }

    #[test]
    fn refuses_what_relying_parties_read_differently() {
        use Malformed::{Challenge, ClientData as Json, ClientDataCase, ClientDataMember};
        let challenge = r#""challenge":"AAEC""#;
        for (name, from, to, expected) in [
            (
                "two challenges",
                challenge,
                r#""challenge":"AAEC","challenge":"AAED""#,
                Json(JsonError::Duplicate(42)),
            ),
            (
                "one of them escaped",
                challenge,
                r#""challenge":"AAEC","\u0063hallenge":""#,
                Json(JsonError::Duplicate(42)),
            ),
            ("another case", challenge, r#""challenge":"AAEC","Challenge":"AAED""#, ClientDataCase),
            ("another case alone", challenge, r#""Challenge":"AAEC""#, ClientDataCase),
            ("another case of a type", challenge, r#""challenge":"AAEC","TYPE":"""#, ClientDataCase),
            (
                "another case of an absent one",
                challenge,
                r#""challenge":"AAEC","toporigin":"""#,
                ClientDataCase,
            ),
            ("a long s", challenge, r#""challenge":"AAEC","cro\u017fsOrigin":true"#, ClientDataCase),
            ("empty", "AAEC", "", Challenge),
            ("padding", "AAEC", "AAE=", Challenge),
            ("junk", "AAEC", "AA!C", Challenge),
            ("altered tail bits", "AAEC", "AAECAB", Challenge),
            ("standard alphabet", "AAEC", "AA+/", Challenge),
            ("no challenge", challenge, r#""other":1"#, ClientDataMember("challenge")),
            ("no type", r#""type":"webauthn.get","#, "", ClientDataMember("type")),
            ("no origin", r#""origin":"https://a.example","#, "", ClientDataMember("origin")),
            ("challenge of bytes", r#""AAEC""#, "[0,1,2]", ClientDataMember("challenge")),
            ("type null", r#""webauthn.get""#, "null", ClientDataMember("type")),
            (
                "origin a list",
                r#""https://a.example""#,
                r#"["https://a.example"]"#,
                ClientDataMember("origin"),
            ),
            ("crossOrigin a text", "false", r#""false""#, ClientDataMember("crossOrigin")),
            ("topOrigin null", "false", r#"true,"topOrigin":null"#, ClientDataMember("topOrigin")),
            ("byte order mark", r#"{"type"#, "\u{feff}{\"type", Json(JsonError::ByteOrderMark)),
            ("trailing NUL", "false}", "false}\0", Json(JsonError::Trailing(PLAIN.len()))),
            ("a second value", "false}", "false}{}", Json(JsonError::Trailing(PLAIN.len()))),
            ("half a surrogate", "https://a", r"\ud800", Json(JsonError::UnpairedSurrogate(52))),
            ("a list", PLAIN, "[]", ClientDataMember("clientDataJSON")),
        ] {
            assert!(PLAIN.contains(from), "{name}");
            assert_eq!(ClientData::parse(PLAIN.replace(from, to).as_bytes()), Err(expected), "{name}");
        }
        let utf16: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(ClientData::parse(&utf16), Err(Json(JsonError::Syntax(1))));
        let latin: Vec<u8> = PLAIN.bytes().map(|byte| if byte == b'a' { 0xe4 } else { byte }).collect();
        assert_eq!(ClientData::parse(&latin), Err(Json(JsonError::NotUtf8)));
        let deep = PLAIN.replace("false", &format!("false,\"x\":{}{}", "[".repeat(16), "]".repeat(16)));
        assert!(matches!(ClientData::parse(deep.as_bytes()), Err(Json(JsonError::Depth(_)))));
    }
}
