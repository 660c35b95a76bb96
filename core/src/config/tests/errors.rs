//! Every way to get a configuration wrong: where the error points and what it says to write.

use super::load;
use crate::json::{Pointer, Value, parse};

/// A configuration without a fault.
const SOUND: &str = r#"{
    "version": 1,
    "headers_can_wait": true,
    "trusted_headers": ["x-risk"],
    "relying_parties": {
        "bank": {
            "hosts": ["bank.example"],
            "rp_id": "bank.example",
            "origins": ["https://bank.example"],
            "session": { "cookie": "sid" },
            "cluster": "bank",
            "user": [{ "introspect": { "path": "/me", "pointer": "/id" } }],
            "ceremonies": "simplewebauthn"
        },
        "shop": {
            "hosts": ["shop.example:8443"],
            "rp_id": "shop.example",
            "origins": ["https://shop.example:8443"],
            "session": { "header": "authorization" },
            "cluster": "shop",
            "user": [{ "credential_owner": true }],
            "ceremonies": {
                "endpoints": [
                    { "leg": "authentication_begin", "method": "POST", "path": "/login/{user}", "options": "/publicKey" },
                    { "leg": "authentication_finish", "method": "POST", "path": "/login", "credential": "/assertion" }
                ]
            }
        }
    },
    "rules": [
        { "id": "enrol", "relying_party": "bank", "ceremony": "registration", "require": "registration" },
        { "id": "risky", "relying_party": "bank", "ceremony": "authentication", "require": "step_up",
          "when": { "header": "x-risk", "equals": "high" } },
        { "id": "shop", "relying_party": "shop", "ceremony": "authentication", "require": "step_up",
          "when": { "path": "user", "starts_with": "admin" } }
    ],
    "orchestrator": { "profile": "countersign", "cluster": "orchestrator",
        "credentials": { "header": "authorization", "env": "COUNTERSIGN_ORCHESTRATOR_TOKEN" } },
    "keys": { "seal": [{ "id": "k1", "env": "COUNTERSIGN_SEAL_KEY" }] },
    "limits": { "body": "64KiB" },
    "guards": [
        { "webhook": { "hosts": ["o.example"], "path": "/v1/hook", "secrets": [{ "env": "COUNTERSIGN_WEBHOOK_TOKEN" }] } },
        { "core_api": { "hosts": ["o.example", "api.example:8443"], "prefix": "/v1/" } }
    ]
}"#;

/// The sound configuration with a value put in the place of another (or beside it), or taken away.
fn changed(path: &str, value: Option<&str>) -> String {
    let mut document = parse(SOUND.as_bytes(), 32).unwrap();
    let pointer = Pointer::parse(path).unwrap();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = Pointer::parse(parent).unwrap();
    match (value.map(|text| parse(text.as_bytes(), 32).unwrap()), document.at_mut(&parent).unwrap()) {
        (None, _) => drop(document.remove_at(&pointer).unwrap()),
        (Some(value), Value::Object(object)) => object.insert(&name.replace("~1", "/"), value),
        (Some(value), Value::Array(items)) => {
            match items.get_mut(name.parse::<usize>().unwrap_or(usize::MAX)) {
                Some(item) => *item = value,
                None => items.push(value),
            }
        }
        _ => panic!("nothing at {path}"),
    }
    String::from_utf8(document.to_vec()).unwrap()
}

