//! Session cookies and headers that a decision reads, repeated or unreadable; and our own headers, inbound.

use countersign_tests::relying_party::SESSION_COOKIE;

use super::attack::{Attack, Attempt};

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        Attack::new("two_session_cookies", "malformed_request", |lab, stage| {
            let other = lab.relying_party.session(Some("bob-beef"));
            let cookies = cookies(stage, &format!("; {SESSION_COOKIE}={other}"));
            Attempt::Ask(stage.honest().header("cookie", cookies))
        }),
        Attack::new("the_same_session_cookie_twice", "malformed_request", |_, stage| {
            let own = stage.client.cookies[SESSION_COOKIE].clone();
            let cookies = cookies(stage, &format!("; {SESSION_COOKIE}={own}"));
            Attempt::Ask(stage.honest().header("cookie", cookies))
        }),
        Attack::new("two_cookie_headers_with_a_session_each", "malformed_request", |lab, stage| {
            let other = lab.relying_party.session(Some("bob-beef"));
            let cookies = cookies(stage, "");
            Attempt::Ask(
                stage
                    .honest()
                    .header("cookie", cookies)
                    .header("cookie", format!("{SESSION_COOKIE}={other}")),
            )
        }),
        Attack::new("quoted_session_cookie_beside", "malformed_request", |lab, stage| {
            let other = lab.relying_party.session(Some("bob-beef"));
            let cookies = cookies(stage, &format!(";{SESSION_COOKIE}=\"{other}\""));
            Attempt::Ask(stage.honest().header("cookie", cookies))
        }),
        Attack::new("a_header_that_is_not_utf8", "verdict_pending", |_, stage| {
            Attempt::Ask(stage.honest().header("x-anything", b"\xff\xfe"))
        })
        .while_pending(),
        Attack::new("a_cookie_that_is_not_utf8", "verdict_pending", |_, stage| {
            let mut cookies = cookies(stage, "; other=").into_bytes();
            cookies.push(0xff);
            Attempt::Ask(stage.honest().header("cookie", cookies))
        })
        .while_pending()
        .or("malformed_request"),
        Attack::new("a_content_type_that_is_not_utf8", "unsupported_media_type", |_, stage| {
            Attempt::Ask(
                stage.honest().without("content-type").header("content-type", b"application/json\xff"),
            )
        }),
        Attack::new("evidence_that_is_not_utf8", "ceremony_unknown", |_, stage| {
            Attempt::Ask(stage.honest().header("countersign-evidence", b"cs1.\xff"))
        })
        .or("malformed_request"),
        Attack::new("inbound_countersign", "verdict_pending", |_, stage| {
            Attempt::Ask(stage.honest().header("countersign", "flow=step_up, verdict=matched"))
        })
        .while_pending(),
        Attack::new("inbound_countersign_something", "verdict_pending", |_, stage| {
            Attempt::Ask(stage.honest().header("countersign-verdict", "matched"))
        })
        .while_pending(),
        Attack::new("hop_by_hop_names_our_header", "verdict_pending", |_, stage| {
            Attempt::Ask(stage.honest().header("connection", "countersign, countersign-evidence"))
        })
        .while_pending()
        .http1(),
    ]
}

/// The client's cookies as it would send them, and something more.
fn cookies(stage: &countersign_tests::stage::Stage, more: &str) -> String {
    let (_, own) =
        stage.client.memory_headers().into_iter().find(|(name, _)| name == "cookie").expect("cookies");
    own + more
}
