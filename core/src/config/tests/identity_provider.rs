//! An identity provider's configuration: what loads, what is wrong, and what its rules decide.

use super::environment;
use crate::config::ConfigError;
use crate::policy::{Ceremony, CredentialFacts, IdentityProvider, Occasion, SignIn, SignInRules};

const ORCHESTRATOR: &str = r#""orchestrator": { "profile": "countersign", "url": "https://orchestrator.example",
    "credentials": { "header": "authorization", "prefix": "Bearer ", "env": "COUNTERSIGN_ORCHESTRATOR_TOKEN" } }"#;

fn load(rules: &str) -> Result<IdentityProvider, Vec<ConfigError>> {
    let text = format!(r#"{{ "version": 1, "rules": {rules}, {ORCHESTRATOR} }}"#);
    IdentityProvider::load(text.as_bytes(), &environment)
}

fn loaded(rules: &str) -> IdentityProvider {
    load(rules).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

const NOBODY: SignIn<'static> = SignIn {
    client: None,
    acr: &[],
    ip: None,
    new_device: false,
    user: Some("alice"),
    attributes: &[],
    credential: None,
};

#[test]
fn facts_of_a_sign_in() {
    let payroll = SignIn { client: Some("payroll"), ..NOBODY };
    let twice = &[("department", "sales"), ("department", "finance")];
    for (name, when, sign_in, applies) in [
        ("the client", r#"{ "client": true, "equals": "payroll" }"#, payroll, true),
        ("another client", r#"{ "client": true, "equals": "shop" }"#, payroll, false),
        ("no client", r#"{ "client": true, "equals": "shop" }"#, NOBODY, false),
        (
            "a level asked for",
            r#"{ "acr": true, "equals": "gold" }"#,
            SignIn { acr: &["gold"], ..NOBODY },
            true,
        ),
        (
            "another level",
            r#"{ "acr": true, "equals": "gold" }"#,
            SignIn { acr: &["silver"], ..NOBODY },
            false,
        ),
        ("no level", r#"{ "acr": true, "equals": "gold" }"#, NOBODY, false),
        (
            "several levels",
            r#"{ "acr": true, "equals": "gold" }"#,
            SignIn { acr: &["a", "b"], ..NOBODY },
            true,
        ),
        (
            "an address",
            r#"{ "ip": true, "starts_with": "10." }"#,
            SignIn { ip: Some("10.0.0.7"), ..NOBODY },
            true,
        ),
        (
            "outside of a network",
            r#"{ "not": { "ip": true, "starts_with": "10." } }"#,
            SignIn { ip: Some("192.0.2.1"), ..NOBODY },
            true,
        ),
        (
            "a new device",
            r#"{ "new_device": true, "equals": true }"#,
            SignIn { new_device: true, ..NOBODY },
            true,
        ),
        ("a known device", r#"{ "new_device": true, "equals": true }"#, NOBODY, false),
        ("not a new device", r#"{ "new_device": true, "equals": false }"#, NOBODY, true),
        ("the user", r#"{ "user": true, "one_of": ["alice", "bob"] }"#, NOBODY, true),
        (
            "an attribute",
            r#"{ "attribute": "department", "equals": "finance" }"#,
            SignIn { attributes: &[("department", "finance")], ..NOBODY },
            true,
        ),
        (
            "an attribute that is a number",
            r#"{ "attribute": "limit", "greater_than": 1000 }"#,
            SignIn { attributes: &[("limit", "1e4")], ..NOBODY },
            true,
        ),
        ("no such attribute", r#"{ "attribute": "department", "equals": "finance" }"#, NOBODY, false),
        (
            "an attribute of two values",
            r#"{ "attribute": "department", "equals": "hr" }"#,
            SignIn { attributes: twice, ..NOBODY },
            true,
        ),
    ] {
        let rules =
            format!(r#"[ {{ "id": "r", "ceremony": "sign_in", "when": {when}, "require": "step_up" }} ]"#);
        let policy = loaded(&rules);
        let (judgement, _) = policy.sign_in.decide(Occasion::Resource, &sign_in);
        assert_eq!(judgement.required.is_some(), applies, "{name}");
        let (elsewhere, _) = policy.sign_in.decide(Ceremony::Authentication.into(), &sign_in);
        assert_eq!(elsewhere.required, None, "{name}: a rule about the sign-in says nothing of a ceremony");
    }
}

#[test]
fn a_credential_that_nobody_has_seen_exempts_nobody() {
    let rules = r#"[ { "id": "r", "ceremony": "authentication", "when": { "credential": "backed_up", "equals": true },
        "require": "step_up" } ]"#;
    let policy = loaded(rules);
    let required = |credential| {
        let (judgement, reason) =
            policy.sign_in.decide(Ceremony::Authentication.into(), &SignIn { credential, ..NOBODY });
        (judgement.required.is_some(), reason)
    };
    let bound =
        CredentialFacts { backed_up: false, backup_eligible: false, user_verified: true, attachment: None };
    assert_eq!(required(Some(bound)), (false, None));
    let synced = CredentialFacts { backed_up: true, backup_eligible: true, ..bound };
    let reason = Some("rule r applies: credential backed_up = true".to_owned());
    assert_eq!(required(Some(synced)), (true, reason.clone()));
    assert_eq!(required(None), (true, reason));
}

#[test]
fn what_is_only_watched_decides_nothing() {
    let rule =
        |more: &str| format!(r#"[ {{ "id": "r", "ceremony": "sign_in", "require": "step_up"{more} }} ]"#);
    let watched = loaded(&rule(r#", "enforcement": "observe""#));
    let (judgement, _) = watched.sign_in.decide(Occasion::Resource, &NOBODY);
    assert_eq!((judgement.required, judgement.watched.map(|rule| rule.id.as_str())), (None, Some("r")));
    let text =
        format!(r#"{{ "version": 1, "enforcement": "observe", "rules": {}, {ORCHESTRATOR} }}"#, rule(""));
    let policy = IdentityProvider::load(text.as_bytes(), &environment).unwrap();
    let (judgement, _) = policy.sign_in.decide(Occasion::Resource, &NOBODY);
    assert_eq!((judgement.required, judgement.watched.map(|rule| rule.id.as_str())), (None, Some("r")));
}

#[test]
fn where_the_orchestrator_is() {
    for (name, orchestrator, at, warnings) in [
        (
            "a URL",
            r#""profile": "countersign", "url": "https://o.example:8443""#,
            "https://o.example:8443",
            0,
        ),
        (
            "plain HTTP",
            r#""profile": "countersign", "url": "http://localhost:9000""#,
            "http://localhost:9000",
            1,
        ),
        (
            "the profile's own",
            r#""profile": "entrust-idv", "variables": { "region": "eu", "step_up_workflow": "w" },
               "credentials": { "env": "COUNTERSIGN_ORCHESTRATOR_TOKEN" }"#,
            "https://api.eu.onfido.com",
            0,
        ),
    ] {
        let text = format!(r#"{{ "version": 1, "orchestrator": {{ {orchestrator} }} }}"#);
        match IdentityProvider::load(text.as_bytes(), &environment) {
            Ok(policy) => {
                assert_eq!(
                    (policy.orchestrator.cluster.as_str(), policy.warnings.len()),
                    (at, warnings),
                    "{name}"
                );
            }
            Err(errors) => panic!("{name}: {errors:#?}"),
        }
    }
}

#[test]
fn errors_say_where_and_what_to_write() {
    let rule = |member: &str| {
        format!(
            r#""rules": [ {{ "id": "r", "ceremony": "sign_in", "require": "step_up", {member} }} ], {ORCHESTRATOR}"#
        )
    };
    for (name, text, path) in [
        ("a gateway's member", format!(r#""relying_parties": {{}}, {ORCHESTRATOR}"#), "/relying_parties"),
        ("a gateway's rule", rule(r#""relying_party": "bank""#), "/rules/0/relying_party"),
        ("a resource", rule(r#""resource": { "path": "/" }"#), "/rules/0/resource"),
        ("a transaction", rule(r#""transaction": {}"#), "/rules/0/transaction"),
        (
            "a gateway's fact",
            rule(r#""when": { "header": "x-risk", "equals": "high" }"#),
            "/rules/0/when/header",
        ),
        (
            "an age",
            rule(r#""when": { "elevation_age": true, "less_than": "5m" }"#),
            "/rules/0/when/elevation_age",
        ),
        (
            "a credential at a sign-in",
            rule(r#""when": { "credential": "backed_up", "equals": true }"#),
            "/rules/0/when/credential",
        ),
        (
            "a device and a text",
            rule(r#""when": { "new_device": true, "equals": "yes" }"#),
            "/rules/0/when/equals",
        ),
        ("a device and an order", rule(r#""when": { "new_device": true, "less_than": 3 }"#), "/rules/0/when"),
        (
            "a client's name",
            rule(r#""when": { "client": "payroll", "equals": "x" }"#),
            "/rules/0/when/client",
        ),
        (
            "a cluster",
            r#""orchestrator": { "profile": "countersign", "cluster": "o", "url": "https://o.example" }"#
                .to_owned(),
            "/orchestrator/cluster",
        ),
        ("no URL", r#""orchestrator": { "profile": "countersign" }"#.to_owned(), "/orchestrator/url"),
        (
            "a URL with a path",
            r#""orchestrator": { "profile": "countersign", "url": "https://o.example/x" }"#.to_owned(),
            "/orchestrator/url",
        ),
        (
            "a URL of another kind",
            r#""orchestrator": { "profile": "countersign", "url": "ftp://o.example" }"#.to_owned(),
            "/orchestrator/url",
        ),
        ("a sealing key", format!(r#""keys": {{ "seal": [] }}, {ORCHESTRATOR}"#), "/keys/seal"),
        (
            "recovery without registration",
            format!(
                r#""rules": [ {{ "id": "r", "ceremony": "recovery", "require": "recovery" }} ], {ORCHESTRATOR}"#
            ),
            "/rules/0",
        ),
    ] {
        let text = format!(r#"{{ "version": 1, {text} }}"#);
        let errors = IdentityProvider::load(text.as_bytes(), &environment).err().unwrap_or_default();
        let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, [path], "{name}: {errors:#?}");
    }
}

#[test]
fn a_rule_that_never_decides_is_an_error() {
    let rule = |id: &str| format!(r#"{{ "id": "{id}", "ceremony": "sign_in", "require": "step_up" }}"#);
    let errors = load(&format!("[{}, {}]", rule("a"), rule("b"))).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["/rules/1"]);
}

#[test]
fn rules_are_read_alone_as_in_the_whole() {
    let rule = r#"[ { "id": "r", "ceremony": "sign_in", "when": { "client": true, "equals": "payroll" },
        "require": "step_up" } ]"#;
    let text = |rules: &str| {
        format!(r#"{{ "version": 1, "enforcement": "observe", "rules": {rules}, {ORCHESTRATOR} }}"#)
    };
    let rules = SignInRules::load(text(rule).as_bytes()).unwrap();
    for (client, watched) in [("payroll", Some("r")), ("shop", None)] {
        let (judgement, _) = rules.decide(Occasion::Resource, &SignIn { client: Some(client), ..NOBODY });
        assert_eq!((judgement.required, judgement.watched.map(|rule| rule.id.as_str())), (None, watched));
    }
    for (name, text, path) in [
        ("no JSON", "{".to_owned(), ""),
        ("another version", text(rule).replace(r#""version": 1"#, r#""version": 2"#), "/version"),
        ("a member that is not known", text(rule).replace("version", "edition"), "/edition"),
        ("another enforcement", text(rule).replace("observe", "sometimes"), "/enforcement"),
        ("half a rule", text(r#"[ { "id": "r", "ceremony": "sign_in" } ]"#), "/rules/0/require"),
        (
            "a rule that never decides",
            text(&format!("[{0}, {0}]", r#"{ "id": "r", "ceremony": "sign_in", "require": "step_up" }"#)),
            "/rules/1",
        ),
    ] {
        let errors = SignInRules::load(text.as_bytes()).unwrap_err();
        assert!(errors.iter().any(|error| error.path.starts_with(path)), "{name}: {errors:#?}");
    }
}
