//! The example of the contract, section 5.

use super::load;
use crate::json::Pointer;
use crate::orchestrator::Values;
use crate::policy::Occasion;
use crate::policy::{
    Accepted, Access, Ceremony, Condition, Content, Endpoint, Enforcement, Flow, Leg, Limits, Locator,
    Policy, Scalar, SessionSource, Source, Test, UserHandle, UserSource,
};
use crate::route::{Captures, Entrance, Location, PathTemplate, Place};

const EXAMPLE: &str = r#"{
    "version": 1,
    "enforcement": "enforce",
    "headers_can_wait": true,
    "trusted_headers": ["x-risk"],
    "relying_parties": {
        "bank": {
            "hosts": ["bank.example", "localhost:10000"],
            "rp_id": "localhost",
            "origins": ["http://localhost:10000"],
            "session": { "cookie": "connect.sid" },
            "user_handle": "is_user",
            "cluster": "bank",
            "prior_biometric": "/prior_biometric",
            "user": [
                { "introspect": { "method": "GET", "path": "/me", "pointer": "/id" } },
                { "options": "/user/id" },
                { "credential_owner": true }
            ],
            "ceremonies": "simplewebauthn"
        }
    },
    "rules": [
        { "id": "enrolment", "relying_party": "bank", "ceremony": "registration", "require": "registration" },
        {
            "id": "risky-sign-in",
            "relying_party": "bank",
            "ceremony": "authentication",
            "when": { "header": "x-risk", "one_of": ["high", "critical"] },
            "require": "step_up"
        },
        {
            "id": "payment",
            "relying_party": "bank",
            "resource": { "methods": ["POST"], "path": "/api/payments" },
            "when": { "all": [{ "body": "/amount", "greater_than": 1000 }, { "body": "/currency", "equals": "EUR" }] },
            "require": "step_up",
            "max_age": "2m",
            "acr": "urn:countersign:acr:biometric",
            "transaction": {
                "members": ["/amount", "/currency", "/payee"],
                "display": "Pay {/amount} {/currency} to {/payee}"
            }
        }
    ],
    "orchestrator": {
        "profile": "countersign",
        "cluster": "orchestrator",
        "authority": "orchestrator",
        "timeout": "2s",
        "credentials": { "header": "authorization", "prefix": "Bearer ", "env": "COUNTERSIGN_ORCHESTRATOR_TOKEN" },
        "verdict_keys": []
    },
    "keys": {
        "seal": [{ "id": "k1", "env": "COUNTERSIGN_SEAL_KEY" }],
        "surrogate": { "env": "COUNTERSIGN_SURROGATE_KEY" }
    },
    "handoff": { "path": "/.countersign", "deep_link": "https://bank.example/approve#{token}" },
    "limits": { "body": "64KiB", "json_depth": 16, "ceremony": "10m" },
    "guards": [
        {
            "webhook": {
                "hosts": ["orchestrator.example"],
                "path": "/v1/webhooks/idv",
                "secrets": [{ "env": "COUNTERSIGN_WEBHOOK_TOKEN" }]
            }
        },
        { "core_api": { "hosts": ["orchestrator.example"], "prefix": "/v1/" } }
    ]
}"#;

/// The legs of the two ceremonies; recovery is each relying party's own.
const CEREMONIES: [Leg; 4] =
    [Leg::RegistrationBegin, Leg::RegistrationFinish, Leg::AuthenticationBegin, Leg::AuthenticationFinish];

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

