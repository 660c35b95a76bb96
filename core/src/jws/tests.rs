use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

use super::JwsError::{Algorithm, Claim, Critical, Early, Expired, KeyId, LongLived, Shape, Type};
use super::{Expected, JwsError, verify};
use crate::encoding::to_base64url;
use crate::es256::SoftwareEs256;
use crate::policy::VerdictKey;
use crate::time::UnixTime;

const HEADER: &str = r#"{"alg":"ES256","typ":"countersign-verdict+jwt","kid":"v1"}"#;

/// Issued at 1000, expires at 1060; the challenge's hash is 32 bytes of 7.
const CLAIMS: &str = r#"{"aud":"bank.example","sub":"alice","sid":"ses_1","flow":"step_up","challenge":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","status":"matched","iat":1000,"exp":1060}"#;

const CHALLENGE: &str = r#""challenge":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","#;

fn signer(secret: u8) -> SigningKey {
    SigningKey::from_slice(&[secret; 32]).unwrap()
}

fn key(id: Option<&str>, secret: u8) -> VerdictKey {
    let point = signer(secret).verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().unwrap(), point.y().unwrap());
    VerdictKey { id: id.map(str::to_owned), x: (*x).into(), y: (*y).into() }
}

fn sign(header: &str, claims: &str, secret: u8) -> String {
    let message = format!("{}.{}", to_base64url(header.as_bytes()), to_base64url(claims.as_bytes()));
    let signature: Signature = signer(secret).sign(message.as_bytes());
    format!("{message}.{}", to_base64url(&signature.to_bytes()))
}

fn expected(now: u64) -> Expected<'static> {
    Expected {
        audience: "bank.example",
        subject: "alice",
        session: "ses_1",
        flow: "step_up",
        challenge: Some(&[7; 32]),
        now: UnixTime(now),
    }
}

fn check(jws: &str, now: u64) -> Result<(), JwsError> {
    verify(jws, &[key(Some("v0"), 2), key(Some("v1"), 1)], &expected(now), &SoftwareEs256)
}

/// A text in which something stands once, with something else in its place.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

