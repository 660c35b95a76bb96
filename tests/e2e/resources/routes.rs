//! Which request is it: methods, spellings, overrides, credentials on a guarded route, and what is none of ours.

use countersign_tests::client::{Ask, Client, Protocol};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::raw;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::resource::{CARD, PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    another_method_passes,
    a_preflight_passes,
    other_spellings_of_the_path,
    another_method_in_a_header,
    another_method_in_the_query,
    another_method_in_a_form,
    another_method_in_json,
    another_method_behind_a_long_body,
    a_method_in_small_letters,
    a_query_changes_nothing,
    a_longer_path_is_another,
    a_credential_on_a_guarded_route,
    two_session_cookies,
    an_upgrade,
    a_body_nobody_reads_is_not_waited_for,
];

async fn another_method_passes(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for (method, path) in [(Method::GET, PAYMENTS), (Method::DELETE, PAYMENTS), (Method::POST, CARD)] {
        assert_eq!(payer.send(Ask::new(method.clone(), path)).await.status, 200, "{method} {path}");
    }
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 2);
    assert!(lab.orchestrator.calls().is_empty());
}

async fn a_preflight_passes(lab: &Lab, mut client: Client) {
    let reply = Reply::new(204, "text/plain", "").header("access-control-allow-methods", "POST");
    lab.relying_party.answers(&format!("OPTIONS {PAYMENTS}"), reply);
    let ask = Ask::new(Method::OPTIONS, PAYMENTS)
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "POST");
    let answer = client.send(ask).await.expect("an answer");
    assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, "POST"));
    assert_eq!(answer.header("access-control-allow-origin"), "", "the relying party answers for itself");
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn other_spellings_of_the_path(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    for path in [
        "/api/payments/",
        "//api/payments",
        "/api//payments",
        "/api/./payments",
        "/api/x/../payments",
        "/API/payments",
        "/api/Payments",
        "/api/payments;v=1",
        "/api/%70ayments",
        "/api/%2570ayments",
        "/api%2fpayments",
        "/api/payments%2f",
        "/api/payments/?x=1",
    ] {
        let answer = payer.send(Ask { path: path.to_owned(), ..pay(&large()) }).await;
        refusal::expect(&answer, &["malformed_request"]);
        assert!(lab.arrived(path).await.is_empty(), "{path}");
    }
    // Whatever the capture holds: a slash in it would be another path to the relying party.
    for path in ["/api/cards/47%2f11", "/api/cards/4711/", "/api/cards/..%2f4711", "/api/Cards/4711"] {
        let answer = payer.send(Ask::new(Method::DELETE, path)).await;
        refusal::expect(&answer, &["malformed_request"]);
    }
}

async fn refused(lab: &Lab, payer: &mut Payer, ask: Ask) {
    let path = ask.path.split('?').next().unwrap_or("").to_owned();
    refusal::expect(&payer.send(ask).await, &["malformed_request"]);
    assert!(lab.arrived(&path).await.is_empty(), "{path}");
}

/// On the guarded method and on any other: a relying party that obeys would delete.
async fn another_method_in_a_header(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        for method in [Method::POST, Method::GET, Method::DELETE] {
            refused(lab, &mut payer, Ask::new(method, CARD).header(name, "DELETE")).await;
        }
        refused(lab, &mut payer, pay(&large()).header(name, "GET")).await;
    }
}

async fn another_method_in_the_query(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for query in ["_method=DELETE", "a=1&_METHOD=delete", "%5fmethod=DELETE"] {
        refused(lab, &mut payer, Ask::new(Method::POST, &format!("{CARD}?{query}"))).await;
    }
}

async fn another_method_in_a_form(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for (media, body) in [
        ("application/x-www-form-urlencoded", "_method=DELETE"),
        ("application/x-www-form-urlencoded", "reason=lost&_method=DELETE"),
        ("application/x-www-form-urlencoded", "reason=lost&%5Fme%74hod=DELETE"),
        ("application/x-www-form-urlencoded; charset=utf-8", "_METHOD=delete"),
        (
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--b--\r\n",
        ),
    ] {
        refused(lab, &mut payer, Ask::post_bytes(CARD, body).header("content-type", media)).await;
    }
    let innocent = Ask::post_bytes(CARD, "reason=lost&shipping_method=post&method=x")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(payer.send(innocent).await.status, 200);
}

async fn another_method_in_json(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    refused(lab, &mut payer, Ask::post(CARD, &json!({ "_method": "DELETE" }))).await;
    let mut payment = large();
    payment["amount"] = json!(900);
    payment["_method"] = json!("DELETE");
    refused(lab, &mut payer, pay(&payment)).await;
}

