//! Signed verdicts (section 8): with `verdict_keys` only a JWS that checks out lets an assertion on.

use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use countersign_tests::client::{Carrier, Client, Protocol};
use countersign_tests::encoding::{base64url, from_base64url, unix_now};
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Lab, Plan};
use countersign_tests::orchestrator::{Signer, Token};
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::suite::Suite;
use serde_json::json;

/// The keys that the gateway trusts.
static TRUSTED: LazyLock<[Signer; 2]> = LazyLock::new(|| [Signer::new("v1"), Signer::new("v2")]);

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let keys = json!([TRUSTED[0].jwk(), TRUSTED[1].jwk()]);
        let lab = Plan::with(|plugin| plugin["orchestrator"]["verdict_keys"] = keys)
            .headers_can_wait(waits)
            .shared();
        for (table, flow, rows, good) in [
            ("good", Flow::StepUp, good(), true),
            ("bad", Flow::StepUp, bad(), false),
            ("handoff_good", Flow::CrossPlatform, plain(), true),
            ("handoff_bad", Flow::CrossPlatform, of_another("step_up"), false),
            ("recovery_good", Flow::Recovery, plain(), true),
            ("recovery_bad", Flow::Recovery, of_another("registration"), false),
            ("recovery_bad", Flow::Recovery, vec![with_a_challenge()], false),
        ] {
            for (row, signer) in rows {
                let lab = lab.clone();
                suite.row(format!("{mode}/{table}/{row}"), move || async move {
                    let lab = lab.turn().await;
                    lab.reset();
                    check(&lab, lab.client(Protocol::Http1, Carrier::Cookies), flow, signer, good).await;
                });
            }
        }
    }
    suite.run()
}

/// At which finish the verdict is asked for.
#[derive(Clone, Copy)]
enum Flow {
    StepUp,
    CrossPlatform,
    Recovery,
}

impl Flow {
    async fn stage(self, lab: &Lab, client: Client) -> Stage {
        match self {
            Self::StepUp => Stage::step_up(lab, client).await,
            Self::CrossPlatform => Offered::by(lab, client).await.taken().await,
            Self::Recovery => Recovering::decided(lab, client, "matched").await.replacing().await,
        }
    }
}

