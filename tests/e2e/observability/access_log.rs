//! The access log as `envoy/envoy.yaml` has it: a line of JSON for each request, as `docs/operations.md` says.

use std::collections::BTreeSet;

use countersign_tests::audit::pseudonym;
use countersign_tests::binaries;
use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::{Ask, Client, Protocol};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::patience::until;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::shipped::Shipped;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::suite::{Shared, Suite};
use countersign_tests::table;
use serde_json::{Value, json};

use super::secrets::{expect_absent, expect_discreet};

const ROWS: &[Row] =
    table![allowed, refused, declined_by_the_relying_party, routine, unlisted, not_ours, nothing_secret];

pub(crate) fn add(suite: &mut Suite, mode: &'static str, waits: bool) {
    let lab = Shared::new(move || Shipped::new(waits).lab());
    suite.table(&format!("{mode}/access_log"), &lab, Protocol::Http1, ROWS);
    let observing = Shared::new(move || Shipped::new(waits).observing().lab());
    suite.table(&format!("{mode}/access_log"), &observing, Protocol::Http1, table![watched]);
}

/// The members that the documentation names.
fn documented() -> BTreeSet<String> {
    let page = std::fs::read_to_string(binaries::root().join("docs/operations.md")).expect("the page");
    let (_, part) = page.split_once("\n## Access log\n").expect("the part about it");
    let (part, _) = part.split_once("\n## ").expect("another part");
    let cells = part.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The log from here on.
struct Log<'a> {
    lab: &'a Lab,
    before: usize,
}

impl<'a> Log<'a> {
    fn from_now(lab: &'a Lab) -> Self {
        Self { lab, before: lab.envoy.access_log().lines().count() }
    }

    /// Its lines, which are so many.
    async fn lines(&self, count: usize) -> Vec<Value> {
        let lines = until(format!("{count} lines"), || async {
            let log = self.lab.envoy.access_log();
            let lines: Vec<String> = log.lines().skip(self.before).map(str::to_owned).collect();
            (lines.len() >= count).then_some(lines)
        })
        .await;
        assert_eq!(lines.len(), count, "{lines:#?}");
        let lines: Vec<Value> =
            lines.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        for line in &lines {
            let members: BTreeSet<String> = line.as_object().expect("an object").keys().cloned().collect();
            assert_eq!(members, documented());
            assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
            assert!(
                line["ms"].is_u64() && line["request_id"].as_str().is_some_and(|id| id.len() == 36),
                "{line}"
            );
            assert_eq!(line["trace_id"], Value::Null, "there is no tracing");
        }
        lines
    }
}

/// These members, among others.
fn expect(line: &Value, members: &Value) {
    for (name, value) in members.as_object().expect("members") {
        assert_eq!(&line[name], value, "{name} of {line}");
    }
}

/// The decision, whole and in its parts.
fn decision(flow: &str, rule: &str, code: &str, session: Option<&str>) -> Value {
    json!({
        "countersign": format!("{flow}/{rule}/{code}"),
        "flow": flow,
        "rule": rule,
        "code": code,
        "session": session.map(pseudonym),
    })
}

const FINISH: &str = "/verify-authentication";

async fn allowed(lab: &Lab, client: Client) {
    let log = Log::from_now(lab);
    let mut stage = Stage::step_up(lab, client).await;
    let session = stage.begun.session().to_owned();
    lab.orchestrator.decide(&session, "matched");
    assert_eq!(stage.finish().await.status, 200);
    let lines = log.lines(2).await;
    expect(
        &lines[0],
        &json!({ "method": "GET", "path": Ceremony::Authentication.begin_path(), "status": 200 }),
    );
    expect(&lines[0], &decision("step_up", "risky-sign-in", "offered", Some(&session)));
    expect(&lines[1], &json!({ "method": "POST", "path": FINISH, "status": 200, "upstream": "bank" }));
    expect(&lines[1], &json!({ "details": "via_upstream" }));
    expect(&lines[1], &decision("step_up", "risky-sign-in", "completed", Some(&session)));
}

