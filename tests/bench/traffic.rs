//! The requests of each row, made before the clock runs.

use std::net::SocketAddr;

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Client};
use countersign_tests::encoding::{base64url, unix_now};
use countersign_tests::plugin::{AUTHORITY, ORIGIN, RISK_HEADER, RISKY, RP_ID};
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::PAYMENTS;
use serde_json::{Value, json};

use crate::load::{self, Requests};
use crate::upstream::Upstreams;

/// What every request is for that has no body and is no ceremony's.
pub(crate) const ACCOUNT: &str = "/account";

/// A body of 1.2 kB, as a passkey with some extensions makes it, or a payment with its items.
const BODY_BYTES: usize = 1200;

/// The client's session with the relying party.
const SESSION: &str = "s%3Abench-session-0123456789abcdef";

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// A route that is no ceremony's.
    Get,
    /// The same of somebody who may: with an elevation, and with an ES256 bearer token for what looks at that.
    Entitled,
    /// A payment that is too small for a rule about payments.
    Payment,
    /// A begin that no rule applies to; the answer is 512 bytes.
    Begin,
    /// One finish, again and again: for what does not look at it.
    Finish,
    /// Finishes of routine begins, each sent once.
    Routine,
    /// Finishes of begins that were guarded, each sent once.
    Guarded,
}

impl Traffic {
    /// Whether it is compared with other requests that carry a body.
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Payment | Self::Finish | Self::Routine | Self::Guarded)
    }

    /// Whether it is compared with other requests for something of the relying party's own.
    pub(crate) fn is_get(self) -> bool {
        matches!(self, Self::Get | Self::Entitled)
    }

    /// Makes `count` requests; `at` is the listener that gives evidence.
    pub(crate) async fn requests(self, count: usize, at: SocketAddr, upstreams: &Upstreams) -> Requests {
        match self {
            Self::Get => Requests::Same(get(ACCOUNT, "", "")),
            Self::Entitled => {
                let elevation = elevation(at, upstreams).await;
                Requests::Same(get(ACCOUNT, &elevation, &bearer(upstreams)))
            }
            Self::Payment => {
                let larger = Ask::post(PAYMENTS, &payment(1001));
                let refused = Client::new(at, AUTHORITY).send(larger).await.expect("an answer");
                refusal::expect(&refused, &["step_up_required"]);
                Requests::Same(post(PAYMENTS, "", &payment(900)))
            }
            Self::Begin => Requests::Same(begin(false)),
            Self::Finish => {
                let mut finishes = finishes(1, false, at, upstreams).await;
                Requests::Same(finishes.swap_remove(0))
            }
            Self::Routine => Requests::Each(finishes(count, false, at, upstreams).await),
            Self::Guarded => Requests::Each(finishes(count, true, at, upstreams).await),
        }
    }
}

fn get(path: &str, cookies: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\n{}{headers}\r\n", common(cookies)).into_bytes()
}

fn post(path: &str, cookies: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\n{}content-type: application/json\r\norigin: {ORIGIN}\r\n\
         content-length: {length}\r\n\r\n{body}",
        common(cookies)
    )
    .into_bytes()
}

/// What a browser sends along.
fn common(cookies: &str) -> String {
    format!(
        "host: {AUTHORITY}\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64) bench\r\naccept: application/json\r\n\
         accept-language: en\r\nreferer: {ORIGIN}/\r\nsec-fetch-site: same-origin\r\n\
         cookie: {SESSION_COOKIE}={SESSION}{cookies}\r\n"
    )
}

/// The cookie of a client that was refused [`ACCOUNT`], and then stepped up.
async fn elevation(at: SocketAddr, upstreams: &Upstreams) -> String {
    let mut client = Client::new(at, AUTHORITY);
    client.cookies.insert(SESSION_COOKIE.to_owned(), SESSION.to_owned());
    let refused = client.send(Ask::get(ACCOUNT)).await.expect("an answer");
    refusal::expect(&refused, &["step_up_required"]);
    let begun = Begun::by(&mut client, Ceremony::Authentication.begin()).await.expect("an answer");
    let credential = Ceremony::Authentication.credential(&upstreams.passkey, begun.challenge());
    let finished = client.send(Ceremony::Authentication.finish(&credential)).await.expect("an answer");
    assert_eq!(finished.status, 200, "the step-up: {}", finished.text());
    let held = client.evidence_cookies();
    let [(name, value)] = held.as_slice() else { panic!("an elevation, and nothing else: {held:?}") };
    format!("; {name}={value}")
}

fn bearer(upstreams: &Upstreams) -> String {
    let header = json!({ "alg": "ES256", "kid": "bench", "typ": "JWT" }).to_string();
    let claims = json!({ "iss": "bench", "sub": "ann", "exp": unix_now() + 3600 }).to_string();
    format!("authorization: Bearer {}\r\n", upstreams.signer.sign(&header, &claims))
}

fn payment(amount: u32) -> Value {
    let item = json!({ "article": "4711-0815", "quantity": 2, "price": 22.50, "taxed": true });
    let mut payment = json!({
        "amount": amount, "currency": "EUR", "payee": "DE02120300000000202051", "items": vec![item; 12], "note": "",
    });
    payment["note"] = "n".repeat(BODY_BYTES - payment.to_string().len()).into();
    payment
}

fn begin(risky: bool) -> Vec<u8> {
    let risk = if risky { format!("{RISK_HEADER}: {RISKY}\r\n") } else { String::new() };
    get("/generate-authentication-options", "", &risk)
}

async fn finishes(count: usize, risky: bool, at: SocketAddr, upstreams: &Upstreams) -> Vec<Vec<u8>> {
    let begun = load::collect(at, Requests::Same(begin(risky)), 0..count).await;
    let mut finishes = Vec::with_capacity(count);
    for reply in begun {
        let options: Value = serde_json::from_slice(&reply.body).expect("options");
        assert_eq!(options.get("stepUp").is_some(), risky, "the begin is guarded, or not: {options}");
        let challenge = options["challenge"].as_str().expect("a challenge");
        finishes.push(finish(challenge, &cookies(&reply.head), upstreams));
    }
    finishes
}

/// The gateway's cookies of a begin, as a client sends them back.
fn cookies(head: &str) -> String {
    let set = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let pairs =
        set.filter_map(|cookie| cookie.split(';').next()).filter(|pair| pair.starts_with("__Host-cs-"));
    pairs.fold(String::new(), |cookies, pair| cookies + "; " + pair)
}

fn finish(challenge: &str, cookies: &str, upstreams: &Upstreams) -> Vec<u8> {
    let passkey = &upstreams.passkey;
    let mut credential = passkey.assertion(&passkey.get(challenge, ORIGIN, RP_ID));
    let blob = base64url(vec![7; (BODY_BYTES - credential.to_string().len()) * 3 / 4 - 30]);
    credential["clientExtensionResults"] = json!({ "largeBlob": { "blob": blob } });
    post("/verify-authentication", cookies, &credential)
}
