//! The proof that a relying party may have (`keys.assertion`): about this request and no other, checked by another's
//! library, Envoy's `jwt_authn`, with the keys that the gateway publishes.

use std::sync::Arc;

use countersign_tests::client::{Answer, Ask, Carrier, Client};
use countersign_tests::encoding::{base64url, from_base64url, sha256, unix_now};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::lab::{Checking, Lab, PROTOCOLS};
use countersign_tests::orchestrator::Signer;
use countersign_tests::plugin::{AUTHORITY, RP_ID};
use countersign_tests::refusal;
use countersign_tests::relying_party::Seen;
use countersign_tests::resource::{self, ACR, CARD, PAYMENTS, Payer, delete_card, large, pay, pay_text};
use countersign_tests::suite::{Shared, Suite};
use hyper::Method;
use serde_json::{Value, json};

/// The header that carries it.
const HEADER: &str = "countersign-assertion";
/// Where the keys are.
const KEYS: &str = "/.countersign/jwks";
/// At the service that checks: as who it is for would, and as somebody else would.
const MINE: &str = "/mine";
const OTHERS: &str = "/others";

/// A gateway that signs, one that only observes, and a service that checks what it is told.
struct Signing {
    lab: Lab,
    observing: Shared<Envoy>,
    service: Shared<Envoy>,
}

type Row = (&'static str, for<'a> fn(&'a Signing, Client) -> Checking<'a>);

const ROWS: &[Row] = countersign_tests::table![
    it_is_about_this_request,
    each_is_another,
    the_body_is_the_one_that_left,
    a_query_is_part_of_the_path,
    a_finish_has_one,
    whoever_changes_it_is_found_out,
    it_is_for_one_relying_party,
    nobody_else_can_bring_one,
    nor_where_we_only_observe,
    a_body_that_is_too_long_to_sign,
    the_keys_are_public,
];

pub(crate) fn add(suite: &mut Suite, mode: &str, waits: bool) {
    let signing = Shared::new(move || Signing::start(waits));
    for (version, protocol) in PROTOCOLS {
        for (row, check) in ROWS {
            let signing = Arc::clone(&signing);
            suite.row(format!("{mode}/{version}/assertion/{row}"), move || async move {
                let signing = signing.turn().await;
                signing.lab.reset();
                check(&signing, signing.lab.client(protocol, Carrier::Cookies)).await;
            });
        }
    }
}

impl Signing {
    async fn start(waits: bool) -> Self {
        let mut plan = resource::plan(waits);
        // The first signs.
        let keys = json!([
            { "id": "new", "env": "COUNTERSIGN_ASSERTION_KEY" },
            { "id": "old", "env": "COUNTERSIGN_ASSERTION_KEY_OLD" },
        ]);
        plan.plugin.as_mut().expect("a plugin")["keys"]["assertion"] = keys;
        let lab = Lab::start(plan).await;
        let mut observing = lab.setup.clone();
        observing.plugin.as_mut().expect("a plugin")["enforcement"] = json!("observe");
        let mut service = Setup::plain(lab.relying_party.address(), lab.relying_party.address());
        service.before = vec![jwt_authn()];
        service.clusters = vec![Setup::cluster("gateway", lab.envoy.address)];
        let later = |setup: Setup| {
            Shared::unshared(move || {
                let setup = setup.clone();
                async move { Envoy::start(&setup).await }
            })
        };
        Self { lab, observing: later(observing), service: later(service) }
    }

    /// What the service at this path makes of it: the status.
    async fn checked(&self, path: &str, assertion: &str) -> u16 {
        let address = self.service.turn().await.address;
        let ask = Ask::get(path).header(HEADER, assertion);
        Client::new(address, "service.example").send(ask).await.expect("an answer").status
    }

    /// The claims of what came with a request, which the service finds to be good.
    async fn claims(&self, seen: &Seen) -> Value {
        let assertion = seen.header(HEADER);
        assert_eq!(self.checked(MINE, &assertion).await, 200, "{assertion}");
        assert_eq!(
            part(&assertion, 0),
            json!({ "alg": "ES256", "typ": "countersign-assertion+jwt", "kid": "new" })
        );
        part(&assertion, 1)
    }

    /// That none came, where headers cannot wait for one.
    fn comes_without(&self, seen: &Seen) -> bool {
        if !self.lab.setup.headers_can_wait {
            assert_eq!(seen.header(HEADER), "");
        }
        !self.lab.setup.headers_can_wait
    }
}

/// Asks the gateway for its keys.
fn jwt_authn() -> Value {
    let provider = |audience: &str| {
        json!({
            "issuer": "countersign",
            "audiences": [audience],
            "from_headers": [{ "name": HEADER }],
            "forward": true,
            "remote_jwks": { "http_uri": {
                "uri": format!("http://{AUTHORITY}{KEYS}"), "cluster": "gateway", "timeout": "5s",
            } },
        })
    };
    let rule = |prefix: &str, name: &str| json!({ "match": { "prefix": prefix }, "requires": { "provider_name": name } });
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": { "mine": provider(RP_ID), "others": provider("other.example") },
            "rules": [rule(MINE, "mine"), rule(OTHERS, "others")],
        },
    })
}

