//! Several rules: the first that applies, and what waits for the credential.

use super::{HARDWARE, Request, SYNCED, User, policy, word};
use crate::json::{Value, parse};
use crate::policy::{Ceremony, CredentialFacts, Decision, Policy, ResidueError};

const ALICE: &str = r#"{"path":"name","equals":"alice"}"#;
const BOB: &str = r#"{"path":"name","equals":"bob"}"#;
const BACKED_UP: &str = r#"{"credential":"backed_up","equals":true}"#;
const ABSENT: &str = r#"{"query":"absent","equals":"x"}"#;
const USER: &str = r#"{"user":true,"equals":"alice"}"#;

fn at_begin(policy: &Policy, user: User) -> Decision<'_> {
    let request = Request { user, ..Request::new("/begin/alice", &[], "") };
    // The request ends here: what a decision keeps, it has copied.
    policy.decide(0, Ceremony::Authentication.into(), &request.facts())
}

#[test]
fn the_first_that_applies() {
    for (name, rules, expected) in [
        ("no rule", vec![], "routine"),
        ("one that always applies", vec![("a", "step_up", "")], "a"),
        ("one that does not", vec![("a", "step_up", BOB)], "routine"),
        ("the second", vec![("a", "step_up", BOB), ("b", "step_up", "")], "b"),
        ("the first of two", vec![("a", "step_up", ALICE), ("b", "step_up", "")], "a"),
        ("an exemption", vec![("a", "routine", ALICE), ("b", "step_up", "")], "routine"),
        ("an exemption for another", vec![("a", "routine", BOB), ("b", "step_up", "")], "b"),
        ("an exemption that cannot be decided", vec![("a", "routine", ABSENT), ("b", "step_up", "")], "b"),
        ("a rule that cannot be decided", vec![("a", "step_up", ABSENT), ("b", "routine", "")], "a"),
        ("a user before", vec![("a", "step_up", USER), ("b", "step_up", "")], "user"),
        ("a user after what applies", vec![("a", "step_up", ALICE), ("b", "step_up", USER)], "a"),
        ("a credential", vec![("a", "step_up", BACKED_UP)], "finish"),
        ("a credential after what applies", vec![("a", "step_up", ALICE), ("b", "step_up", BACKED_UP)], "a"),
        ("a user behind a credential", vec![("a", "step_up", BACKED_UP), ("b", "step_up", USER)], "user"),
    ] {
        let policy = policy(&rules);
        assert_eq!(word(&at_begin(&policy, None)), expected, "{name}");
        assert_eq!(
            word(&policy.decide(
                0,
                Ceremony::Registration.into(),
                &Request::new("/begin/alice", &[], "").facts()
            )),
            "routine"
        );
        assert_eq!(
            word(&policy.decide(
                9,
                Ceremony::Authentication.into(),
                &Request::new("/begin/alice", &[], "").facts()
            )),
            "routine"
        );
    }
}

/// What the finish decides, by way of the evidence.
fn at_finish(policy: &Policy, credential: CredentialFacts<'_>) -> String {
    let Decision::Deferred(residue) = at_begin(policy, Some(Some("alice"))) else {
        panic!("decided at begin")
    };
    let kept = parse(&residue.to_value().to_vec(), 8).unwrap();
    let resumed = policy.resume(0, Ceremony::Authentication.into(), &kept).unwrap();
    assert_eq!(resumed.decide(credential), residue.decide(credential));
    word(&resumed.decide(credential))
}

