//! What a rule on a resource can look at, and who says so.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::plugin::RISK_HEADER;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::{Payer, delete_card};
use countersign_tests::stage::USER;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::many_rules::{
    ACCOUNT, APP, EXPORT, GIFTS, OFFICE, ORDERS, PROFILE, SETTINGS, USER_HEADER, VAULT, VAULTS, bearer,
};

pub(crate) const ROWS: &[Row] = table![
    a_parameter_of_the_query,
    a_parameter_that_cannot_be_read,
    one_of_the_hosts,
    a_capture_of_the_path,
    a_trusted_header,
    a_trusted_header_twice,
    an_exemption_comes_first,
    the_user_by_introspection,
    a_user_whom_introspection_cannot_name,
    the_user_by_a_trusted_header,
    the_user_by_a_verified_claim,
    a_session_by_a_verified_claim,
    how_long_ago_the_last_step_up_was,
];

/// Whether each of these requests passes.
async fn check(payer: &mut Payer, rows: Vec<(&str, Ask, bool)>) {
    for (name, ask, passes) in rows {
        let answer = payer.send(ask).await;
        if passes {
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        } else {
            assert_eq!(answer.refusal(), "step_up_required", "{name}: {} {}", answer.status, answer.text());
        }
    }
}

fn get(path: &str, query: &str) -> Ask {
    Ask::get(&format!("{path}{query}"))
}

fn post(path: &str) -> Ask {
    Ask::post(path, &json!({}))
}

async fn a_parameter_of_the_query(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let rows = vec![
        ("what the rule says", get(EXPORT, "?format=full"), false),
        ("among others", get(EXPORT, "?a=1&format=full&b"), false),
        ("escaped", get(EXPORT, "?form%61t=f%75ll"), false),
        ("another value", get(EXPORT, "?format=short"), true),
        ("another value that only begins so", get(EXPORT, "?format=fuller"), true),
        // Left out by the client: no way round.
        ("no query", get(EXPORT, ""), false),
        ("an empty one", get(EXPORT, "?"), false),
        ("another parameter", get(EXPORT, "?a=1"), false),
    ];
    check(&mut payer, rows).await;
    // Whoever serves GET serves HEAD, and an answer to that has no body.
    assert_eq!(payer.send(Ask::new(Method::HEAD, EXPORT)).await.status, 401);
    assert_eq!(lab.arrived(EXPORT).await.len(), 2);
}

async fn a_parameter_that_cannot_be_read(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let rows = vec![
        ("twice", get(EXPORT, "?format=short&format=full"), false),
        ("twice the same", get(EXPORT, "?format=short&format=short"), false),
        ("twice by a semicolon", get(EXPORT, "?format=short;format=full"), false),
        ("twice, once escaped", get(EXPORT, "?format=short&%66ormat=full"), false),
        ("a broken escape", get(EXPORT, "?format=%4"), false),
        ("not UTF-8", get(EXPORT, "?format=%ff"), false),
    ];
    check(&mut payer, rows).await;
    assert!(lab.arrived(EXPORT).await.is_empty());
}

async fn one_of_the_hosts(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    check(&mut payer, vec![("another host of the same relying party", get(OFFICE, ""), true)]).await;
    "localhost:10000".clone_into(&mut payer.client.authority);
    let rows = vec![
        ("the host", get(OFFICE, ""), false),
        ("any method", Ask::new(Method::PATCH, OFFICE), false),
        ("a preflight", Ask::new(Method::OPTIONS, OFFICE), true),
    ];
    check(&mut payer, rows).await;
    assert_eq!(lab.arrived(OFFICE).await.len(), 2);
}

