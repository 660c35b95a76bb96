//! The loop: refused with instructions, stepped up, passed.

use std::time::Duration;

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Ask, Carrier, Client};
use countersign_tests::encoding::{base64url, sha256, unix_now};
use countersign_tests::handoff::payload;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::resource::{
    ACR, CARD, LIMITS, LIMITS_MAX_AGE, PAYMENTS, Payer, delete_card, large, pay, pay_text,
};
use countersign_tests::stage::USER;
use countersign_tests::table;
use hyper::Method;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    a_small_payment_passes,
    a_large_payment_is_refused_with_instructions,
    nobody_signed_in_is_refused_too,
    the_ceremony_is_for_the_transaction,
    the_elevation_comes_with_the_finish,
    the_same_payment_passes_once,
    the_relying_party_is_told,
    a_client_without_a_jar_uses_the_header,
    someone_else_stays_out,
    an_unfinished_capture_gives_nothing,
    a_sign_in_the_relying_party_refuses_gives_nothing,
    an_ordinary_sign_in_gives_nothing,
    a_refusal_of_another_session_begins_nothing,
    a_refusals_evidence_is_no_elevation,
    who_signs_in_later_in_the_session_has_none,
    nobody_asks_for_an_elevation_that_lasts,
    it_lasts_until_max_age,
    payments_side_by_side,
    nothing_of_it_is_in_the_log,
];

async fn a_small_payment_passes(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let text =
        "{ \"payee\" : \"\\u0041nn\", \"amount\": 900.00,\n \"currency\": \"EUR\", \"note\": [1, {}] }";
    let ask = pay_text(text).header("countersign", "verdict=matched");
    assert_eq!(payer.send(ask).await.status, 200);
    let seen = lab.arrived(PAYMENTS).await;
    assert_eq!(seen.len(), 1);
    // Written anew: each member once, in order, the number as it stood.
    let written = r#"{"payee":"Ann","amount":900.00,"currency":"EUR","note":[1,{}]}"#;
    assert_eq!(String::from_utf8_lossy(&seen[0].body), written);
    assert_eq!(seen[0].header("countersign"), "");
    assert!(seen[0].cookie(SESSION_COOKIE).is_some());
    if lab.setup.headers_can_wait {
        assert_eq!(seen[0].header("content-length"), seen[0].body.len().to_string());
    }
    assert!(lab.orchestrator.calls().is_empty());
}

async fn a_large_payment_is_refused_with_instructions(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let answer = payer.send(pay(&large())).await;
    refusal::expect(&answer, &["step_up_required"]);
    assert_eq!(
        answer.header("www-authenticate"),
        format!(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"Step-up required\", \
             acr_values=\"{ACR}\", max_age=120"
        )
    );
    let step_up = &answer.json()["stepUp"];
    assert_eq!(step_up["flow"], "step_up");
    assert_eq!(step_up["rule"], "payment");
    assert_eq!(step_up["display"], "Pay 1500 EUR to DE02120300000000202051");
    assert_eq!(step_up["acr"], ACR);
    assert_eq!(step_up["begin"], json!({ "method": "GET", "path": Ceremony::Authentication.begin_path() }));
    assert_eq!(step_up["handoffs"], "/.countersign/handoffs");
    assert!(step_up["expiresAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{step_up}");
    let evidence = step_up["evidence"].as_str().expect("evidence");
    assert_eq!(payload(evidence)["t"], "request");
    assert_eq!(answer.header("countersign-evidence"), evidence);
    assert_eq!(
        answer.header("set-cookie"),
        format!("__Host-cs-q={evidence}; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax")
    );
    assert!(lab.arrived(PAYMENTS).await.is_empty());
    assert!(lab.orchestrator.calls().is_empty());
}

async fn nobody_signed_in_is_refused_too(lab: &Lab, mut client: Client) {
    refusal::expect(&client.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
    let begun = client.send(Ceremony::Authentication.begin()).await.expect("an answer");
    refusal::expect(&begun, &["user_unknown"]);
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

async fn the_ceremony_is_for_the_transaction(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let stage = payer.begin().await;
    let opened = lab.orchestrator.calls_of(Operation::Open);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].body["flow"], "step_up");
    // RFC 8785, of the bound members by their pointers.
    let bound = r#"{"/amount":1500,"/currency":"EUR","/payee":"DE02120300000000202051"}"#;
    assert_eq!(
        opened[0].body["transaction"],
        json!({
            "hash": base64url(sha256(bound)), "display": "Pay 1500 EUR to DE02120300000000202051",
        })
    );
    let step_up = &stage.begun.options["stepUp"];
    assert_eq!(step_up["display"], "Pay 1500 EUR to DE02120300000000202051");
    assert_eq!(step_up["flow"], "step_up");
    assert_eq!(step_up["rule"], "payment");
    assert_eq!(step_up["acr"], ACR);
    assert_eq!(stage.begun.options["userVerification"], "required");
}

async fn the_elevation_comes_with_the_finish(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let answer = payer.step_up(lab, "matched").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    let elevation = answer.header("countersign-evidence");
    let said = payload(elevation);
    assert_eq!(said["t"], "elevation");
    assert_eq!(said["acr"], ACR);
    assert_eq!(said["s"], json!(lab.orchestrator.sessions()[0].id));
    assert!(!said.to_string().contains("DE0212"), "what was bound cannot be read from it: {said}");
    let cookies = answer.header_values("set-cookie");
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("__Host-cs-e-")).expect("its cookie");
    let (_, attributes) = cookie.split_once(elevation).expect("the same in both ways");
    assert_eq!(attributes, "; Path=/; Max-Age=120; Secure; HttpOnly; SameSite=Lax");
    let names: Vec<_> = payer.client.evidence_cookies().into_iter().map(|(name, _)| name.clone()).collect();
    assert!(names.iter().all(|name| name.starts_with("__Host-cs-e-")), "the rest is cleared: {names:?}");
}

