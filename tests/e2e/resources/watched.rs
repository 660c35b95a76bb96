//! A rule that is only watched: nothing changes, and a counter and a line in the log say what it would have done.

use countersign_tests::client::{Answer, Ask, Client, Protocol};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::relying_party::Seen;
use countersign_tests::resource::Payer;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::many_rules::{AVATAR, BANNER, GALLERY};

pub(crate) const ROWS: &[Row] = table![
    it_passes_and_is_counted,
    the_log_says_so,
    a_rule_behind_it_is_enforced,
    a_body_passes_as_it_came,
    a_body_that_it_could_not_read_too,
    other_spellings_are_other_paths,
    other_methods_are_other_requests,
];

fn put(path: &str) -> Ask {
    Ask { method: Method::PUT, ..Ask::post(path, &json!({ "image": "x" })) }
}

fn counter(rule: &str, code: &str) -> String {
    format!("wasmcustom.countersign.decision.watched.{rule}.would_{code}")
}

fn expect_the_relying_partys(answer: &Answer) {
    assert_eq!((answer.status, answer.text().as_str()), (200, "the relying party's own business"));
    for name in ["countersign-evidence", "www-authenticate", "set-cookie"] {
        assert!(answer.headers.get(name).is_none(), "{name}: {:?}", answer.headers);
    }
}

/// Sends a request that the rule would have refused, and sees it pass and be counted.
async fn counted(lab: &Lab, payer: &mut Payer, ask: Ask, rule: &str, code: &str) -> Seen {
    let (path, counter) = (ask.path.clone(), counter(rule, code));
    let before = lab.envoy.stat(&counter).await;
    expect_the_relying_partys(&payer.send(ask).await);
    let seen = lab.arrived(&path).await.pop().expect("it arrives");
    assert!(lab.orchestrator.calls().is_empty(), "nobody is asked");
    lab.envoy.grown(&counter, before).await;
    seen
}

async fn it_passes_and_is_counted(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let seen = counted(lab, &mut payer, put(AVATAR), "avatar", "step_up_required").await;
    assert_eq!(seen.json(), json!({ "image": "x" }));
    assert_eq!((seen.header("content-length").as_str(), seen.header("countersign").as_str()), ("13", ""));
    counted(lab, &mut payer, Ask::new(Method::PUT, AVATAR), "avatar", "step_up_required").await;
    assert!(lab.relying_party.seen_at("/me").is_empty(), "nor is the relying party");
}

async fn the_log_says_so(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    expect_the_relying_partys(&payer.send(put(AVATAR)).await);
    let line = "countersign: would refuse code=step_up_required rule=avatar why=\"no elevation\"";
    let line = lab.envoy.log_line(line).await;
    assert!(line.contains("[info]"), "{line}");
}

async fn a_rule_behind_it_is_enforced(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    counted(lab, &mut payer, put(BANNER), "banner-soon", "step_up_required").await;
    let delete = || Ask::new(Method::DELETE, BANNER);
    let refused = payer.send(delete()).await;
    refusal::expect(&refused, &["step_up_required"]);
    assert_eq!(refused.json()["stepUp"]["rule"], "banner");
    assert_eq!(payer.step_up(lab, "matched").await.status, 200);
    assert_eq!(payer.send(delete()).await.status, 200);
    assert_eq!(lab.arrived(BANNER).await.len(), 2);
}

fn picture(text: impl Into<Vec<u8>>) -> Ask {
    Ask { body: Some(text.into().into()), ..Ask::post(GALLERY, &json!(null)) }
}

/// Byte by byte, although the rule looks into it.
async fn a_body_passes_as_it_came(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let text = "{ \"\\u0073ize\": 11.50, \"n\": 1E2 }\n";
    let seen = counted(lab, &mut payer, picture(text), "gallery", "step_up_required").await;
    assert_eq!(String::from_utf8_lossy(&seen.body), text);
    assert_eq!(seen.header("content-length"), text.len().to_string());
    let unannounced = Ask { length_announced: false, ..picture(text) };
    let seen = counted(lab, &mut payer, unannounced, "gallery", "step_up_required").await;
    assert_eq!(seen.body, text.as_bytes());
    // Which the rule would have let pass.
    let before = lab.envoy.stats("watched.gallery").await;
    expect_the_relying_partys(&payer.send(picture("{\"size\":9}")).await);
    counted(lab, &mut payer, put(AVATAR), "avatar", "step_up_required").await;
    assert_eq!(lab.envoy.stats("watched.gallery").await, before, "this is not counted");
}

/// Where the rule is enforced these are refused for what they are.
async fn a_body_that_it_could_not_read_too(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let long = "x".repeat(70 * 1024);
    let rows = [
        ("no JSON", picture("size is 11"), "malformed_request"),
        ("a member twice", picture("{\"size\":1,\"size\":11}"), "malformed_request"),
        ("compressed", picture("{\"size\":1}").header("content-encoding", "gzip"), "malformed_request"),
        ("of another type", picture("{\"size\":1}").without("content-type"), "malformed_request"),
        ("none", Ask::new(Method::POST, GALLERY), "malformed_request"),
        ("long", picture(long), "body_too_large"),
    ];
    for (row, ask, code) in rows {
        let sent = ask.body.clone().unwrap_or_default();
        let seen = counted(lab, &mut payer, ask, "gallery", code).await;
        assert!(seen.body == sent, "{row}: as it came");
    }
}

/// On a guarded path these are refused; here nothing is guarded yet.
async fn other_spellings_are_other_paths(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for path in
        ["/api/avatar/", "//api/avatar", "/api/./avatar", "/API/avatar", "/api/%61vatar", "/api/avatar;v=1"]
    {
        expect_the_relying_partys(&payer.send(put(path)).await);
        assert_eq!(lab.arrived(path).await.len(), 1, "{path}");
    }
}

async fn other_methods_are_other_requests(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let mut asks = vec![
        Ask::post(AVATAR, &json!({ "_method": "PUT" })),
        Ask::post_bytes(AVATAR, "_method=PUT").header("content-type", "application/x-www-form-urlencoded"),
        Ask::new(Method::POST, &format!("{AVATAR}?_method=PUT")),
        Ask::new(Method::POST, AVATAR).header("x-http-method-override", "PUT"),
        Ask::new(Method::DELETE, AVATAR),
    ];
    if payer.client.protocol == Protocol::Http2 {
        // Envoy itself takes no such method over HTTP/1.1.
        asks.push(Ask { method: Method::from_bytes(b"put").expect("a method"), ..put(AVATAR) });
    }
    let expected = asks.len();
    for ask in asks {
        expect_the_relying_partys(&payer.send(ask).await);
    }
    assert_eq!(lab.arrived(AVATAR).await.len(), expected);
}
