//! What a page of another origin may read of a refusal (Fetch standard section 3.3).

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::plugin::{HANDOFFS, ORIGIN};
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::resource::{CARD, PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::many_rules::VAULT;

pub(crate) const ROWS: &[Row] = table![
    a_page_of_the_relying_party_may_read_the_refusal,
    a_foreign_page_may_not,
    neither_may_a_page_of_several_origins,
    without_an_origin_nothing_is_said,
    a_refused_finish_too,
    an_elevation_is_exposed_where_the_answer_is,
    what_passes_is_the_relying_partys_to_say,
    preflights_of_its_paths_reach_the_relying_party,
    preflights_of_our_endpoints_are_answered,
    a_foreign_page_may_send_nothing_to_them,
    our_endpoints_can_be_read,
];

/// Where a session is in a header of its own.
pub(crate) const OF_A_SESSION_IN_A_HEADER: &[Row] = table![it_may_be_sent_to_our_endpoints];

const EXPOSED: &[&str] = &["countersign-evidence", "retry-after", "www-authenticate"];

/// The headers that one answer exposes.
fn exposed(answer: &Answer) -> Vec<String> {
    let values = answer.header_values("access-control-expose-headers");
    values.iter().flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

fn expect_readable(answer: &Answer) {
    assert_eq!(answer.header_values("access-control-allow-origin"), [ORIGIN]);
    assert_eq!(answer.header_values("access-control-allow-credentials"), ["true"]);
    assert_eq!(exposed(answer), EXPOSED);
    assert!(answer.header_values("vary").iter().any(|vary| vary.eq_ignore_ascii_case("origin")));
}

fn expect_nothing(answer: &Answer) {
    let said = answer.headers.keys().filter(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(said.count(), 0, "{:?}", answer.headers);
}

async fn a_page_of_the_relying_party_may_read_the_refusal(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for ask in [pay(&large()), delete_card()] {
        let answer = payer.send(ask.header("origin", ORIGIN)).await;
        refusal::expect(&answer, &["step_up_required"]);
        expect_readable(&answer);
    }
    let answer = payer.send(pay(&json!(null)).header("origin", ORIGIN).without("content-type")).await;
    refusal::expect(&answer, &["malformed_request"]);
    expect_readable(&answer);
}

async fn a_foreign_page_may_not(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for origin in [
        "https://evil.example",
        "http://bank.example",
        "https://bank.example:8443",
        "https://bank.example.evil.example",
        "https://BANK.example",
        "null",
        "",
    ] {
        let answer = payer.send(pay(&large()).header("origin", origin)).await;
        refusal::expect(&answer, &["step_up_required"]);
        expect_nothing(&answer);
    }
}

async fn neither_may_a_page_of_several_origins(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let twice = pay(&large()).header("origin", ORIGIN).header("origin", "https://evil.example");
    let answer = payer.send(twice).await;
    expect_nothing(&answer);
    let listed = pay(&large()).header("origin", format!("{ORIGIN}, https://evil.example"));
    expect_nothing(&payer.send(listed).await);
}

async fn without_an_origin_nothing_is_said(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    expect_nothing(&payer.send(pay(&large())).await);
}

async fn a_refused_finish_too(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let mut stage = payer.begin().await;
    let answer = stage.send(stage.honest().header("origin", ORIGIN)).await.expect("an answer");
    refusal::expect(&answer, &["verdict_pending"]);
    expect_readable(&answer);
}

/// Whether the page may read the answer is the relying party's word; that it may read our header in it, ours.
async fn an_elevation_is_exposed_where_the_answer_is(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let begin = Ceremony::Authentication.begin().header("origin", ORIGIN);
    let begun = Begun::by(&mut payer.client, begin).await.expect("an answer");
    assert!(exposed(&begun.answer).contains(&"countersign-evidence".to_owned()), "{:?}", begun.answer);
    // Without headers that wait the gateway answers a begin itself.
    let own = if lab.setup.headers_can_wait { "" } else { ORIGIN };
    assert_eq!(begun.answer.header("access-control-allow-origin"), own);
    lab.orchestrator.decide(begun.session(), "matched");
    let reply = Reply::json(200, &json!({ "verified": true })).header("access-control-allow-origin", ORIGIN);
    lab.relying_party.answers("POST /verify-authentication", reply);
    let credential = Ceremony::Authentication.credential(&payer.passkey, begun.challenge());
    let finish = Ceremony::Authentication.finish(&credential).header("origin", ORIGIN);
    let answer = payer.send(finish).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header_values("access-control-allow-origin"), [ORIGIN], "as the relying party said");
    assert!(exposed(&answer).contains(&"countersign-evidence".to_owned()), "{:?}", answer.headers);
    assert_ne!(answer.header("countersign-evidence"), "");
}

async fn what_passes_is_the_relying_partys_to_say(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let answer = payer.send(pay(&large()).header("origin", ORIGIN)).await;
    assert_eq!(answer.status, 200);
    expect_nothing(&answer);
}

/// What a browser asks before a page of this origin may send something that is not simple.
fn preflight(path: &str, origin: &str) -> Ask {
    Ask::new(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,countersign-evidence")
}

/// Ceremonies' paths and those of resources: whatever it says, to whatever page.
async fn preflights_of_its_paths_reach_the_relying_party(lab: &Lab, mut client: Client) {
    for path in [PAYMENTS, CARD, Ceremony::Authentication.finish_path()] {
        for origin in [ORIGIN, "https://evil.example"] {
            let reply =
                Reply::new(204, "text/plain", "").header("access-control-allow-origin", "https://its.own");
            lab.relying_party.answers(&format!("OPTIONS {path}"), reply);
            let answer = client.send(preflight(path, origin)).await.expect("an answer");
            assert_eq!(answer.status, 204, "{path}");
            let said: Vec<_> =
                answer.headers.keys().filter(|name| name.as_str().starts_with("access-")).collect();
            assert_eq!(said, ["access-control-allow-origin"], "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "https://its.own");
        }
        let seen = lab.arrived(path).await;
        assert_eq!(seen.len(), 2, "{path}");
        assert_eq!(seen[0].header("access-control-request-method"), "POST");
    }
}

const OUR_ENDPOINTS: &[&str] =
    &[HANDOFFS, "/.countersign/handoffs/consume", "/.countersign/handoffs/h1", "/.countersign/sessions/s1"];

/// The names that a field of an answer lists.
fn listed(answer: &Answer, name: &str) -> Vec<String> {
    answer.header(name).split(',').map(|name| name.trim().to_ascii_lowercase()).collect()
}

async fn preflights_of_our_endpoints_are_answered(lab: &Lab, mut client: Client) {
    for path in OUR_ENDPOINTS {
        let answer = client.send(preflight(path, ORIGIN)).await.expect("an answer");
        assert_eq!(answer.status, 204, "{path}: {}", answer.text());
        assert_eq!(answer.header_values("access-control-allow-origin"), [ORIGIN]);
        assert_eq!(answer.header_values("access-control-allow-credentials"), ["true"]);
        assert_eq!(listed(&answer, "access-control-allow-methods"), ["get", "post", "delete"]);
        let sent = listed(&answer, "access-control-allow-headers");
        for name in ["content-type", "countersign-evidence", "authorization"] {
            assert!(sent.iter().any(|sent| sent == name), "{path}: {name}");
        }
        assert!(answer.header_values("vary").iter().any(|vary| vary.eq_ignore_ascii_case("origin")));
        // What is no preflight is refused as any other method.
        refusal::expect(
            &client.send(Ask::new(Method::OPTIONS, path)).await.expect("an answer"),
            &["malformed_request"],
        );
    }
    lab.fence().await;
    assert!(lab.relying_party.seen().iter().all(|seen| !seen.complete || seen.path == "/fence"));
    assert!(lab.orchestrator.calls().is_empty());
}

async fn a_foreign_page_may_send_nothing_to_them(lab: &Lab, mut client: Client) {
    for path in OUR_ENDPOINTS {
        for origin in ["https://evil.example", "http://bank.example", "null"] {
            let answer = client.send(preflight(path, origin)).await.expect("an answer");
            assert_eq!(answer.status, 204, "{path}");
            expect_nothing(&answer);
        }
    }
    lab.fence().await;
    assert!(lab.relying_party.seen().iter().all(|seen| !seen.complete || seen.path == "/fence"));
}

async fn our_endpoints_can_be_read(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    let opened = payer.send(Ask::post(HANDOFFS, &json!({})).header("origin", ORIGIN)).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    expect_readable(&opened);
    let status = opened.json()["status"].as_str().expect("a path").to_owned();
    let followed = payer.send(Ask::get(&status).header("origin", ORIGIN)).await;
    assert_eq!(followed.status, 200);
    expect_readable(&followed);
    let foreign = payer.send(Ask::get(&status).header("origin", "https://evil.example")).await;
    assert_eq!(foreign.status, 200, "a GET changes nothing, and the page cannot read it");
    expect_nothing(&foreign);
}

async fn it_may_be_sent_to_our_endpoints(_lab: &Lab, mut client: Client) {
    VAULT.clone_into(&mut client.authority);
    let answer = client.send(preflight(HANDOFFS, ORIGIN)).await.expect("an answer");
    assert!(listed(&answer, "access-control-allow-headers").contains(&"x-session".to_owned()), "{answer:?}");
}