async fn the_same_payment_passes_once(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    lab.journal.clear();
    let answer = payer.send(pay(&large())).await;
    assert_eq!(answer.text(), "the relying party's own business");
    assert_eq!(
        lab.journal.steps(),
        [
            "relying party GET /me",
            "orchestrator consume_elevation",
            &format!("relying party POST {PAYMENTS}"),
        ]
    );
    let consumed = lab.orchestrator.calls_of(Operation::ConsumeElevation);
    assert!(!consumed[0].header("idempotency-key").is_empty());
    let seen = lab.arrived(PAYMENTS).await;
    assert_eq!((seen.len(), seen[0].json()), (1, large()));
    assert!(seen[0].cookies().iter().all(|(name, _)| !name.starts_with("__Host-cs-")), "{:?}", seen[0]);

    let again = payer.send(pay(&large())).await;
    refusal::expect(&again, &["step_up_required"]);
    assert_eq!(again.json()["stepUp"]["display"], "Pay 1500 EUR to DE02120300000000202051");
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
    let finished = payer.step_up(lab, "matched").await;
    assert_eq!(finished.status, 200, "it can be stepped up for once more");
    assert_eq!(payer.send(pay(&large())).await.status, 200);
}

async fn the_relying_party_is_told(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    payer.send(pay(&large()).header("countersign", "flow=routine")).await;
    let header = lab.arrived(PAYMENTS).await[0].header("countersign");
    if !lab.setup.headers_can_wait {
        assert_eq!(header, "");
        return;
    }
    let session = &lab.orchestrator.sessions()[0].id;
    let (told, at) = header.rsplit_once(", at=").unwrap_or_else(|| panic!("no time in {header}"));
    assert_eq!(
        told,
        format!("flow=step_up, rule=\"payment\", verdict=matched, acr=\"{ACR}\", session=\"{session}\"")
    );
    let at: u64 = at.parse().expect("seconds");
    assert!(at.abs_diff(unix_now()) < 60, "{at}");
}

async fn a_client_without_a_jar_uses_the_header(lab: &Lab, client: Client) {
    let client = Client { carrier: Carrier::Header, ..client };
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn someone_else_stays_out(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    refusal::expect(&payer.step_up(lab, "not_matched").await, &["biometric_mismatch"]);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

async fn an_unfinished_capture_gives_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    refusal::expect(&payer.step_up(lab, "pending").await, &["verdict_pending"]);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

async fn a_sign_in_the_relying_party_refuses_gives_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let reply = Reply::json(400, &json!({ "error": "no" }));
    lab.relying_party.answers("POST /verify-authentication", reply);
    let answer = payer.step_up(lab, "matched").await;
    assert_eq!((answer.status, answer.header("countersign-evidence")), (400, ""));
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
}

async fn an_ordinary_sign_in_gives_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let mut stage = payer.begin().await;
    assert_eq!(stage.begun.options["stepUp"], Value::Null, "nothing was refused");
    assert_eq!(stage.finish().await.status, 200);
    refusal::expect(&stage.client.send(pay(&large())).await.expect("an answer"), &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

async fn a_refusal_of_another_session_begins_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client.clone());
    let refused = payer.send(pay(&large())).await;
    let evidence = refused.header("countersign-evidence").to_owned();
    let mut other = Payer::new(lab, client);
    let named = Ceremony::Authentication.begin().showing(&[&evidence]);
    refusal::expect(&other.send(named).await, &["ceremony_unknown"]);
    other.client.cookies.insert("__Host-cs-q".to_owned(), evidence);
    let stage = other.begin().await;
    assert_eq!(stage.begun.options["stepUp"], Value::Null, "a cookie from another session means nothing");
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
}