/// The header (0) or the claims (1) of a compact JWS.
fn part(assertion: &str, position: usize) -> Value {
    let part = assertion.split('.').nth(position).unwrap_or_else(|| panic!("no JWS: {assertion:?}"));
    serde_json::from_slice(&from_base64url(part)).expect("JSON")
}

async fn it_is_about_this_request(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    let seen = lab.arrived(PAYMENTS).await.remove(0);
    if signing.comes_without(&seen) {
        return;
    }
    let claims = signing.claims(&seen).await;
    let number = |name: &str| claims[name].as_u64().expect("a number");
    let (now, issued) = (unix_now(), number("iat"));
    assert!(now.abs_diff(issued) < 30, "{claims}");
    assert!(issued.abs_diff(number("auth_time")) < 30, "{claims}");
    assert!(claims["jti"].as_str().is_some_and(|id| id.len() == 36), "{claims}");
    let expected = json!({
        "iss": "countersign", "aud": RP_ID, "jti": claims["jti"],
        "flow": "step_up", "rule": "payment", "acr": ACR, "sid": lab.orchestrator.sessions()[0].id,
        "status": "matched",
        "method": "POST", "authority": AUTHORITY, "path": PAYMENTS, "body": base64url(sha256(&seen.body)),
        "auth_time": claims["auth_time"], "iat": issued, "exp": issued + 60,
    });
    assert_eq!(claims, expected);
}

/// Also where one elevation is good for several requests.
async fn each_is_another(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    for _ in 0..2 {
        assert_eq!(payer.send(delete_card()).await.status, 200);
    }
    let seen = lab.arrived(CARD).await;
    assert_eq!(seen.len(), 2);
    if signing.comes_without(&seen[0]) {
        return;
    }
    let (first, second) = (signing.claims(&seen[0]).await, signing.claims(&seen[1]).await);
    assert_ne!(first["jti"], second["jti"]);
    assert_eq!(first["body"], base64url(sha256("")));
    assert_eq!((&first["method"], &first["sid"]), (&json!("DELETE"), &second["sid"]));
}

/// Where a rule reads it that is not what came; where none does it is.
async fn the_body_is_the_one_that_left(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let sent = "{\"amount\": 1.5e3,\n \"curren\\u0063y\": \"EUR\", \"payee\": \"DE02120300000000202051\"} ";
    assert_eq!(payer.send(pay_text(sent)).await.status, 200);
    let written = lab.arrived(PAYMENTS).await.remove(0);
    assert_ne!(written.body, sent.as_bytes());
    payer.elevate(lab, delete_card()).await;
    let reason = Ask { method: Method::DELETE, ..Ask::post_bytes(CARD, "reason: lost") };
    assert_eq!(payer.send(reason).await.status, 200);
    let untouched = lab.arrived(CARD).await.remove(0);
    assert_eq!(untouched.body, b"reason: lost");
    for seen in [written, untouched] {
        if !signing.comes_without(&seen) {
            assert_eq!(signing.claims(&seen).await["body"], base64url(sha256(&seen.body)));
        }
    }
}