async fn a_capture_of_the_path(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let rows = vec![
        ("one of the values", post("/api/vaults/gold"), false),
        ("another", post("/api/vaults/silver"), false),
        ("none of them", post("/api/vaults/tin"), true),
        ("a longer path", post("/api/vaults/gold/key"), true),
    ];
    check(&mut payer, rows).await;
    for path in ["/api/vaults/g%6fld", "/api/vaults/Gold", "/api/vaults/gold;x"] {
        let answer = payer.send(post(path)).await;
        let codes = ["step_up_required", "malformed_request"];
        assert!(
            codes.contains(&answer.refusal().as_str()) || path.ends_with("Gold"),
            "{path}: {}",
            answer.status
        );
    }
    assert!(lab.arrived(&format!("{VAULTS}/gold")).await.is_empty());
}

async fn a_trusted_header(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let rows = vec![
        ("what the rule says", post(ORDERS).header(RISK_HEADER, "high"), false),
        ("another value", post(ORDERS).header(RISK_HEADER, "low"), true),
        ("not UTF-8", post(ORDERS).header(RISK_HEADER, b"\xff"), false),
        // An earlier filter that says nothing has nothing to say.
        ("absent", post(ORDERS), true),
    ];
    check(&mut payer, rows).await;
    assert_eq!(lab.arrived(ORDERS).await.len(), 2);
}

async fn a_trusted_header_twice(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let ask = post(ORDERS).header(RISK_HEADER, "low").header(RISK_HEADER, "high");
    refusal::expect(&payer.send(ask).await, &["malformed_request"]);
    assert!(lab.arrived(ORDERS).await.is_empty());
}

async fn an_exemption_comes_first(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let rows = vec![
        ("exempt", post(GIFTS).header(RISK_HEADER, "none"), true),
        ("not exempt", post(GIFTS).header(RISK_HEADER, "some"), false),
        ("not exempt for being unreadable", post(GIFTS).header(RISK_HEADER, b"\xff"), false),
        ("not exempt for saying nothing", post(GIFTS), false),
    ];
    check(&mut payer, rows).await;
    assert_eq!(lab.arrived(GIFTS).await.len(), 1);
}

async fn the_user_by_introspection(lab: &Lab, client: Client) {
    let mut ann = Payer::new(lab, client.clone());
    check(&mut ann, vec![("the rule's user", post(PROFILE), false)]).await;
    let mut bob = Payer::called("bob-beef", lab, client.clone());
    check(&mut bob, vec![("another user", post(PROFILE), true)]).await;
    assert_eq!(lab.arrived(PROFILE).await.len(), 1);
    assert_eq!(lab.relying_party.seen_at("/me").len(), 2);
    // With an elevation.
    let finished = ann.step_up(lab, "matched").await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    check(&mut ann, vec![("who has stepped up", post(PROFILE), true)]).await;
    assert_eq!(lab.arrived(PROFILE).await.len(), 2);
}

async fn a_user_whom_introspection_cannot_name(lab: &Lab, mut client: Client) {
    let session = lab.relying_party.session(None);
    client.cookies.insert(SESSION_COOKIE.to_owned(), session);
    refusal::expect(&client.send(post(PROFILE)).await.expect("an answer"), &["step_up_required"]);
    let broken = countersign_tests::relying_party::Reply::json(500, &json!({}));
    lab.relying_party.answers("GET /me", broken);
    refusal::expect(&client.send(post(PROFILE)).await.expect("an answer"), &["relying_party_unreadable"]);
    assert!(lab.arrived(PROFILE).await.is_empty());
}