#[test]
fn loads_as_it_stands() {
    let policy = load(EXAMPLE).unwrap();
    assert_eq!(policy.enforcement, Enforcement::Enforce);
    assert!(policy.headers_can_wait);
    assert_eq!(policy.trusted_headers, ["x-risk"]);
    assert_eq!(policy.prefix, "/.countersign");
    let handoffs = policy.handoff.as_ref().unwrap();
    let link = handoffs.deep_link.as_ref().unwrap().fill(&Values::default().with("token", "cs1.x"));
    assert_eq!(
        (link.as_deref(), handoffs.push.is_none()),
        (Some("https://bank.example/approve#cs1.x"), true)
    );
    assert_eq!(policy.limits, Limits { body: 65_536, json_depth: 16, ceremony: 600 });
    assert_eq!(policy.warnings, [""; 0]);

    let [bank] = policy.relying_parties.as_slice() else { panic!("one relying party") };
    assert_eq!((bank.name.as_str(), bank.index, bank.rp_id.as_str()), ("bank", 0, "localhost"));
    // printf localhost | sha256sum
    assert_eq!(bank.rp_id_hash[..4], [0x49, 0x96, 0x0d, 0xe5]);
    assert_eq!(bank.origins, ["http://localhost:10000"]);
    assert_eq!(bank.session, SessionSource::Cookie("connect.sid".into()));
    assert_eq!(bank.user_handle, UserHandle::IsUser);
    assert_eq!(bank.cluster.as_deref(), Some("bank"));
    assert_eq!(bank.prior_biometric, Some(pointer("/prior_biometric")));
    assert!(!bank.checks_owner);
    let introspect =
        UserSource::Introspect { method: "GET".into(), path: "/me".into(), pointer: pointer("/id") };
    assert_eq!(
        bank.user,
        [introspect, UserSource::Options(pointer("/user/id")), UserSource::CredentialOwner]
    );
    let legs: Vec<Leg> = bank.endpoints.iter().map(|endpoint| endpoint.leg).collect();
    assert_eq!(legs, CEREMONIES);

    let [enrolment, sign_in, payment] = policy.rules.as_slice() else { panic!("three rules") };
    assert_eq!(
        (enrolment.occasion, enrolment.flow(), &enrolment.when),
        (Ceremony::Registration.into(), Flow::Registration, &None)
    );
    assert_eq!((sign_in.occasion, sign_in.flow()), (Ceremony::Authentication.into(), Flow::StepUp));
    let high = ["high", "critical"].map(|text| Scalar::Text(text.into()));
    assert_eq!(
        sign_in.when,
        Some(Condition::Test(Source::Header("x-risk".into()), Test::OneOf(high.into())))
    );
    assert_eq!((sign_in.gives(), sign_in.max_age), ("urn:countersign:acr:biometric", None));
    assert_ne!(enrolment.digest, sign_in.digest);
    assert_eq!((payment.occasion, payment.flow(), payment.lasts()), (Occasion::Resource, Flow::StepUp, 120));
    let resource = payment.resource.as_ref().unwrap();
    assert_eq!(
        (resource.methods.as_slice(), resource.path.as_str()),
        (&["POST".to_owned()][..], "/api/payments")
    );
    let transaction = payment.transaction.as_ref().unwrap();
    assert_eq!(transaction.members, ["/amount", "/currency", "/payee"].map(pointer));
    assert!(payment.reads_body() && resource.hosts.is_none());

    let orchestrator = &policy.orchestrator;
    assert_eq!(
        (orchestrator.cluster.as_str(), orchestrator.authority.as_str()),
        ("orchestrator", "orchestrator")
    );
    assert_eq!(orchestrator.timeout_ms, 2_000);
    let Access::Header(header, value) = &orchestrator.access else { panic!("a header") };
    assert_eq!((header.as_str(), value.expose_text()), ("authorization", "Bearer t0ken"));
    assert_eq!(policy.keys.sealing().id, "k1");
    assert_eq!(policy.keys.seal.len(), 1);
    assert_eq!(policy.keys.sealing().key.expose(), b"0123456789abcdef0123456789abcdef");
    assert!(policy.keys.surrogate.is_some());
    let [token] = policy.guards.secrets(0) else { panic!("one secret") };
    assert_eq!(token.expose(), b"YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5");
}

#[test]
fn a_loaded_policy_shows_no_secret() {
    let shown = format!("{:?}", load(EXAMPLE).unwrap());
    assert!(
        !shown.contains("t0ken") && !shown.contains("012345") && !shown.contains("48, 49, 50"),
        "{shown}"
    );
    assert!(!shown.contains("YKOC6mkB") && !shown.contains("89, 75, 79, 67"), "{shown}");
}