async fn a_query_is_part_of_the_path(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    let path = format!("{CARD}?at=once&at=last");
    assert_eq!(payer.send(Ask::new(Method::DELETE, &path)).await.status, 200);
    let seen = lab.arrived(CARD).await.remove(0);
    if !signing.comes_without(&seen) {
        assert_eq!(signing.claims(&seen).await["path"], path);
    }
}

async fn a_finish_has_one(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::new(lab, client);
    payer.send(delete_card()).await;
    assert_eq!(payer.step_up(lab, "matched").await.status, 200);
    let path = countersign_tests::ceremony::Ceremony::Authentication.finish_path();
    let seen = lab.arrived(path).await.remove(0);
    if signing.comes_without(&seen) {
        return;
    }
    let claims = signing.claims(&seen).await;
    assert_eq!((&claims["method"], &claims["path"]), (&json!("POST"), &json!(path)));
    assert_eq!(claims["sid"], lab.orchestrator.sessions()[0].id.as_str());
    assert_eq!(claims["body"], base64url(sha256(&seen.body)), "re-serialised, and signed as such");
}

async fn whoever_changes_it_is_found_out(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    let seen = lab.arrived(PAYMENTS).await.remove(0);
    if signing.comes_without(&seen) {
        return;
    }
    let good = seen.header(HEADER);
    let parts: Vec<&str> = good.split('.').collect();
    let mut claims = signing.claims(&seen).await;
    claims["path"] = json!("/api/limits");
    let moved = base64url(claims.to_string());
    let header = |text: &str| base64url(text);
    let stranger = Signer::new("new");
    for (row, changed) in [
        ("another path", format!("{}.{moved}.{}", parts[0], parts[2])),
        ("signed by nobody", format!("{}.{}.", header(r#"{"alg":"none"}"#), parts[1])),
        ("without its signature", format!("{}.{}.", parts[0], parts[1])),
        ("by the old key", format!("{}.{}.{}", header(r#"{"alg":"ES256","kid":"old"}"#), parts[1], parts[2])),
        ("by a stranger", stranger.sign(r#"{"alg":"ES256","kid":"new"}"#, &part(&good, 1).to_string())),
    ] {
        assert_eq!(signing.checked(MINE, &changed).await, 401, "{row}");
    }
}

async fn it_is_for_one_relying_party(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    assert_eq!(payer.send(delete_card()).await.status, 200);
    let seen = lab.arrived(CARD).await.remove(0);
    if !signing.comes_without(&seen) {
        assert_eq!(signing.checked(MINE, &seen.header(HEADER)).await, 200);
        assert_eq!(signing.checked(OTHERS, &seen.header(HEADER)).await, 403, "another audience");
    }
}

/// Requests that pass, each with an assertion of the client's own.
fn bringing_one() -> Vec<Ask> {
    let mut small = large();
    small["amount"] = json!(900);
    let asks = vec![
        Ask::get("/elsewhere"),
        Ask::new(Method::GET, PAYMENTS),
        pay(&small),
        Ask::post(CARD, &json!({ "note": 1 })),
        Ask::new(Method::OPTIONS, PAYMENTS),
    ];
    asks.into_iter().map(|ask| ask.header(HEADER, "e30.e30.AA").header("countersign-explain", "x")).collect()
}

fn expect_none(seen: &[Seen], expected: usize) {
    let asked: Vec<&Seen> = seen
        .iter()
        .filter(|seen| seen.complete && !["/me", "/fence"].contains(&seen.path.as_str()))
        .collect();
    assert_eq!(asked.len(), expected);
    for seen in asked {
        let ours: Vec<_> =
            seen.headers.keys().filter(|name| name.as_str().starts_with("countersign")).collect();
        assert!(ours.is_empty(), "{} {}: {ours:?}", seen.method, seen.path);
    }
}

async fn nobody_else_can_bring_one(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::new(lab, client);
    let asks = bringing_one();
    let expected = asks.len();
    for ask in asks {
        let (method, path) = (ask.method.clone(), ask.path.clone());
        let status = payer.send(ask).await.status;
        assert!(status == 200 || status == 404, "{method} {path}: {status}");
    }
    lab.fence().await;
    expect_none(&lab.relying_party.seen(), expected);
    // Where we write one, it is ours alone.
    payer.elevate(lab, delete_card()).await;
    assert_eq!(payer.send(delete_card().header(HEADER, "e30.e30.AA")).await.status, 200);
    let seen = lab.arrived(CARD).await.pop().expect("the last one");
    let values = seen.headers.get_all(HEADER).iter().count();
    assert_eq!(values, usize::from(lab.setup.headers_can_wait));
    assert_ne!(seen.header(HEADER), "e30.e30.AA");
}

async fn nor_where_we_only_observe(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::new(lab, client.at(signing.observing.turn().await.address));
    let mut asks = bringing_one();
    asks.push(delete_card().header(HEADER, "e30.e30.AA"));
    asks.push(pay(&large()).header(HEADER, "e30.e30.AA"));
    let expected = asks.len();
    for ask in asks {
        payer.send(ask).await;
    }
    lab.fence().await;
    expect_none(&lab.relying_party.seen(), expected);
}

/// Not even with an elevation: what is signed has been read to its end.
async fn a_body_that_is_too_long_to_sign(signing: &Signing, client: Client) {
    let lab = &signing.lab;
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    for announced in [true, false] {
        let long = Ask { method: Method::DELETE, ..Ask::post_bytes(CARD, "p".repeat(70 * 1024)) };
        let answer = payer.send(Ask { length_announced: announced, ..long }).await;
        if lab.setup.headers_can_wait {
            refusal::expect(&answer, &["body_too_large"]);
            assert!(lab.arrived(CARD).await.is_empty());
        } else {
            assert_eq!(answer.status, 200, "nothing is signed: {}", answer.text());
        }
    }
}

async fn the_keys_are_public(signing: &Signing, mut client: Client) {
    let lab = &signing.lab;
    let mut asked = async |ask: Ask| -> Answer { client.send(ask).await.expect("an answer") };
    let answer = asked(Ask::get(KEYS)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header_values("set-cookie").is_empty());
    let keys = answer.json();
    let keys = keys["keys"].as_array().expect("keys");
    assert_eq!(keys.iter().map(|key| key["kid"].as_str()).collect::<Vec<_>>(), [Some("new"), Some("old")]);
    for key in keys {
        let names: Vec<&String> = key.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"], "and nothing that is secret");
        assert_eq!([&key["kty"], &key["crv"], &key["alg"], &key["use"]], ["EC", "P-256", "ES256", "sig"]);
    }
    for method in [Method::POST, Method::DELETE, Method::HEAD, Method::PUT] {
        assert_eq!(asked(Ask::new(method.clone(), KEYS)).await.status, 400, "{method}");
    }
    refusal::expect(&asked(Ask::get("/.countersign/jwks/new")).await, &["malformed_request"]);
    lab.fence().await;
    assert!(lab.relying_party.seen_at(KEYS).is_empty());
}

/// At a gateway that signs nothing.
pub(crate) const WITHOUT_KEYS: &[countersign_tests::lab::Row] =
    countersign_tests::table![there_is_none, there_are_no_keys];

async fn there_is_none(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    assert_eq!(payer.send(delete_card().header(HEADER, "e30.e30.AA")).await.status, 200);
    assert!(lab.arrived(CARD).await[0].headers.get(HEADER).is_none());
}

async fn there_are_no_keys(lab: &Lab, mut client: Client) {
    let answer = client.send(Ask::get(KEYS)).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (200, json!({ "keys": [] })));
    assert!(lab.relying_party.seen().is_empty());
}