#[test]
fn the_credential_decides_at_finish() {
    let all = |parts: &[&str]| format!(r#"{{"all":[{}]}}"#, parts.join(","));
    let any = |parts: &[&str]| format!(r#"{{"any":[{}]}}"#, parts.join(","));
    let not = |part: &str| format!(r#"{{"not":{part}}}"#);
    let roaming = r#"{"credential":"attachment","equals":"cross-platform"}"#;
    let absent = r#"{"credential":"attachment","present":false}"#;
    for (name, rules, hardware, synced) in [
        ("one rule", vec![("a", "step_up", BACKED_UP.to_owned())], "routine", "a"),
        ("negated", vec![("a", "step_up", not(BACKED_UP))], "a", "routine"),
        ("with what was true", vec![("a", "step_up", all(&[ALICE, BACKED_UP]))], "routine", "a"),
        ("with what was false", vec![("a", "step_up", any(&[BOB, BACKED_UP]))], "routine", "a"),
        ("with the user", vec![("a", "step_up", all(&[USER, BACKED_UP]))], "routine", "a"),
        (
            "with what was unknown",
            vec![("a", "step_up", all(&[r#"{"query":"x","equals":"y"}"#, BACKED_UP]))],
            "routine",
            "a",
        ),
        (
            "an exemption, then a rule",
            vec![("a", "routine", not(BACKED_UP)), ("b", "step_up", String::new())],
            "routine",
            "b",
        ),
        (
            "two, then an exemption",
            vec![
                ("a", "step_up", BACKED_UP.to_owned()),
                ("b", "step_up", all(&[BOB, BACKED_UP])),
                ("c", "step_up", r#"{"credential":"user_verified","equals":false}"#.to_owned()),
                ("d", "routine", ALICE.to_owned()),
                ("e", "step_up", String::new()),
            ],
            "routine",
            "a",
        ),
        (
            "backup eligible",
            vec![("a", "step_up", r#"{"credential":"backup_eligible","equals":true}"#.to_owned())],
            "routine",
            "a",
        ),
        (
            "an exemption whose fact is left out",
            vec![("a", "routine", roaming.to_owned()), ("b", "step_up", String::new())],
            "routine",
            "b",
        ),
        ("an attachment asked for", vec![("a", "step_up", absent.to_owned())], "routine", "a"),
    ] {
        let rules: Vec<_> = rules.iter().map(|(id, require, when)| (*id, *require, when.as_str())).collect();
        let policy = policy(&rules);
        assert_eq!(at_finish(&policy, HARDWARE), hardware, "{name}: hardware key");
        assert_eq!(at_finish(&policy, SYNCED), synced, "{name}: synced passkey");
    }
}

#[test]
fn a_residue_of_other_rules_is_refused() {
    let rules = [("a", "step_up", BACKED_UP), ("b", "step_up", ALICE)];
    let before = policy(&rules);
    let Decision::Deferred(residue) = at_begin(&before, None) else { panic!("decided at begin") };
    let kept = residue.to_value();
    let resumed =
        |policy: &Policy, kept: &Value| policy.resume(0, Ceremony::Authentication.into(), kept).map(|_| ());
    assert_eq!(
        String::from_utf8(kept.to_vec()).unwrap().len(),
        r#"{"r":[["a","c"]],"l":"b","d":"0123456789012345678901"}"#.len()
    );

    assert_eq!(resumed(&before, &kept), Ok(()));
    for (name, rules) in [
        ("a candidate has changed", [("a", "routine", BACKED_UP), ("b", "step_up", ALICE)]),
        ("the last has changed", [("a", "step_up", BACKED_UP), ("b", "step_up", "")]),
        ("a candidate is gone", [("z", "step_up", BACKED_UP), ("b", "step_up", ALICE)]),
        ("the last is gone", [("a", "step_up", BACKED_UP), ("z", "step_up", ALICE)]),
    ] {
        assert_eq!(resumed(&policy(&rules), &kept), Err(ResidueError::RulesChanged), "{name}");
    }
    assert_eq!(before.resume(0, Ceremony::Registration.into(), &kept), Err(ResidueError::RulesChanged));
    assert_eq!(before.resume(1, Ceremony::Authentication.into(), &kept), Err(ResidueError::RulesChanged));
    for (name, text) in [
        ("no object", "[]"),
        ("no rules", r#"{"l":"b"}"#),
        ("a rule that is none", r#"{"r":["a"]}"#),
        ("another letter", r#"{"r":[["a","x"]]}"#),
        ("the last is none", r#"{"r":[],"l":1}"#),
    ] {
        assert_eq!(
            resumed(&before, &parse(text.as_bytes(), 8).unwrap()),
            Err(ResidueError::Malformed),
            "{name}"
        );
    }
}