async fn refused(lab: &Lab, client: Client) {
    let log = Log::from_now(lab);
    let mut stage = Stage::step_up(lab, client).await;
    let session = stage.begun.session().to_owned();
    lab.orchestrator.decide(&session, "not_matched");
    let answer = stage.finish().await;
    refusal::expect(&answer, &["biometric_mismatch"]);
    let line = log.lines(2).await.remove(1);
    expect(
        &line,
        &json!({ "path": FINISH, "status": answer.status, "details": "countersign_biometric_mismatch" }),
    );
    expect(&line, &decision("step_up", "risky-sign-in", "biometric_mismatch", Some(&session)));
}

async fn declined_by_the_relying_party(lab: &Lab, client: Client) {
    let log = Log::from_now(lab);
    let mut stage = Stage::step_up(lab, client).await;
    let session = stage.begun.session().to_owned();
    lab.orchestrator.decide(&session, "matched");
    lab.relying_party.answers(&format!("POST {FINISH}"), Reply::json(400, &json!({ "error": "no" })));
    assert_eq!(stage.finish().await.status, 400);
    let line = log.lines(2).await.remove(1);
    expect(&line, &json!({ "status": 400, "details": "via_upstream" }));
    expect(&line, &decision("step_up", "risky-sign-in", "declined", Some(&session)));
}

async fn routine(lab: &Lab, client: Client) {
    let log = Log::from_now(lab);
    let mut stage = Stage::routine(lab, client).await;
    assert_eq!(stage.finish().await.status, 200);
    // Where headers cannot wait, options are the filter's own answer.
    let offered = if lab.setup.headers_can_wait { "via_upstream" } else { "countersign_reply" };
    let expected = [("offered", offered), ("forwarded", "via_upstream")];
    for (line, (code, details)) in log.lines(2).await.iter().zip(expected) {
        expect(line, &json!({ "status": 200, "details": details }));
        expect(line, &decision("routine", "none", code, None));
    }
}

async fn unlisted(lab: &Lab, client: Client) {
    let log = Log::from_now(lab);
    let mut stage = Stage::routine(lab, client).await;
    let ask = Ask { path: "/somewhere".to_owned(), ..stage.honest() };
    refusal::expect(&stage.send(ask).await.expect("an answer"), &["unlisted_ceremony"]);
    let line = log.lines(2).await.remove(1);
    expect(&line, &json!({ "path": "/somewhere", "details": "countersign_unlisted_ceremony" }));
    expect(&line, &decision("none", "none", "unlisted_ceremony", None));
}

async fn not_ours(lab: &Lab, mut client: Client) {
    let log = Log::from_now(lab);
    assert_eq!(client.send(Ask::get("/fence?of=iron")).await.expect("an answer").status, 200);
    let line = log.lines(1).await.remove(0);
    expect(&line, &json!({ "method": "GET", "path": "/fence", "status": 200, "upstream": "bank" }));
    let nothing =
        ["countersign", "flow", "rule", "code", "session"].map(|name| (name.to_owned(), Value::Null));
    expect(&line, &Value::Object(nothing.into_iter().collect()));
}

async fn watched(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let log = Log::from_now(lab);
    let begun = client.send(risky(Ceremony::Authentication.begin())).await.expect("an answer");
    assert_eq!(begun.status, 200);
    let line = log.lines(1).await.remove(0);
    expect(&line, &json!({ "status": 200, "details": "via_upstream", "upstream": "bank" }));
    expect(&line, &decision("step_up", "risky-sign-in", "would_step_up_required", None));
}

async fn nothing_secret(lab: &Lab, mut client: Client) {
    let log = Log::from_now(lab);
    client.always.push(("authorization".to_owned(), "Bearer planted-access-token".to_owned()));
    client.always.push(("x-csrf".to_owned(), "planted-header".to_owned()));
    client.cookies.insert("other".to_owned(), "planted-cookie".to_owned());
    let mut stage = Stage::step_up(lab, client).await;
    let before = stage.clone();
    let planted = Ask { path: format!("{FINISH}?user=planted-in-the-query"), ..stage.honest() };
    refusal::expect(&stage.send(planted).await.expect("an answer"), &["verdict_pending"]);
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    let missed = Ask::post("/planted", &json!({ "iban": "planted-in-the-body" }));
    stage.send(missed).await.expect("an answer");
    log.lines(4).await;
    expect_discreet(lab, &before);
    let planted = ["planted-access-token", "planted-header", "planted-cookie", "planted-in-the-query"];
    expect_absent(lab, &planted);
    expect_absent(lab, &["planted-in-the-body", before.begun.session()]);
}