/// What could hide it is refused; what nobody looks into flows on.
async fn another_method_behind_a_long_body(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let padding = "p".repeat(70 * 1024);
    for announced in [true, false] {
        let form = Ask::post_bytes(CARD, format!("reason={padding}&_method=DELETE"));
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let answer = payer.send(Ask { length_announced: announced, ..form }).await;
        refusal::expect(&answer, &["body_too_large"]);
    }
    assert!(lab.arrived(CARD).await.is_empty());
    let scan = Ask::post_bytes(CARD, padding.clone()).header("content-type", "application/pdf");
    assert_eq!(payer.send(scan).await.status, 200);
    assert_eq!(lab.arrived(CARD).await[0].body.len(), padding.len());
}

/// Methods are case-sensitive (RFC 9110 section 9.1), and some servers do not know.
async fn a_method_in_small_letters(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for (method, ask) in [("post", pay(&large())), ("Delete", delete_card()), ("dELETE", delete_card())] {
        let path = ask.path.clone();
        let ask = Ask { method: Method::from_bytes(method.as_bytes()).expect("a method"), ..ask };
        let answer = payer.send(ask).await;
        if payer.client.protocol == Protocol::Http2 {
            refusal::expect(&answer, &["malformed_request"]);
        } else {
            assert_eq!(answer.status, 400, "Envoy itself, or we: {}", answer.text());
        }
        assert!(lab.arrived(&path).await.is_empty(), "{method} {path}");
    }
}

async fn a_query_changes_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let ask = Ask { path: format!("{PAYMENTS}?dry_run=1"), ..pay(&large()) };
    refusal::expect(&payer.send(ask).await, &["step_up_required"]);
}

async fn a_longer_path_is_another(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for path in ["/api/payments/7", "/api/payment", "/api/paymentss", "/api"] {
        let answer = payer.send(Ask { path: path.to_owned(), ..pay(&large()) }).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    assert_eq!(lab.relying_party.seen().len(), 4);
}

async fn a_credential_on_a_guarded_route(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    let stage = payer.begin().await;
    for (path, method) in [(PAYMENTS, Method::POST), (CARD, Method::DELETE), (CARD, Method::PUT)] {
        let ask = Ask { path: path.to_owned(), method, ..stage.honest() };
        refusal::expect(&payer.send(ask).await, &["unlisted_ceremony"]);
        assert!(lab.arrived(path).await.is_empty());
    }
}

async fn two_session_cookies(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let (name, elevation) = payer.client.evidence_cookies()[0];
    let (session, other) = (&payer.client.cookies[SESSION_COOKIE], lab.relying_party.session(Some("bob")));
    let cookies = format!("{name}={elevation}; {SESSION_COOKIE}={session}; {SESSION_COOKIE}={other}");
    refused(lab, &mut payer, pay(&large()).header("cookie", cookies)).await;
    assert!(lab.orchestrator.calls_of(Operation::ConsumeElevation).is_empty());
}

async fn an_upgrade(lab: &Lab, client: Client) {
    if client.protocol == Protocol::Http2 {
        return a_query_changes_nothing(lab, client).await;
    }
    let payer = Payer::new(lab, client);
    let ask = Ask::new(Method::DELETE, CARD).header("connection", "upgrade").header("upgrade", "websocket");
    let answer = payer.clone().send(ask).await;
    assert!(answer.status >= 400, "Envoy refuses what it is not told to upgrade, and so do we");
    assert!(lab.arrived(CARD).await.is_empty());
}

/// A relying party may act on the head of a request alone: without headers that wait, it must not get one for as
/// long as the body is on its way.
async fn a_body_nobody_reads_is_not_waited_for(lab: &Lab, client: Client) {
    let payer = Payer::new(lab, client);
    let mut headers = vec![("host".to_owned(), payer.client.authority.clone().into_bytes())];
    let memory = payer.client.memory_headers().into_iter();
    headers.extend(memory.map(|(name, value)| (name, value.into_bytes())));
    headers.push(("transfer-encoding".to_owned(), b"chunked".to_vec()));
    let head = raw::head(&format!("DELETE {CARD} HTTP/1.1"), &headers);
    let pieces = [head, raw::chunk(b"x"), raw::chunk(b"")];
    let pieces = pieces.into_iter().chain([b"\r\n".to_vec()]).collect::<Vec<_>>();
    let answer = raw::exchange(payer.client.address, &pieces).await.expect("an answer");
    refusal::expect(&answer, &["step_up_required"]);
    lab.fence().await;
    let seen = lab.relying_party.seen_at(CARD);
    assert!(seen.is_empty(), "not even the head: {seen:?}");
}