#[test]
fn good_verdicts() {
    for (name, header, claims) in [
        ("as it should be", HEADER.to_owned(), CLAIMS.to_owned()),
        (
            "a list of audiences",
            HEADER.to_owned(),
            with(CLAIMS, r#""bank.example""#, r#"["x","bank.example"]"#),
        ),
        (
            "claims that nobody asked for",
            HEADER.to_owned(),
            with(CLAIMS, "{", r#"{"iss":"o","jti":"1","n":[{}],"#),
        ),
        (
            "a key that comes along",
            with(HEADER, "{", r#"{"jwk":{"kty":"oct"},"jku":"https://x","x5u":"x","#),
            CLAIMS.to_owned(),
        ),
        ("nbf has passed", HEADER.to_owned(), with(CLAIMS, "{", r#"{"nbf":1000,"#)),
        ("lives as long as may be", HEADER.to_owned(), with(CLAIMS, "1060", "1120")),
    ] {
        assert_eq!(check(&sign(&header, &claims, 1), 1010), Ok(()), "{name}");
    }
    let good = sign(HEADER, CLAIMS, 1);
    for (name, now, expected) in [
        ("the issuer's clock is ahead", 995, Ok(())),
        ("and further", 994, Err(Early)),
        ("the last second", 1059, Ok(())),
        ("the end", 1060, Err(Expired)),
    ] {
        assert_eq!(check(&good, now), expected, "{name}");
    }
}

#[test]
fn in_recovery_there_is_no_challenge() {
    let recovery = Expected { challenge: None, flow: "recovery", ..expected(1010) };
    let without = with(&with(CLAIMS, CHALLENGE, ""), "step_up", "recovery");
    let keys = [key(Some("v1"), 1)];
    assert_eq!(verify(&sign(HEADER, &without, 1), &keys, &recovery, &SoftwareEs256), Ok(()));
    let any = with(CLAIMS, "step_up", "recovery");
    assert_eq!(verify(&sign(HEADER, &any, 1), &keys, &recovery, &SoftwareEs256), Err(Claim("challenge")));
}

#[test]
fn headers_that_are_no_verdicts() {
    for (name, from, to, error) in [
        ("none", "ES256", "none", Algorithm),
        ("a shared secret", "ES256", "HS256", Algorithm),
        ("another curve", "ES256", "ES384", Algorithm),
        ("another case", "ES256", "es256", Algorithm),
        ("no alg", r#""alg":"ES256","#, "", Algorithm),
        ("alg is a list", r#""ES256""#, r#"["ES256"]"#, Algorithm),
        ("another type", "countersign-verdict+jwt", "JWT", Type),
        ("no type", r#""typ":"countersign-verdict+jwt","#, "", Type),
        ("no kid", r#","kid":"v1""#, "", KeyId),
        ("kid is a number", r#""v1""#, "1", KeyId),
        ("a kid that nobody has", "v1", "v2", KeyId),
        ("a kid in another case", "v1", "V1", KeyId),
        ("the kid of another key", "v1", "v0", JwsError::Signature),
        ("crit", "{", r#"{"crit":["exp"],"#, Critical),
        ("crit that is empty", "{", r#"{"crit":[],"#, Critical),
        ("crit of b64", "{", r#"{"b64":false,"crit":["b64"],"#, Critical),
        ("a name twice", "{", r#"{"alg":"none","#, Shape),
        ("no object", HEADER, "[]", Shape),
        ("white space after it", HEADER, "{} x", Shape),
    ] {
        assert_eq!(check(&sign(&with(HEADER, from, to), CLAIMS, 1), 1010), Err(error), "{name}");
    }
}

#[test]
fn claims_about_something_else() {
    let mut rows = Vec::new();
    for (claim, value, others) in [
        (
            "aud",
            r#""bank.example""#,
            &[
                r#""example""#,
                r#""bank.example.""#,
                "[]",
                r#"["x"]"#,
                r#"[["bank.example"]]"#,
                r#"["bank.example",1]"#,
                "null",
            ][..],
        ),
        ("sub", r#""alice""#, &[r#""bob""#, r#""Alice""#, r#"["alice"]"#]),
        ("sid", r#""ses_1""#, &[r#""ses_2""#, "1"]),
        ("flow", r#""step_up""#, &[r#""registration""#, r#""routine""#]),
        ("status", r#""matched""#, &[r#""pending""#, r#""not_matched""#, "true"]),
        ("iat", "1000", &[r#""1000""#, "1000.0", "-1", "null"]),
        ("exp", "1060", &[r#""1060""#, "1060.5", "null"]),
    ] {
        let member = format!(r#""{claim}":{value}"#);
        rows.extend(
            others.iter().map(|other| (claim, with(CLAIMS, &member, &format!(r#""{claim}":{other}"#)))),
        );
        rows.push((claim, with(CLAIMS, &member, r#""other":1"#)));
    }
    rows.extend([
        ("challenge", with(CLAIMS, CHALLENGE, "")),
        ("challenge", with(CLAIMS, CHALLENGE, r#""challenge":null,"#)),
        (
            "challenge",
            with(
                CLAIMS,
                "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
                "CAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            ),
        ),
        (
            "challenge",
            with(
                CLAIMS,
                "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
                "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
            ),
        ),
        ("challenge", with(CLAIMS, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc", "BwcH")),
        ("nbf", with(CLAIMS, "{", r#"{"nbf":"1000","#)),
    ]);
    for (claim, claims) in rows {
        assert_eq!(check(&sign(HEADER, &claims, 1), 1010), Err(Claim(claim)), "{claims}");
    }
    for (name, from, to, error) in [
        ("expired", "1060", "1010", Expired),
        ("expires before it is issued", "1060", "999", Expired),
        ("lives too long", "1060", "1121", LongLived),
        ("issued in the future", "1000", "1016", Early),
        ("not good yet", "{", r#"{"nbf":1016,"#, Early),
        ("a name twice", "{", r#"{"sub":"bob","#, Shape),
        ("a name twice, escaped", "{", r#"{"s\u0075b":"bob","#, Shape),
        ("no object", CLAIMS, r#""claims""#, Shape),
    ] {
        assert_eq!(check(&sign(HEADER, &with(CLAIMS, from, to), 1), 1010), Err(error), "{name}");
    }
}

#[test]
fn signatures_that_are_none() {
    use JwsError::Signature;
    let good = sign(HEADER, CLAIMS, 1);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let other = to_base64url(with(CLAIMS, "ses_1", "ses_2").as_bytes());
    let r_and_s = crate::encoding::from_base64url(signature).unwrap();
    let der = p256::ecdsa::Signature::from_slice(&r_and_s).unwrap().to_der();
    // n, the order of the group (SEC 2 section 2.4.2).
    let order = [
        &[0xff; 4][..],
        &[0; 4],
        &[0xff; 8],
        &0xbce6_faad_a717_9e84_u64.to_be_bytes(),
        &0xf3b9_cac2_fc63_2551_u64.to_be_bytes(),
    ]
    .concat();
    for (name, jws, error) in [
        ("another key's", sign(HEADER, CLAIMS, 3), Signature),
        ("of other claims", format!("{header}.{other}.{signature}"), Signature),
        ("zeros (CVE-2022-21449)", format!("{message}.{}", to_base64url(&[0; 64])), Signature),
        ("r and s are the order", format!("{message}.{}", to_base64url(&order.repeat(2))), Signature),
        ("in DER", format!("{message}.{}", to_base64url(der.as_bytes())), Shape),
        ("a byte more", format!("{message}.{}", to_base64url(&[&r_and_s[..], &[0]].concat())), Shape),
        ("none", format!("{message}."), Shape),
        ("padded", format!("{good}="), Shape),
        ("no third part", message.to_owned(), Shape),
        ("a fourth part", format!("{good}.{signature}"), Shape),
        ("white space", format!("{good} "), Shape),
        ("nothing", String::new(), Shape),
        (
            "too long",
            sign(HEADER, &with(CLAIMS, "{", &format!(r#"{{"x":"{}","#, "x".repeat(13_000))), 1),
            Shape,
        ),
    ] {
        assert_eq!(check(&jws, 1010), Err(error), "{name}");
    }
}

#[test]
fn keys_that_were_configured() {
    use JwsError::Signature;
    let good = sign(HEADER, CLAIMS, 1);
    let off_the_curve = VerdictKey { id: Some("v1".to_owned()), x: [1; 32], y: [1; 32] };
    for (name, keys, result) in [
        ("its key", vec![key(Some("v1"), 1)], Ok(())),
        (
            "two of this name, while keys are rolled over",
            vec![key(Some("v1"), 2), key(Some("v1"), 1)],
            Ok(()),
        ),
        ("one without a name", vec![key(None, 1)], Ok(())),
        ("its key under another name", vec![key(Some("v2"), 1)], Err(KeyId)),
        ("another one without a name", vec![key(None, 2)], Err(Signature)),
        ("no point of the curve", vec![off_the_curve], Err(Signature)),
        ("none", vec![], Err(KeyId)),
    ] {
        assert_eq!(verify(&good, &keys, &expected(1010), &SoftwareEs256), result, "{name}");
    }
}