/// Somebody at a relying party whose users are not introspected. Its sessions are not in cookies.
fn elsewhere(lab: &Lab, client: &Client, host: &str, always: Vec<(String, String)>) -> Payer {
    let payer = Payer::new(lab, client.clone());
    let owner = json!({ "external_user_id": USER });
    lab.orchestrator.owns(&payer.passkey.id_text(), owner);
    Payer { client: Client { authority: host.to_owned(), always, ..payer.client }, ..payer }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn the_user_by_a_trusted_header(lab: &Lab, client: Client) {
    let said = |user: &str| vec![header("x-session", "s1"), header(USER_HEADER, user)];
    let mut ann = elsewhere(lab, &client, VAULT, said(USER));
    let mut bob = elsewhere(lab, &client, VAULT, said("bob-beef"));
    check(&mut ann, vec![("the rule's user", post(ACCOUNT), false)]).await;
    check(&mut bob, vec![("another user", post(ACCOUNT), true)]).await;
    let finished = ann.step_up(lab, "matched").await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    assert_eq!(lab.orchestrator.sessions()[0].external_user_id, USER);
    check(&mut ann, vec![("who has stepped up", post(ACCOUNT), true)]).await;
    // In the very same session, but named otherwise.
    let mut other = ann.clone();
    other.client.always = said("eve");
    refusal::expect(&other.send(delete_card()).await, &["step_up_required"]);
    assert!(lab.relying_party.seen_at("/me").is_empty(), "nobody has to ask");
    let twice = post(ACCOUNT).header("x-user", USER).header("x-user", "bob-beef");
    refusal::expect(&bob.send(twice).await, &["malformed_request"]);
}

async fn the_user_by_a_verified_claim(lab: &Lab, client: Client) {
    let of = |user: &str| vec![bearer("sid-1", user)];
    let mut ann = elsewhere(lab, &client, APP, of(USER));
    let mut bob = elsewhere(lab, &client, APP, of("bob-beef"));
    check(&mut ann, vec![("the rule's user", post(ACCOUNT), false)]).await;
    check(&mut bob, vec![("another user", post(ACCOUNT), true)]).await;
    let finished = ann.step_up(lab, "matched").await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    assert_eq!(lab.orchestrator.sessions()[0].external_user_id, USER);
    check(&mut ann, vec![("who has stepped up", post(ACCOUNT), true)]).await;
    assert!(lab.relying_party.seen_at("/me").is_empty());

    let mut nobody = elsewhere(lab, &client, APP, Vec::new());
    check(&mut nobody, vec![("a rule about a user applies where there is none", post(ACCOUNT), false)]).await;
    let mut forger = ann.clone();
    let (name, token) = bearer("sid-1", USER);
    let signature = token.rsplit_once('.').expect("a signature").1.to_owned();
    let claims = countersign_tests::encoding::base64url(r#"{"iss":"app","sub":"x","sid":"sid-1"}"#);
    let head = token.split('.').next().expect("a head");
    forger.client.always = vec![(name, format!("{head}.{claims}.{signature}"))];
    let before = lab.arrived(ACCOUNT).await.len();
    assert_eq!(forger.send(post(ACCOUNT)).await.status, 401, "by Envoy's own filter");
    assert_eq!(lab.arrived(ACCOUNT).await.len(), before);
}

/// The bearer is refreshed now and then; the claim that names the session stays.
async fn a_session_by_a_verified_claim(lab: &Lab, client: Client) {
    let mut ann = elsewhere(lab, &client, APP, vec![bearer("sid-1", USER)]);
    ann.elevate(lab, delete_card()).await;
    ann.client.always = vec![bearer("sid-1", USER)];
    check(&mut ann, vec![("a refreshed bearer", delete_card(), true)]).await;
    for (name, always) in [
        ("another session of the same user", vec![bearer("sid-2", USER)]),
        ("another user's session", vec![bearer("sid-3", "bob-beef")]),
        ("no session", Vec::new()),
        ("the same session's id for another user", vec![bearer("sid-1", "bob-beef")]),
    ] {
        let mut other = ann.clone();
        other.client.always = always;
        let answer = other.send(delete_card()).await;
        assert_eq!(answer.refusal(), "elevation_mismatch", "{name}: {}", answer.text());
    }
}

async fn how_long_ago_the_last_step_up_was(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let change = || Ask { method: Method::PUT, ..post(SETTINGS) };
    check(&mut payer, vec![("none yet", change(), false)]).await;
    payer.elevate(lab, delete_card()).await;
    check(&mut payer, vec![("another rule's, a moment ago", change(), true)]).await;
    let mut other = payer.clone();
    other.client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    check(&mut other, vec![("in another session", change(), false)]).await;
    assert_eq!(lab.arrived(SETTINGS).await.len(), 1);
}