#[test]
fn requests_find_their_places() {
    let policy = load(EXAMPLE).unwrap();
    let at = |place| Location::RelyingParty(0, place);
    let to = Location::Orchestrator;
    for (name, authority, method, path, expected) in [
        ("a begin", "bank.example", "GET", "/generate-authentication-options", at(endpoint(2))),
        (
            "a begin with a query",
            "bank.example",
            "GET",
            "/generate-authentication-options?x=/y",
            at(endpoint(2)),
        ),
        ("a finish", "localhost:10000", "POST", "/verify-authentication", at(endpoint(3))),
        ("another host", "evil.example", "POST", "/verify-authentication", Location::Elsewhere),
        ("a preflight", "bank.example", "OPTIONS", "/verify-authentication", at(Place::Preflight)),
        ("a wrong method", "bank.example", "PUT", "/verify-authentication", at(Place::WrongMethod)),
        (
            "the begin's method in another case",
            "bank.example",
            "get",
            "/generate-authentication-options",
            at(Place::WrongMethod),
        ),
        (
            "a head request",
            "bank.example",
            "HEAD",
            "/generate-authentication-options",
            at(Place::WrongMethod),
        ),
        ("an ambiguous path", "bank.example", "POST", "/verify-authentication/", at(Place::Ambiguous)),
        (
            "ambiguous, by any method",
            "bank.example",
            "DELETE",
            "//verify-authentication",
            at(Place::Ambiguous),
        ),
        (
            "ours",
            "bank.example",
            "GET",
            "/.countersign/sessions/ses_1?x",
            at(Place::BuiltIn("/sessions/ses_1".into())),
        ),
        (
            "a resource",
            "bank.example",
            "POST",
            "/api/payments",
            at(Place::Resource(vec![(2, Captures::default())])),
        ),
        ("another method of it", "bank.example", "GET", "/api/payments", at(Place::BesideResource)),
        ("its method in other letters", "bank.example", "Post", "/api/payments", at(Place::WrongMethod)),
        ("its preflight", "bank.example", "OPTIONS", "/api/payments", at(Place::BesideResource)),
        ("another spelling of it", "bank.example", "POST", "/api/Payments", at(Place::Ambiguous)),
        ("something else", "bank.example", "POST", "/api/transfers", at(Place::Other)),
        ("a webhook", "orchestrator.example", "POST", "/v1/webhooks/idv", to(Entrance::Webhook(0))),
        ("the Core API", "orchestrator.example", "POST", "/v1/sessions", to(Entrance::CoreApi)),
        ("another path there", "orchestrator.example", "GET", "/", to(Entrance::Other)),
    ] {
        assert_eq!(
            policy.locate(authority.as_bytes(), method.as_bytes(), path.as_bytes()),
            expected,
            "{name}"
        );
    }
    assert!(policy.is_relying_partys("bank") && !policy.is_guarded_orchestrators("bank"));
    assert!(policy.is_guarded_orchestrators("orchestrator") && !policy.is_relying_partys("orchestrator"));
}

fn endpoint(position: usize) -> Place {
    Place::Endpoint(position, crate::route::Captures::default())
}

