use super::Credential;
use crate::encoding::to_base64url;
use crate::json::{JsonError, Value, parse};
use crate::policy::Ceremony::{self, Authentication, Registration};
use crate::webauthn::{CborError, Malformed};

const ID: [u8; 20] = [3; 20];

/// UP and UV; with attested credential data.
const CREATED: u8 = 0x45;

/// UP and UV.
const USED: u8 = 0x05;

const CLIENT_DATA: &str = r#"{"type":"webauthn.get","challenge":"AAEC","origin":"https://a.example"}"#;

fn cose() -> Vec<u8> {
    [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &[1; 32], b"\x22\x58\x20", &[2; 32]].concat()
}

fn spki() -> Vec<u8> {
    let head = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\0\x04";
    [&head[..], &[1; 32], &[2; 32]].concat()
}

fn authenticator_data(flags: u8, rest: &[u8]) -> Vec<u8> {
    [&[7; 32][..], &[flags], &[0, 0, 0, 1], rest].concat()
}

fn attested(id: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap().to_be_bytes();
    authenticator_data(CREATED, &[&[9; 16][..], &length, id, &cose()].concat())
}

fn attestation_object(authenticator_data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(authenticator_data.len()).unwrap();
    let length = if length < 256 {
        vec![0x58, length.to_be_bytes()[1]]
    } else {
        [&[0x59][..], &length.to_be_bytes()].concat()
    };
    [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"[..], &length, authenticator_data].concat()
}

fn in_base64url(bytes: &[u8]) -> String {
    format!("\"{}\"", to_base64url(bytes))
}

/// As Chromium's `toJSON()` writes it.
fn registration() -> String {
    format!(
        r#"{{"id":{id},"rawId":{id},"type":"public-key","authenticatorAttachment":"platform","clientExtensionResults":{{}},"response":{{"clientDataJSON":{client},"attestationObject":{object},"authenticatorData":{data},"transports":["internal"],"publicKey":{key},"publicKeyAlgorithm":-7}}}}"#,
        id = in_base64url(&ID),
        client = in_base64url(CLIENT_DATA.replace("get", "create").as_bytes()),
        object = in_base64url(&attestation_object(&attested(&ID))),
        data = in_base64url(&attested(&ID)),
        key = in_base64url(&spki()),
    )
}

/// As Chromium's `toJSON()` writes it.
fn authentication() -> String {
    format!(
        r#"{{"id":{id},"rawId":{id},"type":"public-key","authenticatorAttachment":"platform","clientExtensionResults":{{}},"response":{{"clientDataJSON":{client},"authenticatorData":{data},"signature":"MAYCAQECAQE","userHandle":"YWxpY2U"}}}}"#,
        id = in_base64url(&ID),
        client = in_base64url(CLIENT_DATA.as_bytes()),
        data = in_base64url(&authenticator_data(USED, b"")),
    )
}

fn read(json: &str, ceremony: Ceremony) -> Result<Credential, Malformed> {
    Credential::parse(&parse(json.as_bytes(), 16).unwrap(), ceremony, false)
}

/// The text with its first `from` replaced.
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn reads_an_authentication() {
    let credential = read(&authentication(), Authentication).unwrap();
    assert_eq!(credential.id, ID);
    assert_eq!(credential.client_data.challenge, [0, 1, 2]);
    assert_eq!(credential.attachment.as_deref(), Some("platform"));
    assert_eq!(credential.assertion(), Some((&b"\x30\x06\x02\x01\x01\x02\x01\x01"[..], Some(&b"alice"[..]))));
    assert_eq!(credential.public_key(), None);
    // SHA-256 of CLIENT_DATA, by sha256sum.
    let hash = b"\x52\x01\x44\xef\x09\x8b\x14\xbc\x8c\x29\xae\xa6\x58\x0c\x82\xfc\xc4\xc7\x13\xc3\xc9\x79\xcc\x74\x68\x1b\x16\x43\x6e\x88\x03\x8e";
    let signed = [&authenticator_data(USED, b"")[..], hash].concat();
    assert_eq!(credential.signed_message(), signed);
    let facts = credential.facts();
    assert!(facts.user_verified && !facts.backed_up && !facts.backup_eligible);
    assert_eq!(facts.attachment, Some("platform"));
}

#[test]
fn reads_a_registration() {
    let credential = read(&registration(), Registration).unwrap();
    assert_eq!(credential.id, ID);
    assert_eq!(credential.client_data.kind, "webauthn.create");
    assert_eq!(credential.public_key().unwrap().cose(), cose());
    assert_eq!(credential.assertion(), None);
}

#[test]
fn lets_through_what_the_specification_leaves_open() {
    for (name, from, to) in [
        ("no user handle", r#","userHandle":"YWxpY2U""#, ""),
        ("user handle null", r#""YWxpY2U""#, "null"),
        ("user handle empty", r#""YWxpY2U""#, r#""""#),
        ("no attachment", r#""authenticatorAttachment":"platform","#, ""),
        ("attachment null", r#""platform""#, "null"),
        ("no extension results", r#""clientExtensionResults":{},"#, ""),
        (
            "extension results",
            r#""clientExtensionResults":{}"#,
            r#""clientExtensionResults":{"credProps":{"rk":true}}"#,
        ),
        ("a member of the relying party's own", "{", r#"{"label":"Phone","#),
        ("a member of the response that is new", r#""signature""#, r#""new":[1],"signature""#),
        ("a longest user handle", "YWxpY2U", &to_base64url(&[5; 64])),
    ] {
        let read = read(&with(&authentication(), from, to), Authentication);
        assert!(read.is_ok(), "{name}: {read:?}");
        if from.contains("YWxpY2U") && !to.contains("BQUF") {
            assert_eq!(read.unwrap().assertion().unwrap().1, None, "{name}");
        }
    }
    let key = format!(",\"publicKey\":{}", in_base64url(&spki()));
    let data = format!(",\"authenticatorData\":{}", in_base64url(&attested(&ID)));
    for (name, from, to) in [
        ("no transports", r#","transports":["internal"]"#, ""),
        ("no publicKey", key.as_str(), ""),
        ("publicKey null", &in_base64url(&spki()), "null"),
        ("no publicKeyAlgorithm", r#","publicKeyAlgorithm":-7"#, ""),
        ("no authenticatorData", &data, ""),
    ] {
        let read = read(&with(&registration(), from, to), Registration);
        assert!(read.is_ok(), "{name}: {read:?}");
    }
}

#[test]
fn raw_id_may_be_absent_where_the_profile_says_so() {
    let id = in_base64url(&ID);
    let without = parse(with(&authentication(), &format!("\"rawId\":{id},"), "").as_bytes(), 16).unwrap();
    assert!(Credential::parse(&without, Authentication, true).is_ok());
    assert_eq!(Credential::parse(&without, Authentication, false), Err(Malformed::Missing("rawId")));
    for (name, raw_id, expected) in [
        ("there, and another", r#""AAAA""#, Malformed::IdMismatch),
        ("null", "null", Malformed::Type("rawId")),
    ] {
        let json = with(&authentication(), &format!("\"rawId\":{id}"), &format!("\"rawId\":{raw_id}"));
        let value = parse(json.as_bytes(), 16).unwrap();
        assert_eq!(Credential::parse(&value, Authentication, true), Err(expected), "{name}");
    }
}

#[test]
fn refuses_what_relying_parties_read_differently() {
    use Malformed::{
        AttestedInAssertion, BackupState, Base64Url, Case, CredentialType, IdLength, IdMismatch, Missing,
        Trailing, Truncated, Type, UserHandleLength,
    };
    let id = to_base64url(&ID);
    let both = format!(r#""id":"{id}","rawId":"{id}""#);
    let data = to_base64url(&authenticator_data(USED, b""));
    let client = to_base64url(CLIENT_DATA.as_bytes());
    let twice = CLIENT_DATA.replace('{', r#"{"challenge":"BBBB","#);
    let ids = |bytes: &[u8]| format!(r#""id":{0},"rawId":{0}"#, in_base64url(bytes));
    for (name, from, to, expected) in [
        ("id is not rawId", both.as_str(), format!(r#""id":"AAAA","rawId":"{id}""#), IdMismatch),
        ("no id", &format!("\"id\":\"{id}\","), String::new(), Missing("id")),
        ("id is a number", &format!("\"id\":\"{id}\""), r#""id":1"#.to_owned(), Type("id")),
        ("id with padding", &format!("\"id\":\"{id}\""), format!("\"id\":\"{id}=\""), Base64Url("id")),
        (
            "rawId with junk",
            &format!("\"rawId\":\"{id}\""),
            format!("\"rawId\":\"{id}!!\""),
            Base64Url("rawId"),
        ),
        ("empty id", &both, ids(b""), IdLength),
        ("1024-byte id", &both, ids(&[5; 1024]), IdLength),
        ("Id beside id", "{", r#"{"Id":"AAAA","#.to_owned(), Case),
        ("rawid beside rawId", "{", r#"{"rawid":"AAAA","#.to_owned(), Case),
        ("Response beside response", "{", r#"{"Response":{},"#.to_owned(), Case),
        (
            "clientDataJson in the response",
            r#""signature""#,
            r#""clientDataJson":"AAAA","signature""#.to_owned(),
            Case,
        ),
        (
            "UserHandle in the response",
            r#""signature""#,
            r#""UserHandle":"AAAA","signature""#.to_owned(),
            Case,
        ),
        ("no type", r#""type":"public-key","#, String::new(), Missing("type")),
        ("another type", "public-key", "password".to_owned(), CredentialType),
        ("type in another case", "public-key", "Public-Key".to_owned(), CredentialType),
        ("type null", r#""public-key""#, "null".to_owned(), Type("type")),
        (
            "attachment is a list",
            r#""platform""#,
            r#"["platform"]"#.to_owned(),
            Type("authenticatorAttachment"),
        ),
        (
            "extension results are a list",
            r#""clientExtensionResults":{}"#,
            r#""clientExtensionResults":[]"#.to_owned(),
            Type("clientExtensionResults"),
        ),
        ("no response", r#""response":"#, r#""other":"#.to_owned(), Missing("response")),
        ("response is a text", r#""response":{"#, r#""response":"x","other":{"#.to_owned(), Type("response")),
        ("no client data", r#""clientDataJSON":"#, r#""other":"#.to_owned(), Missing("clientDataJSON")),
        ("client data as bytes", &format!("\"{client}\""), "[123,125]".to_owned(), Type("clientDataJSON")),
        ("client data with padding", &client, format!("{client}="), Base64Url("clientDataJSON")),
        (
            "client data with two challenges",
            &client,
            to_base64url(twice.as_bytes()),
            Malformed::ClientData(JsonError::Duplicate(42)),
        ),
        (
            "no authenticator data",
            r#""authenticatorData":"#,
            r#""other":"#.to_owned(),
            Missing("authenticatorData"),
        ),
        ("authenticator data null", &format!("\"{data}\""), "null".to_owned(), Type("authenticatorData")),
        ("authenticator data with a line end", &data, format!("{data}\\n"), Base64Url("authenticatorData")),
        ("authenticator data that goes on", &data, to_base64url(&authenticator_data(USED, b"\0")), Trailing),
        ("authenticator data that ends early", &data, to_base64url(&[7; 36]), Truncated),
        ("backed up, not eligible", &data, to_base64url(&authenticator_data(0x15, b"")), BackupState),
        ("attested credential data", &data, to_base64url(&attested(&ID)), AttestedInAssertion),
        ("no signature", r#""signature":"#, r#""other":"#.to_owned(), Missing("signature")),
        (
            "signature in the standard alphabet",
            "MAYCAQECAQE",
            "MAYC+QECAQE".to_owned(),
            Base64Url("signature"),
        ),
        ("signature with altered tail bits", "MAYCAQECAQE", "MAYCAQECAQF".to_owned(), Base64Url("signature")),
        ("user handle is a number", r#""YWxpY2U""#, "7".to_owned(), Type("userHandle")),
        ("user handle with padding", "YWxpY2U", "YWxpY2U=".to_owned(), Base64Url("userHandle")),
        ("user handle of 65 bytes", "YWxpY2U", to_base64url(&[5; 65]), UserHandleLength),
    ] {
        assert_eq!(read(&with(&authentication(), from, &to), Authentication), Err(expected), "{name}");
    }
    for value in [Value::Null, Value::Array(vec![]), Value::String(authentication())] {
        assert_eq!(Credential::parse(&value, Authentication, false), Err(Type("credential")));
    }
}

#[test]
fn refuses_registrations_that_say_two_things() {
    use Malformed::{AttestedId, Base64Url, Cbor, Disagreement, Missing, NothingAttested, Type};
    let object = to_base64url(&attestation_object(&attested(&ID)));
    let copy = format!(r#""authenticatorData":{}"#, in_base64url(&attested(&ID)));
    let key = to_base64url(&spki());
    let of = |bytes: &[u8]| to_base64url(&attestation_object(bytes));
    let changed = |at: usize, byte: u8| {
        let mut bytes = attestation_object(&attested(&ID));
        bytes[at] = byte;
        to_base64url(&bytes)
    };
    let longer = to_base64url(&[attestation_object(&attested(&ID)), vec![0]].concat());
    let other_key = to_base64url(&spki().iter().rev().copied().collect::<Vec<_>>());
    let no_statement = to_base64url(b"\xa1\x63fmt\x64none");
    for (name, from, to, expected) in [
        ("another id is attested", object.as_str(), of(&attested(&[4; 20])), AttestedId),
        ("nothing is attested", &object, of(&authenticator_data(USED, b"")), NothingAttested),
        ("no object", r#""attestationObject":"#, r#""other":"#.to_owned(), Missing("attestationObject")),
        ("object with padding", &object, format!("{object}="), Base64Url("attestationObject")),
        ("object that goes on", &object, longer, Cbor(CborError::Trailing)),
        ("object is a list", &object, changed(0, 0x83), Cbor(CborError::Unexpected)),
        ("format is no text", &object, changed(5, 0x44), Cbor(CborError::Unexpected)),
        ("statement is no map", &object, changed(18, 0x80), Cbor(CborError::Unexpected)),
        ("no statement", &object, no_statement, Cbor(CborError::Unexpected)),
        ("authenticator data is a text", &object, changed(28, 0x78), Cbor(CborError::NotUtf8)),
        (
            "another copy of the authenticator data",
            &copy,
            copy.replace("Bwc", "Bwg"),
            Disagreement("authenticatorData"),
        ),
        ("copy with padding", &copy, copy.replace("AgI\"", "AgI=\""), Base64Url("authenticatorData")),
        ("another algorithm", ":-7", ":-257".to_owned(), Disagreement("publicKeyAlgorithm")),
        ("the algorithm as a fraction", ":-7", ":-7.0".to_owned(), Disagreement("publicKeyAlgorithm")),
        ("the algorithm as a text", ":-7", r#":"-7""#.to_owned(), Type("publicKeyAlgorithm")),
        ("another key", &key, other_key, Disagreement("publicKey")),
        ("key is a map", &format!("\"{key}\""), "{}".to_owned(), Type("publicKey")),
        ("transports are a text", r#"["internal"]"#, r#""internal""#.to_owned(), Type("transports")),
        ("a transport is a number", r#"["internal"]"#, r#"["internal",1]"#.to_owned(), Type("transports")),
    ] {
        assert_eq!(read(&with(&registration(), from, &to), Registration), Err(expected), "{name}");
    }
    assert_eq!(read(&authentication(), Registration), Err(Missing("attestationObject")));
    assert_eq!(read(&registration(), Authentication), Err(Malformed::AttestedInAssertion));
}