async fn a_refusals_evidence_is_no_elevation(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let refused = payer.send(pay(&large())).await;
    let evidence = refused.header("countersign-evidence").to_owned();
    refusal::expect(&payer.send(pay(&large()).showing(&[&evidence])).await, &["step_up_required"]);
    payer.client.cookies.insert("__Host-cs-e-AAAAAAAAAAAAAAAA".to_owned(), evidence);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

async fn who_signs_in_later_in_the_session_has_none(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    // This relying party does not renew its session when another user comes.
    let session = payer.client.cookies[SESSION_COOKIE].clone();
    lab.relying_party.signs_in(&session, Some("bob-beef"));
    refusal::expect(&payer.send(pay(&large())).await, &["elevation_mismatch"]);
    assert!(lab.orchestrator.calls_of(Operation::ConsumeElevation).is_empty());
    lab.relying_party.signs_in(&session, Some(USER));
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn nobody_asks_for_an_elevation_that_lasts(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, delete_card()).await;
    assert_eq!(lab.orchestrator.calls_of(Operation::Open)[0].body["transaction"], Value::Null);
    let asked = lab.orchestrator.calls().len();
    for path in [CARD, CARD, "/api/cards/4712"] {
        let ask = Ask::new(Method::DELETE, path).header("countersign", "verdict=matched");
        assert_eq!(payer.send(ask).await.status, 200);
    }
    assert_eq!(lab.orchestrator.calls().len(), asked, "{:?}", lab.journal.steps());
    let seen = lab.arrived(CARD).await;
    assert_eq!(seen.len(), 2);
    for seen in seen {
        let told = seen.header("countersign");
        assert!(told.contains("rule=\"card\"") == lab.setup.headers_can_wait, "{told}");
        assert_ne!(told, "verdict=matched");
        let cookies = seen.cookies();
        assert!(cookies.iter().all(|(name, _)| name == SESSION_COOKIE), "{cookies:?}");
    }
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
}

async fn it_lasts_until_max_age(lab: &Lab, client: Client) {
    let raise = || Ask { method: Method::PUT, ..Ask::post(LIMITS, &json!({ "daily": 5000 })) };
    let mut payer = Payer::elevated(lab, client, raise()).await;
    let issued = payload(payer.elevation())["iat"].as_u64().expect("a time");
    let deadline = Duration::from_secs(LIMITS_MAX_AGE + 10);
    let mut passed = 0;
    let refused = tokio::time::timeout(deadline, async {
        loop {
            let answer = payer.send(raise()).await;
            if answer.status != 200 {
                return answer;
            }
            passed += 1;
        }
    });
    let refused = refused.await.expect("it ends");
    assert!(passed > 0, "it was good for a while");
    assert!(unix_now() - issued >= LIMITS_MAX_AGE, "and not for less than was said");
    refusal::expect(&refused, &["step_up_required"]);
    assert!(refused.header("www-authenticate").ends_with("max_age=3"), "{:?}", refused.headers);
}

async fn payments_side_by_side(lab: &Lab, client: Client) {
    let other = || {
        let mut payment = large();
        payment["payee"] = json!("DE44");
        pay(&payment)
    };
    let mut payer = Payer::new(lab, client);
    // Two tabs: both are refused, the second one last, and both step up.
    let first = payer.send(pay(&large())).await.header("countersign-evidence").to_owned();
    let second = payer.send(other()).await.header("countersign-evidence").to_owned();
    let session = payer.client.cookies[SESSION_COOKIE].clone();
    // This relying party keeps its session at a sign-in.
    let reply = Reply::json(200, &json!({ "verified": true }));
    lab.relying_party.answers("POST /verify-authentication", reply);
    for evidence in [first, second] {
        let begin = Ceremony::Authentication.begin().showing(&[&evidence]);
        let begun = Begun::by(&mut payer.client, begin).await.expect("an answer");
        lab.orchestrator.decide(begun.session(), "matched");
        let credential = Ceremony::Authentication.credential(&payer.passkey, begun.challenge());
        assert_eq!(payer.send(Ceremony::Authentication.finish(&credential)).await.status, 200);
    }
    assert_eq!(payer.client.cookies[SESSION_COOKIE], session);
    assert_eq!(payer.client.evidence_cookies().len(), 2, "one for each");
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    assert_eq!(payer.send(other()).await.status, 200);
    for ask in [pay(&large()), other()] {
        refusal::expect(&payer.send(ask).await, &["step_up_required"]);
    }
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 2);
}

async fn nothing_of_it_is_in_the_log(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let mut payment = large();
    payment["amount"] = json!(98_765_432);
    refusal::expect(&payer.send(pay(&payment)).await, &["elevation_mismatch"]);
    let elevation = payer.elevation().to_owned();
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    lab.fence().await;
    let logs = lab.envoy.log() + &lab.envoy.access_log();
    let session = &payer.client.cookies[SESSION_COOKIE];
    let tag = elevation.rsplit('.').next().expect("a tag");
    for secret in [USER, session, tag, "DE02120300000000202051", "98765432"] {
        let line = logs.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret:?} is in the log: {line:?}");
    }
}