#[test]
fn what_a_decision_reads() {
    let policy = load(EXAMPLE).unwrap();
    assert!(policy.must_read_begins(0) && !policy.must_read_begins(1));
    let (before, after) = EXAMPLE.split_once(r#""rules": ["#).expect("rules");
    let (_, after) = after
        .split_once(
            r#"],
    "orchestrator""#,
        )
        .expect("the end of the rules");
    let unruled = load(&format!(r#"{before}"rules": [],"orchestrator"{after}"#)).unwrap();
    assert!(unruled.must_read_begins(0), "a secret may be in them");
    assert_eq!(policy.headers_read(0, Leg::AuthenticationBegin), ["x-risk"]);
    assert_eq!(policy.headers_read(0, Leg::RegistrationBegin), [""; 0]);
    assert!(!policy.reads_body(0, Leg::AuthenticationBegin));
    let reading = EXAMPLE.replace(
        r#"{ "header": "x-risk", "one_of": ["high", "critical"] }"#,
        r#"{ "not": { "body": "/x", "present": true } }"#,
    );
    let policy = load(&reading).unwrap();
    assert!(
        policy.reads_body(0, Leg::AuthenticationBegin) && !policy.reads_body(0, Leg::AuthenticationFinish)
    );
}

#[test]
fn a_rule_that_changes_has_another_digest() {
    let digest = |text: &str| load(text).unwrap().rules[1].digest;
    let before = digest(EXAMPLE);
    assert_eq!(before, digest(&EXAMPLE.replace("  ", " ")));
    assert_ne!(before, digest(&EXAMPLE.replace("critical", "severe")));
    assert_ne!(before, digest(&EXAMPLE.replace(r#""require": "step_up""#, r#""require": "routine""#)));
}

#[test]
fn profiles_and_endpoints_together() {
    let finish = r#"{ "profile": "simplewebauthn", "endpoints": [
        { "leg": "authentication_finish", "method": "POST", "path": "/login/{user}",
          "credential": { "text": "/assertion", "then": "/publicKey" }, "accepted": { "status": [200, 303] } } ] }"#;
    let policy = load(&EXAMPLE.replace(r#""simplewebauthn""#, finish)).unwrap();
    let [.., replaced] = policy.relying_parties[0].endpoints.as_slice() else { panic!("endpoints") };
    assert_eq!(policy.relying_parties[0].endpoints.len(), 4);
    assert_eq!(
        *replaced,
        Endpoint {
            leg: Leg::AuthenticationFinish,
            method: "POST".into(),
            path: PathTemplate::parse("/login/{user}").unwrap(),
            content: Content::Json,
            user: None,
            locator: Locator::Text { text: pointer("/assertion"), then: pointer("/publicKey") },
            accepted: Accepted { statuses: vec![200, 303], body: None },
            raw_id_optional: false,
        }
    );
}

#[test]
fn a_ceremony_by_forms() {
    let endpoints = r#"{ "endpoints": [
        { "leg": "authentication_begin", "method": "POST", "path": "/begin", "content": "form" },
        { "leg": "authentication_finish", "method": "POST", "path": "/login", "content": "form",
          "credential": { "text": "/passkey_login", "then": "" } } ] }"#;
    let without_registration = EXAMPLE.replace(r#""ceremony": "registration", "require": "registration""#,
        r#""ceremony": "authentication", "when": { "body": "/amount", "greater_than": 5 }, "require": "step_up""#);
    let policy = load(&without_registration.replace(r#""simplewebauthn""#, endpoints)).unwrap();
    let [begin, finish] = policy.relying_parties[0].endpoints.as_slice() else { panic!("two endpoints") };
    assert_eq!((begin.content, finish.content), (Content::Form, Content::Form));
    assert!(policy.reads_body(0, Leg::AuthenticationBegin));
    assert_eq!(finish.locator, Locator::Text { text: pointer("/passkey_login"), then: pointer("") });
}

#[test]
fn one_path_for_begin_and_finish() {
    let endpoints = r#"{ "endpoints": [
        { "leg": "registration_begin", "method": "GET", "path": "/passkey" },
        { "leg": "registration_finish", "method": "POST", "path": "/passkey" },
        { "leg": "authentication_begin", "method": "GET", "path": "/login" },
        { "leg": "authentication_finish", "method": "PUT", "path": "/login" } ] }"#;
    let policy = load(&EXAMPLE.replace(r#""simplewebauthn""#, endpoints)).unwrap();
    for (method, path, expected) in [
        ("GET", "/passkey", endpoint(0)),
        ("POST", "/passkey", endpoint(1)),
        ("GET", "/login", endpoint(2)),
        ("PUT", "/login", endpoint(3)),
        ("POST", "/login", Place::WrongMethod),
    ] {
        let location = policy.locate(b"bank.example", method.as_bytes(), path.as_bytes());
        assert_eq!(location, Location::RelyingParty(0, expected), "{method} {path}");
    }
}

#[test]
fn every_profile_loads_and_has_all_legs() {
    for (name, _) in crate::profiles::RELYING_PARTIES {
        let policy: Policy = load(&EXAMPLE.replace("simplewebauthn", name)).unwrap();
        let mut legs: Vec<Leg> =
            policy.relying_parties[0].endpoints.iter().map(|endpoint| endpoint.leg).collect();
        legs.sort_unstable();
        assert_eq!(legs, CEREMONIES, "{name}");
    }
}

#[test]
fn the_same_as_numbers_of_a_struct() {
    let policy = load(
        &EXAMPLE
            .replace("\"version\": 1", "\"version\": 1.0")
            .replace("\"json_depth\": 16", "\"json_depth\": 16.0"),
    );
    assert_eq!(policy.unwrap().limits.json_depth, 16);
}

#[test]
fn defaults() {
    let text = r#"{
        "version": 1,
        "relying_parties": { "bank": {
            "hosts": ["bank.example"], "rp_id": "bank.example", "origins": ["https://login.bank.example"],
            "session": { "header": "Authorization" }, "cluster": "bank", "ceremonies": "webauthn-rs" } },
        "orchestrator": { "profile": "countersign", "cluster": "o" },
        "keys": { "seal": [{ "id": "k1", "env": "COUNTERSIGN_SEAL_KEY" }] }
    }"#;
    let policy = load(text).unwrap();
    assert_eq!(policy.enforcement, Enforcement::Enforce);
    assert!(!policy.headers_can_wait);
    assert_eq!(policy.limits, Limits { body: 65_536, json_depth: 16, ceremony: 600 });
    assert_eq!((policy.orchestrator.authority.as_str(), policy.orchestrator.timeout_ms), ("o", 2_000));
    assert!(policy.guards.is_empty() && !policy.is_guarded_orchestrators("o"));
    assert!(
        matches!(policy.orchestrator.access, Access::Open)
            && policy.keys.surrogate.is_none()
            && policy.rules.is_empty()
    );
    let bank = &policy.relying_parties[0];
    assert_eq!(bank.session, SessionSource::Header("authorization".into()));
    assert_eq!((bank.user_handle, bank.checks_owner, bank.user.len()), (UserHandle::Learned, false, 0));
}
