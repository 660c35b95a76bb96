use p256::ecdsa::signature::Verifier as _;

use super::*;
use crate::session::{Ceremony, Continuation, Flow, Status};

/// RFC 7515, appendix A.3.1: the example key of ES256.
const RFC_KEY: &str = r#"{"kty":"EC","crv":"P-256",
  "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

fn session() -> Session {
    Session {
        id: "ses_1".to_owned(),
        flow: Flow::StepUp,
        external_user_id: "alice".to_owned(),
        ceremony: Some(Ceremony { rp_id: "bank.example".to_owned(), challenge: "c".to_owned() }),
        continuation: None,
        status: Status::Matched,
        run_id: "r".to_owned(),
        applicant_id: "a".to_owned(),
        workflow_id: "w".to_owned(),
        created_at: 0,
        expires_at: 600,
        checked_at: 0,
        completed_at: None,
    }
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_verdict_says_what_the_contract_asks_and_verifies_with_the_public_key() {
    let signer = VerdictSigner::parse(RFC_KEY).unwrap();
    let jws = signer.sign(&session(), 1000).unwrap();
    let parts: Vec<&str> = jws.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("not a compact JWS") };

    let kid = signer.public_jwk()["kid"].clone();
    assert_eq!(decoded(header), json!({"alg": "ES256", "typ": "countersign-verdict+jwt", "kid": kid}));
    assert_eq!(
        decoded(claims),
        json!({
            "aud": "bank.example", "sub": "alice", "sid": "ses_1", "flow": "step_up", "challenge": "c",
            "status": "matched", "iat": 1000, "exp": 1060
        })
    );
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let input = format!("{header}.{claims}");
    let public = signer.key.verifying_key();
    assert!(public.verify(input.as_bytes(), &signature).is_ok());
    assert!(public.verify(format!("{input} ").as_bytes(), &signature).is_err());
}

#[test]
fn a_recovery_is_signed_for_every_relying_party_or_for_none() {
    let recovery = Session {
        flow: Flow::Recovery,
        ceremony: None,
        continuation: Some(Continuation { digest: "d".to_owned(), is_exchanged: true }),
        ..session()
    };
    let signer = VerdictSigner::parse(RFC_KEY).unwrap();
    assert_eq!(signer.sign(&recovery, 1000), None);

    let rp_ids = ["bank.example", "shop.example"].map(|name| RpId::try_from(name.to_owned()).unwrap());
    let signer = signer.for_recoveries_at(rp_ids.to_vec());
    let jws = signer.sign(&recovery, 1000).unwrap();
    assert_eq!(
        decoded(jws.split('.').nth(1).unwrap()),
        json!({
            "aud": ["bank.example", "shop.example"], "sub": "alice", "sid": "ses_1", "flow": "recovery",
            "status": "matched", "iat": 1000, "exp": 1060
        })
    );
    let one = signer.sign(&session(), 1000).unwrap();
    assert_eq!(decoded(one.split('.').nth(1).unwrap())["aud"], "bank.example", "other flows name theirs");
}

#[test]
fn the_public_jwk_is_the_rfcs_and_holds_no_private_part() {
    let jwk = VerdictSigner::parse(RFC_KEY).unwrap().public_jwk();
    assert_eq!(jwk["x"], "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    assert_eq!(jwk["y"], "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    assert!(jwk.get("d").is_none());
}

#[test]
fn a_pem_is_read_with_real_and_with_escaped_line_feeds() {
    use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
    let key = VerdictSigner::parse(RFC_KEY).unwrap();
    let pem = key.key.to_pkcs8_pem(LineEnding::LF).unwrap();
    for text in [pem.to_string(), pem.replace('\n', "\\n")] {
        assert_eq!(VerdictSigner::parse(&text).unwrap().public_jwk(), key.public_jwk());
    }
}

#[test]
fn other_keys_are_refused() {
    for (name, text) in [
        ("empty", ""),
        ("a public JWK", r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#),
        ("another curve", r#"{"kty":"EC","crv":"P-384","d":"AA"}"#),
        ("zero", r#"{"kty":"EC","crv":"P-256","d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#),
        ("not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
    ] {
        assert!(VerdictSigner::parse(text).is_err(), "{name}");
    }
}
