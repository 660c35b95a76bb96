//! Evidence that is missing, changed, somebody else's, or of another ceremony.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::Carrier;
use countersign_tests::encoding::{base64url, from_base64url};
use countersign_tests::relying_party::SESSION_COOKIE;

use super::attack::{Attack, Attempt};
use super::tampering::{last_digit_changed, parts, tag_changed};

const UNKNOWN: &str = "ceremony_unknown";

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = tampered();
    attacks.extend(misplaced());
    attacks
}

/// The honest finish with the evidence rewritten, in the header of a client without a jar.
fn rewritten(name: &str, rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Attack {
    Attack::new(name, UNKNOWN, move |_, stage| {
        stage.client.carrier = Carrier::Nothing;
        Attempt::Ask(stage.honest().header("countersign-evidence", rewrite(&stage.client.evidence[0])))
    })
}

fn tampered() -> Vec<Attack> {
    vec![
        rewritten("payload_changed", last_digit_changed),
        rewritten("tag_changed", tag_changed),
        rewritten("tag_cut_short", |evidence| {
            let [version, key, payload, tag] = parts(evidence);
            format!("{version}.{key}.{payload}.{}", base64url(&from_base64url(&tag)[..16]))
        }),
        rewritten("tag_empty", |evidence| {
            let [version, key, payload, _] = parts(evidence);
            format!("{version}.{key}.{payload}.")
        }),
        rewritten("tag_missing", |evidence| {
            let [version, key, payload, _] = parts(evidence);
            format!("{version}.{key}.{payload}")
        }),
        rewritten("key_unknown", |evidence| evidence.replacen(".k1.", ".k9.", 1)),
        rewritten("version_unknown", |evidence| evidence.replacen("cs1.", "cs2.", 1)),
        rewritten("tag_padded", |evidence| format!("{evidence}=")),
        rewritten("one_part_more", |evidence| format!("{evidence}.AAAA")),
        rewritten("payload_unsealed", |evidence| {
            let [version, key, payload, _] = parts(evidence);
            format!("{version}.{key}.{payload}.{}", base64url([0; 32]))
        }),
        rewritten("empty", |_| String::new()),
        rewritten("rubbish", |_| "rubbish".to_owned()),
    ]
}

fn misplaced() -> Vec<Attack> {
    vec![
        Attack::new("none", UNKNOWN, |_, stage| {
            stage.client.carrier = Carrier::Nothing;
            Attempt::Ask(stage.honest())
        }),
        Attack::new("of_another_session", UNKNOWN, |lab, stage| {
            let other = lab.relying_party.session(Some("ann-f00d"));
            stage.client.cookies.insert(SESSION_COOKIE.to_owned(), other);
            Attempt::Ask(stage.honest())
        }),
        Attack::new("of_another_user", UNKNOWN, |lab, stage| {
            let other = lab.relying_party.session(Some("bob-beef"));
            stage.client.cookies.insert(SESSION_COOKIE.to_owned(), other);
            Attempt::Ask(stage.honest())
        }),
        Attack::new("without_the_session", UNKNOWN, |_, stage| {
            stage.client.cookies.remove(SESSION_COOKIE);
            Attempt::Ask(stage.honest())
        }),
        Attack::new("of_another_challenge", UNKNOWN, |_, stage| {
            let credential = stage.ceremony.credential(&stage.passkey, &base64url([7; 32]));
            Attempt::Ask(stage.ceremony.finish(&credential))
        }),
        Attack::new("of_a_registration", UNKNOWN, |_, stage| {
            // The registration was matched; its challenge is answered as if it had been a sign-in.
            let credential = Ceremony::Authentication.credential(&stage.passkey, stage.begun.challenge());
            Attempt::Ask(Ceremony::Authentication.finish(&credential))
        })
        .at_registration()
        .or("ceremony_mismatch"),
        Attack::new("of_a_sign_in", UNKNOWN, |_, stage| {
            let credential = Ceremony::Registration.credential(&stage.passkey, stage.begun.challenge());
            Attempt::Ask(Ceremony::Registration.finish(&credential))
        })
        .or("ceremony_mismatch"),
        Attack::new("cookie_and_header_disagree", UNKNOWN, |_, stage| {
            let mut tag = stage.client.evidence[0].clone();
            let last = tag.pop().expect("a tag");
            tag.push(if last == 'A' { 'Q' } else { 'A' });
            Attempt::Ask(stage.honest().header("countersign-evidence", tag))
        }),
        Attack::new("header_and_cookie_disagree", UNKNOWN, |_, stage| {
            // The good one comes last: neither first nor last may win.
            let good = stage.client.evidence[0].clone();
            let (name, value) = stage.client.evidence_cookies()[0];
            let (name, changed) = (name.to_owned(), tag_changed(value));
            stage.client.cookies.insert(name, changed);
            Attempt::Ask(stage.honest().header("countersign-evidence", good))
        }),
        Attack::new("rubbish_beside_the_cookie", UNKNOWN, |_, stage| {
            Attempt::Ask(stage.honest().header("countersign-evidence", "rubbish"))
        }),
        Attack::new("two_cookies_disagree", UNKNOWN, |_, stage| {
            let (name, value) = stage.client.evidence_cookies()[0];
            let session = &stage.client.cookies[SESSION_COOKIE];
            let other = value.replacen("cs1.k1.", "cs1.k1.A", 1);
            let cookies = format!("{SESSION_COOKIE}={session}; {name}={value}; {name}={other}");
            Attempt::Ask(stage.honest().header("cookie", cookies))
        })
        .or("malformed_request"),
        Attack::new("in_a_cookie_of_another_name", UNKNOWN, |_, stage| {
            let (_, value) = stage.client.evidence_cookies()[0];
            let session = &stage.client.cookies[SESSION_COOKIE];
            let cookies = format!("{SESSION_COOKIE}={session}; cs-stolen={value}");
            Attempt::Ask(stage.honest().header("cookie", cookies))
        }),
    ]
}
