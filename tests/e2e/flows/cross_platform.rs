//! Cross-platform step-up: signed in at a desktop, matched on a phone.

use countersign_tests::ceremony::Begun;
use countersign_tests::client::{Ask, Carrier, Client};
use countersign_tests::encoding::{base64url, challenge_hash, random, unix_now};
use countersign_tests::handoff::{Offered, consume, open, payload};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::plugin::ORIGIN;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    a_handoff_is_opened_for_the_signed_in_user,
    an_orchestrator_that_tells_the_phone_learns_no_more,
    the_code_does_not_tell_the_number,
    nor_whose_it_is_by_another_name,
    nobody_signed_in_opens_none,
    the_desktop_follows_it,
    a_desktop_without_a_jar_uses_the_header,
    the_phone_gets_what_a_guarded_begin_gives,
    the_order_is_consume_begin_open,
    the_cookies_of_the_begin_reach_the_phone,
    a_phone_signed_in_as_the_same_user_will_do,
    the_phone_finishes_as_ever,
    the_phone_waits_for_its_verdict,
    a_mismatch_on_the_phone_stays_out,
    without_an_action_nothing_is_elevated,
    the_desktop_gives_up,
    the_desktop_gives_up_after_the_phone_took_over,
    the_phone_gives_up,
    a_phone_that_only_read_the_code_gives_up,
    our_own_origin_may_open_one,
    a_phone_that_takes_its_time_is_followed,
    old_evidence_beside_the_new,
    evidence_is_not_made_anew_without_need,
];

async fn a_handoff_is_opened_for_the_signed_in_user(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let calls = lab.orchestrator.calls_of(Operation::OpenCrossPlatform);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body, json!({ "external_user_id": USER }), "no action, no transaction");
    assert!(!calls[0].header("idempotency-key").is_empty());
    let handoff = lab.orchestrator.handoff();
    assert_eq!(offered.told("id"), handoff.id);
    assert_eq!(offered.told("status"), format!("/.countersign/handoffs/{}", handoff.id));
    let number = offered.told("number");
    assert!(number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()), "{number}");
    let token = offered.told("token");
    assert_eq!(offered.told("deepLink"), format!("https://bank.example/approve#{token}"));
    assert!(offered.told("qr").contains(token), "{}", offered.offer);
    assert!(offered.told("expiresAt").ends_with('Z'), "{}", offered.offer);
    assert_eq!(offered.told("evidence"), offered.answer.header("countersign-evidence"));
    assert_eq!(payload(offered.told("evidence"))["t"], "handoff");
    assert_eq!(offered.desktop.evidence_cookies().len(), 1);
    assert_eq!(offered.answer.header("cache-control"), "no-store");
    lab.expect_untouched().await;
}

/// Delivery by the orchestrator is its own business: it knows whose phone, and has what opens nothing without us.
async fn an_orchestrator_that_tells_the_phone_learns_no_more(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let calls = lab.orchestrator.calls_of(Operation::OpenCrossPlatform);
    let told = format!("{} {:?} {}", calls[0].line, calls[0].headers, calls[0].body);
    let session = offered.desktop.cookies[SESSION_COOKIE].clone();
    for secret in [session.as_str(), offered.told("evidence"), offered.told("token"), "__Host-cs-", "cs1."] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    for name in ["cookie", "origin", "countersign-evidence", "countersign"] {
        assert!(!calls[0].headers.contains_key(name), "{name}: {told}");
    }
    // What it could put into a message of its own is no token of ours.
    let bare = consume(&lab.orchestrator.handoff().token, offered.told("number"));
    refusal::expect(&offered.phone.send(bare).await.expect("an answer"), &["ceremony_unknown"]);
    assert!(lab.orchestrator.calls_of(Operation::ConsumeHandoff).is_empty());
    offered.taken().await;
}

async fn the_code_does_not_tell_the_number(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let (code, number) = (payload(offered.told("token")), json!(offered.told("number")));
    assert_eq!(code["t"], "token");
    let members = code.as_object().expect("an object");
    assert!(members.values().all(|value| *value != number), "{code}");
    assert!(!code.to_string().contains(USER), "nor whose it is: {code}");
}

async fn nor_whose_it_is_by_another_name(lab: &Lab, mut client: Client) {
    let session = lab.relying_party.session(Some("ann@bank.example"));
    client.cookies.insert(SESSION_COOKIE.to_owned(), session);
    let opened = client.send(open()).await.expect("an answer").json();
    let code = payload(opened["token"].as_str().expect("a token"));
    assert!(!code.to_string().contains("ann@bank.example"), "{code}");
}

async fn nobody_signed_in_opens_none(lab: &Lab, mut client: Client) {
    refusal::expect(&client.send(open()).await.expect("an answer"), &["user_unknown"]);
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(None));
    refusal::expect(&client.send(open()).await.expect("an answer"), &["user_unknown"]);
    assert!(lab.orchestrator.calls().is_empty(), "{:?}", lab.journal.steps());
}