async fn check(lab: &Lab, client: Client, flow: Flow, signer: Option<Signer>, good: bool) {
    if let Some(signer) = signer {
        lab.orchestrator.signs(signer);
    }
    let mut stage = flow.stage(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let answer = stage.finish().await;
    if good {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(lab.finishes().len(), 1);
    } else {
        refusal::expect(&answer, &["orchestrator_unavailable"]);
        lab.expect_untouched().await;
        // The same client is not lost when the orchestrator comes to its senses.
        lab.orchestrator.signs(TRUSTED[0].clone());
        assert_eq!(stage.finish().await.status, 200);
    }
}

type Rows = Vec<(String, Option<Signer>)>;

fn good() -> Rows {
    let but = |name: &str, change: fn(&mut Token)| (name.to_owned(), Some(TRUSTED[0].but(change)));
    vec![
        ("plain".to_owned(), Some(TRUSTED[0].clone())),
        ("the_second_key".to_owned(), Some(TRUSTED[1].clone())),
        but("audience_in_a_list", |token| token.claims["aud"] = json!(["other.example", "bank.example"])),
        but("more_claims", |token| token.claims["iss"] = json!("orchestrator")),
        but("more_header", |token| token.header["x"] = json!("y")),
        but("a_key_by_value_is_ignored", |token| token.header["jwk"] = Signer::new("v1").jwk()),
        but("a_key_by_address_is_ignored", |token| token.header["jku"] = json!("https://evil.example/jwks")),
        but("the_longest_life", |token| {
            token.claims["exp"] = json!(token.claims["iat"].as_u64().expect("iat") + 120);
        }),
    ]
}

fn plain() -> Rows {
    vec![("plain".to_owned(), Some(TRUSTED[0].clone()))]
}

/// Good verdicts, about something else.
fn of_another(flow: &'static str) -> Rows {
    let mut rows: Rows = [("flow", flow), ("user", "bob-beef"), ("session", "ses_other")]
        .into_iter()
        .zip(["flow", "sub", "sid"])
        .map(|((name, value), claim)| {
            but(format!("another_{name}"), move |token| token.claims[claim] = json!(value))
        })
        .collect();
    rows.push(but("another_audience", |token| token.claims["aud"] = json!(["evil.example"])));
    rows.push(("missing".to_owned(), None));
    rows
}

/// A recovery is matched before there is a challenge.
fn with_a_challenge() -> (String, Option<Signer>) {
    but("with_a_challenge", |token| token.claims["challenge"] = json!("c".repeat(43)))
}

fn bad() -> Rows {
    let mut rows = claims();
    rows.extend(headers());
    rows.extend(signatures());
    rows.push(("missing".to_owned(), None));
    rows
}

fn but(
    name: impl Into<String>,
    change: impl Fn(&mut Token) + Send + Sync + 'static,
) -> (String, Option<Signer>) {
    (name.into(), Some(TRUSTED[0].but(change)))
}

fn then(name: &str, rewrite: impl Fn(String) -> String + Send + Sync + 'static) -> (String, Option<Signer>) {
    (name.to_owned(), Some(TRUSTED[0].then(rewrite)))
}

fn claims() -> Rows {
    let mut rows: Rows = ["aud", "sub", "sid", "flow", "challenge", "status", "iat", "exp"]
        .into_iter()
        .map(|claim| {
            but(format!("without_{claim}"), move |token| {
                token.claims.as_object_mut().expect("an object").remove(claim);
            })
        })
        .collect();
    for (name, claim, value) in [
        ("another_audience", "aud", json!("evil.example")),
        ("audience_list_without_us", "aud", json!(["evil.example"])),
        ("audience_list_empty", "aud", json!([])),
        ("another_user", "sub", json!("bob-beef")),
        ("another_session", "sid", json!("ses_other")),
        ("another_flow", "flow", json!("registration")),
        ("another_challenge", "challenge", json!("c".repeat(43))),
        ("not_matched", "status", json!("not_matched")),
        ("pending", "status", json!("pending")),
        ("issued_as_text", "iat", json!("now")),
        ("expiry_negative", "exp", json!(-1)),
    ] {
        rows.push(but(name, move |token| token.claims[claim] = value.clone()));
    }
    let timed = |name: &str, issued: i64, expires: i64| {
        but(name, move |token| {
            let now = i64::try_from(unix_now()).expect("a time");
            token.claims["iat"] = json!(now + issued);
            token.claims["exp"] = json!(now + expires);
        })
    };
    rows.extend([
        timed("expired", -120, -60),
        timed("issued_in_the_future", 3600, 3660),
        timed("lives_too_long", 0, 121),
        timed("ends_before_it_starts", 0, -1),
    ]);
    rows
}

fn headers() -> Rows {
    [
        ("no_algorithm", "alg", json!("none")),
        ("algorithm_of_a_shared_secret", "alg", json!("HS256")),
        ("another_curve", "alg", json!("ES384")),
        ("algorithm_in_small_letters", "alg", json!("es256")),
        ("another_type", "typ", json!("JWT")),
        ("unknown_key", "kid", json!("v9")),
        ("key_id_is_a_number", "kid", json!(1)),
        ("the_other_key_named", "kid", json!("v2")),
        ("critical_extension", "crit", json!(["exp"])),
        ("critical_and_empty", "crit", json!([])),
    ]
    .into_iter()
    .map(|(name, member, value)| but(name, move |token| token.header[member] = value.clone()))
    .chain(["alg", "typ", "kid"].into_iter().map(|member| {
        but(format!("header_without_{member}"), move |token| {
            token.header.as_object_mut().expect("an object").remove(member);
        })
    }))
    .collect()
}

fn signatures() -> Rows {
    let stranger = Signer::new("v1");
    let with_own_key = {
        let jwk = stranger.jwk();
        stranger.but(move |token| token.header["jwk"] = jwk.clone())
    };
    let resigned = |name: &str, signature: fn(Vec<u8>) -> Vec<u8>| {
        then(name, move |jws| {
            let (input, tail) = jws.rsplit_once('.').expect("three parts");
            format!("{input}.{}", base64url(signature(from_base64url(tail))))
        })
    };
    let duplicate: Arc<Signer> = Arc::new(TRUSTED[0].clone());
    vec![
        ("key_of_a_stranger".to_owned(), Some(stranger)),
        ("key_of_a_stranger_by_value".to_owned(), Some(with_own_key)),
        resigned("signature_flipped", |mut signature| {
            signature[40] ^= 1;
            signature
        }),
        resigned("signature_of_zeros", |_| vec![0; 64]),
        resigned("signature_empty", |_| Vec::new()),
        resigned("signature_too_long", |signature| [signature, vec![0]].concat()),
        resigned("signature_as_der", |signature| {
            p256::ecdsa::Signature::from_slice(&signature).expect("a signature").to_der().as_bytes().to_vec()
        }),
        then("claims_changed", |jws| {
            let parts: Vec<&str> = jws.split('.').collect();
            let claims = String::from_utf8(from_base64url(parts[1])).expect("text");
            let changed = claims.replace("\"iat\":", "\"nbf\":0,\"iat\":");
            format!("{}.{}.{}", parts[0], base64url(changed), parts[2])
        }),
        then("claims_twice", move |jws| {
            let parts: Vec<&str> = jws.split('.').collect();
            let header = String::from_utf8(from_base64url(parts[0])).expect("text");
            let claims = String::from_utf8(from_base64url(parts[1])).expect("text");
            duplicate.sign(&header, &claims.replacen('{', "{\"status\":\"not_matched\",", 1))
        }),
        then("padded", |jws| format!("{jws}==")),
        then("one_part_more", |jws| format!("{jws}.AAAA")),
        then("two_parts", |jws| jws.rsplit_once('.').expect("three parts").0.to_owned()),
        then("empty", |_| String::new()),
        then("a_space_in_front", |jws| format!(" {jws}")),
    ]
}