#[test]
fn each_error_points_at_its_place_and_says_what_to_write() {
    assert_eq!(load(SOUND).unwrap().warnings, [""; 0]);
    let mut wrong = Vec::new();
    let rows = include_str!("errors.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for row in rows {
        let [name, change, value, path, help] = *row.split('|').map(str::trim).collect::<Vec<_>>() else {
            panic!("not a row: {row}")
        };
        let path = if path == "=" { change } else { path };
        let found = load(&changed(change, (!value.is_empty()).then_some(value))).err().unwrap_or_default();
        let [error] = found.as_slice() else {
            wrong.push(format!("{name}: {found:#?}"));
            continue;
        };
        let shown = error.to_string();
        let secret = shown.contains("t0ken") || shown.contains("fifteen letters");
        if error.path != path || !error.help.contains(help) || shown.contains('\n') || secret {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_relying_partys_name() {
    let errors = load(&SOUND.replace("\"shop\"", "\"the shop\"")).unwrap_err();
    assert_eq!(errors[0].path, "/relying_parties/the shop", "{errors:?}");
    let errors = load(&changed("/relying_parties", Some("{}"))).unwrap_err();
    assert!(errors.iter().any(|error| error.path == "/relying_parties"), "{errors:?}");
}

#[test]
fn without_the_flag_a_cluster_is_needed() {
    let text = SOUND.replace("\"headers_can_wait\": true,", "").replace("\"cluster\": \"shop\",", "");
    let errors = load(&text).unwrap_err();
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(error.path, "/relying_parties/shop/cluster");
    assert!(error.help.contains("headers_can_wait: true"), "{error}");
    let policy = load(&SOUND.replace("\"cluster\": \"shop\",", "")).unwrap();
    assert!(policy.warnings[0].contains("`shop`: without `cluster`"), "{:?}", policy.warnings);
}

#[test]
fn a_recovery_needs_every_registration_guarded() {
    const RECOVERY: &str =
        r#"{"id":"recover","relying_party":"bank","ceremony":"recovery","require":"recovery"}"#;
    const ALWAYS: &str =
        r#"{"id":"enrol","relying_party":"bank","ceremony":"registration","require":"registration"}"#;
    let changed =
        |rule: &str, more: &str| rule.replace("\"id\":\"enrol\"", &format!("\"id\":\"other\",{more}"));
    let risky = changed(ALWAYS, r#""when":{"header":"x-risk","equals":"high"}"#);
    let watched = changed(ALWAYS, r#""enforcement":"observe""#);
    let exempt = risky.replace(r#""require":"registration""#, r#""require":"routine""#);
    let watched_exemption = exempt.replace("\"when\"", r#""enforcement":"observe","when""#);
    let watched_recovery = RECOVERY.replace('}', r#","enforcement":"observe"}"#);
    let of = |rules: &[&str]| {
        SOUND
            .replacen(
                "\"simplewebauthn\"",
                r#"{ "profile": "simplewebauthn", "endpoints": [
                    { "leg": "recovery", "method": "POST", "path": "/recovery/start", "user": "/user/id" } ] }"#,
                1,
            )
            .replacen(r#"{ "id": "enrol", "relying_party": "bank", "ceremony": "registration", "require": "registration" }"#, &rules.join(","), 1)
    };
    for (name, rules, loads) in [
        ("one that always applies", [RECOVERY, ALWAYS].as_slice(), true),
        ("behind one with a condition", &[RECOVERY, &risky, ALWAYS], true),
        ("behind a watched exemption", &[RECOVERY, &watched_exemption, ALWAYS], true),
        ("none", &[RECOVERY], false),
        ("one with a condition", &[RECOVERY, &risky], false),
        ("one that is only watched", &[RECOVERY, &watched], false),
        ("behind an exemption", &[RECOVERY, &exempt, ALWAYS], false),
        ("both only watched", &[&watched_recovery, &watched], true),
        ("watched, and none", &[&watched_recovery], false),
    ] {
        let errors = load(&of(rules)).err().unwrap_or_default();
        let told =
            errors.iter().all(|error| error.path == "/rules/0" && error.help.contains("without `when`"));
        assert!(told && errors.len() == usize::from(!loads), "{name}: {errors:#?}");
    }
}

#[test]
fn a_watched_rule_leaves_the_decision_to_those_after_it() {
    let always = r#"{"id":"soon","relying_party":"bank","ceremony":"registration","require":"registration"}"#;
    let before = |rule: &str| load(&SOUND.replacen("\"rules\": [", &format!("\"rules\": [{rule},"), 1));
    assert_eq!(before(always).unwrap_err()[0].path, "/rules/1");
    let watched = always.replace('}', r#","enforcement":"observe"}"#);
    assert_eq!(before(&watched).unwrap().warnings, [""; 0]);
}

#[test]
fn verdict_keys_of_one_id() {
    let key = r#"{"kty":"EC","crv":"P-256","kid":"a","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#;
    let errors = load(&changed("/orchestrator/verdict_keys", Some(&format!("[{key},{key}]")))).unwrap_err();
    assert_eq!(errors[0].path, "/orchestrator/verdict_keys/1");
}

#[test]
fn what_loads_with_a_warning() {
    for (name, change, value, warning) in [
        (
            "an exemption by what a client writes",
            "/rules/1",
            r#"{"id":"vip","relying_party":"bank","ceremony":"authentication","require":"routine","when":{"query":"a","equals":"b"}}"#,
            "rule `vip`: a client can write itself into this exemption",
        ),
        (
            "a registration whose user nothing names",
            "/relying_parties/bank/user",
            r#"[{"credential_owner":true}]"#,
            "relying party `bank`: a credential that is being created has no owner yet",
        ),
    ] {
        let warnings = load(&changed(change, Some(value))).unwrap().warnings;
        assert!(warnings.len() == 1 && warnings[0].starts_with(warning), "{name}: {warnings:?}");
    }
}

#[test]
fn all_errors_in_one_go() {
    let text = SOUND
        .replace("\"version\": 1", "\"version\": 3")
        .replace("\"rp_id\": \"bank.example\"", "\"rpid\": \"bank.example\"")
        .replace("\"one_of\"", "\"oneof\"")
        .replace("\"require\": \"step_up\"", "\"require\": \"stepup\"")
        .replace("COUNTERSIGN_SEAL_KEY", "SHORT")
        .replace("\"/v1/hook\"", "\"v1/hook\"")
        .replace("COUNTERSIGN_WEBHOOK_TOKEN", "FIFTEEN")
        .replace("\"/v1/\"", "\"/v1\"")
        .replace("64KiB", "64 kilobytes");
    let errors = load(&text).unwrap_err();
    let mut paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/guards/0/webhook/path",
            "/guards/0/webhook/secrets/0/env",
            "/guards/1/core_api/prefix",
            "/keys/seal/0/env",
            "/limits/body",
            "/relying_parties/bank/rp_id",
            "/relying_parties/bank/rpid",
            "/rules/1/require",
            "/rules/2/require",
            "/version",
        ]
    );
}

#[test]
fn what_is_not_even_json() {
    for (name, text) in [
        ("YAML", "version: 1"),
        ("a member twice", r#"{"version": 1, "version": 1}"#),
        ("two values", "{} {}"),
        ("too deep", &"[".repeat(100)),
    ] {
        let errors = load(text).unwrap_err();
        assert_eq!((errors.len(), errors[0].path.as_str()), (1, ""), "{name}: {errors:?}");
        assert!(errors[0].help.contains("google.protobuf.Struct"), "{name}");
    }
    assert_eq!(load("[]").unwrap_err().len(), 1);
}