async fn the_desktop_follows_it(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    expect_status(&mut offered, "waiting", true).await;
    let mut phone = offered.taken().await;
    expect_status(&mut offered, "consumed", true).await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    expect_status(&mut offered, "matched", true).await;
    lab.expect_untouched().await;
    assert_eq!(phone.finish().await.status, 200);
    expect_status(&mut offered, "completed", false).await;
}

async fn expect_status(offered: &mut Offered, status: &str, can_change: bool) {
    let answer = offered.follow().await;
    assert_eq!(answer.json()["status"], status);
    let retry_after = answer.header("retry-after").parse::<u32>();
    assert_eq!(retry_after.is_ok_and(|seconds| seconds > 0), can_change, "{status}: Retry-After");
    assert_eq!(answer.header("cache-control"), "no-store");
}

async fn a_desktop_without_a_jar_uses_the_header(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Header;
    let mut offered = Offered::by(lab, client).await;
    assert_eq!(offered.follow().await.json()["status"], "waiting");
    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");
}

async fn the_phone_gets_what_a_guarded_begin_gives(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let phone = offered.taken().await;
    let (options, answer) = (&phone.begun.options, &phone.begun.answer);
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["timeout"], 60000, "nothing else changes");
    let session = lab.orchestrator.session(phone.begun.session());
    let step_up = &options["stepUp"];
    assert_eq!(step_up["flow"], "cross_platform");
    assert_eq!(step_up["handoff"], offered.offer["id"]);
    assert_eq!(step_up["client"], json!({ "sdkToken": session.sdk_token }));
    assert_eq!(step_up["status"], format!("/.countersign/sessions/{}", session.id));
    assert_eq!(step_up["evidence"], answer.header("countersign-evidence"));
    assert!(step_up["startedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{step_up}");
    assert!(step_up["startedFrom"].as_str().is_some_and(|from| from.starts_with("127.0.0.1")), "{step_up}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(session.flow, "cross_platform");
    assert_eq!(session.external_user_id, USER);
    assert_eq!(session.rp_id, "bank.example");
    assert_eq!(session.challenge, Some(challenge_hash(phone.begun.challenge())));
}

async fn the_order_is_consume_begin_open(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    lab.journal.clear();
    offered.taken().await;
    let mut steps = lab.journal.steps();
    // Who is signed in on the phone may be asked at any moment.
    steps.retain(|step| step != "relying party GET /me");
    assert_eq!(
        steps,
        [
            "orchestrator consume_handoff",
            "relying party GET /generate-authentication-options",
            "orchestrator open_cross_platform_authentication",
        ]
    );
    let begin = &lab.relying_party.seen_at("/generate-authentication-options")[0];
    let ours = |name: &str| name.starts_with("countersign") || name.starts_with("__Host-cs-");
    assert!(!begin.headers.keys().any(|name| ours(name.as_str())), "{begin:?}");
    assert!(!begin.cookies().iter().any(|(name, _)| ours(name)), "{begin:?}");
}

/// The relying party begins a session with its options, for nobody yet; its handle.
fn begins_a_session(lab: &Lab) -> String {
    let session = lab.relying_party.session(None);
    let options = json!({
        "rpId": "bank.example", "challenge": base64url(random::<32>()), "allowCredentials": [],
        "userVerification": "preferred",
    });
    let reply = Reply::json(200, &options)
        .header("set-cookie", &format!("{SESSION_COOKIE}={session}; Path=/; HttpOnly"))
        .header("set-cookie", "theme=dark; Path=/");
    lab.relying_party.answers("GET /generate-authentication-options", reply);
    session
}

async fn the_cookies_of_the_begin_reach_the_phone(lab: &Lab, client: Client) {
    let session = begins_a_session(lab);
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    assert_eq!(phone.client.cookies.get(SESSION_COOKIE), Some(&session));
    assert_eq!(phone.client.cookies["theme"], "dark");
    let followed = offered.follow().await;
    assert!(followed.header_values("set-cookie").iter().all(|cookie| !cookie.contains(&session)));
    assert_ne!(offered.desktop.cookies[SESSION_COOKIE], session, "and nobody else");
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200, "the evidence is bound to the session that begins here");
    assert_eq!(lab.finishes()[0].cookie(SESSION_COOKIE), Some(session));
}

async fn a_phone_signed_in_as_the_same_user_will_do(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    offered.phone.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let mut phone = offered.taken().await;
    assert_eq!(phone.begun.options["allowCredentials"][0]["id"], phone.passkey.id_text());
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
}

async fn the_phone_finishes_as_ever(lab: &Lab, client: Client) {
    let mut phone = Offered::by(lab, client).await.taken().await;
    let session = phone.begun.session().to_owned();
    lab.orchestrator.decide(&session, "matched");
    lab.journal.clear();
    let answer = phone.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    let mut steps = lab.journal.steps();
    steps.retain(|step| step != "orchestrator credential_owner");
    let finish = "relying party POST /verify-authentication";
    if lab.setup.headers_can_wait {
        assert_eq!(steps, ["orchestrator status", finish, "orchestrator complete"]);
        let told = lab.finishes()[0].header("countersign");
        assert!(told.starts_with("flow=cross_platform") && told.contains("verdict=matched"), "{told}");
        assert!(told.contains(&format!("session=\"{session}\"")), "{told}");
    } else {
        assert_eq!(steps, ["orchestrator status", "orchestrator complete", finish]);
    }
    assert_eq!(lab.orchestrator.session(&session).status, "completed");
}

async fn the_phone_waits_for_its_verdict(lab: &Lab, client: Client) {
    let mut phone = Offered::by(lab, client).await.taken().await;
    let finish = phone.honest();
    refusal::expect(&phone.send(finish.clone()).await.expect("an answer"), &["verdict_pending"]);
    lab.expect_untouched().await;
    let status = phone.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    assert_eq!(phone.send(Ask::get(&status)).await.expect("an answer").json()["status"], "pending");
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.send(finish).await.expect("an answer").status, 200);
}

async fn a_mismatch_on_the_phone_stays_out(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "not_matched");
    refusal::expect(&phone.finish().await, &["biometric_mismatch"]);
    lab.expect_untouched().await;
    assert_eq!(offered.follow().await.json()["status"], "not_matched");
    assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
}

async fn without_an_action_nothing_is_elevated(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    let answer = offered.follow().await;
    assert_eq!(answer.json(), json!({ "id": offered.offer["id"], "status": "completed" }));
    assert!(!answer.headers.contains_key("countersign-evidence"));
}

async fn the_desktop_gives_up(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let answer = offered.desktop.send(offered.give_up()).await.expect("an answer");
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(lab.orchestrator.handoff().stage, "cancelled");
}

async fn the_desktop_gives_up_after_the_phone_took_over(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    let answer = offered.desktop.send(offered.give_up()).await.expect("an answer");
    assert_eq!(answer.status, 204, "{}", answer.text());
    refusal::expect(&phone.finish().await, &["verdict_failed"]);
    lab.expect_untouched().await;
}

async fn the_phone_gives_up(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    let answer = phone.send(offered.give_up()).await.expect("an answer");
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(lab.orchestrator.handoff().stage, "cancelled");
    assert_eq!(offered.follow().await.json()["status"], "cancelled");
}

async fn a_phone_that_only_read_the_code_gives_up(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let ask = offered.give_up().header("countersign-evidence", offered.told("token"));
    assert_eq!(offered.phone.send(ask).await.expect("an answer").status, 204);
    assert_eq!(offered.follow().await.json()["status"], "cancelled");
}

async fn our_own_origin_may_open_one(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let opened = offered.desktop.send(open().header("origin", ORIGIN)).await.expect("an answer");
    assert_eq!(opened.status, 201, "{}", opened.text());
    let consumed = offered.consume().header("origin", ORIGIN);
    let begun = Begun::by(&mut offered.phone, consumed).await.expect("an answer");
    assert_ne!(begun.options["stepUp"], Value::Null);
}

async fn a_phone_that_takes_its_time_is_followed(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    offered.age(lab, 290, 10);
    let (before, opened) = (unix_now(), payload(offered.told("evidence")));
    let answer = offered.follow().await;
    assert_eq!(answer.json(), json!({ "id": offered.offer["id"], "status": "consumed" }));
    let renewed = payload(answer.header("countersign-evidence"));
    let ends = renewed["exp"].as_u64().expect("a time");
    assert!((before + 300..=unix_now() + 300).contains(&ends), "five more minutes: {renewed}");
    for member in ["t", "rp", "h", "sb", "u", "iat"] {
        assert_eq!(renewed[member], opened[member], "{member}");
    }
    let cookies = offered.desktop.evidence_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert_eq!(cookies[0].1, answer.header("countersign-evidence"));
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");
}

/// A page that keeps what it was given first, in a browser that keeps what it was given last.
async fn old_evidence_beside_the_new(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    offered.taken().await;
    offered.age(lab, 290, 10);
    let old = offered.told("evidence").to_owned();
    let renewed = offered.follow().await.header("countersign-evidence").to_owned();
    assert!(payload(&renewed)["exp"].as_u64() > payload(&old)["exp"].as_u64());
    let both = offered.status().header("countersign-evidence", old);
    let answer = offered.desktop.send(both).await.expect("an answer");
    assert_eq!((answer.status, answer.header("countersign-evidence")), (200, ""), "{}", answer.text());
}

async fn evidence_is_not_made_anew_without_need(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    offered.age(lab, 290, 10);
    assert_eq!(offered.follow().await.header("countersign-evidence"), "", "nobody has come");
    let mut phone = offered.taken().await;
    offered.age(lab, 100, 200);
    assert_eq!(offered.follow().await.header("countersign-evidence"), "", "there is time");
    lab.orchestrator.decide(phone.begun.session(), "not_matched");
    refusal::expect(&phone.finish().await, &["biometric_mismatch"]);
    offered.age(lab, 290, 10);
    assert_eq!(offered.follow().await.header("countersign-evidence"), "", "it is over");
}
