//! The plugin configuration that the tables use: section 5's example, without guards and resources.

use std::collections::BTreeMap;

use p256::SecretKey;
use p256::pkcs8::EncodePrivateKey as _;
use serde_json::{Value, json};

use crate::encoding::{base64, random};
use crate::orchestrator::TOKEN;
use crate::push;

/// The authority of the relying party behind the gateway.
pub const AUTHORITY: &str = "bank.example";
/// Its RP ID.
pub const RP_ID: &str = "bank.example";
/// Its only origin.
pub const ORIGIN: &str = "https://bank.example";
/// The authority of the orchestrator, where it is reached through the gateway.
pub const INGRESS: &str = "orchestrator.example";
/// The header that an earlier filter would set; [`RISKY`] in it asks for a step-up.
pub const RISK_HEADER: &str = "x-risk";
/// The value that the rule `risky-sign-in` names.
pub const RISKY: &str = "high";

/// Where hand-offs are opened.
pub const HANDOFFS: &str = "/.countersign/handoffs";
/// The relying party's recovery route.
pub const RECOVERY: &str = "/recovery/start";

/// The configuration: registration and recovery are guarded, authentication when `x-risk` says so, and a user
/// may go on with a phone.
pub fn configuration() -> Value {
    json!({
        "version": 1,
        "enforcement": "enforce",
        "headers_can_wait": true,
        "trusted_headers": [RISK_HEADER],
        "relying_parties": {
            "bank": {
                "hosts": [AUTHORITY, "localhost:10000"],
                "rp_id": RP_ID,
                "origins": [ORIGIN],
                "session": { "cookie": crate::relying_party::SESSION_COOKIE },
                "user_handle": "is_user",
                "cluster": "bank",
                "prior_biometric": "/prior_biometric",
                "user": [
                    { "introspect": { "method": "GET", "path": "/me", "pointer": "/id" } },
                    { "options": "/user/id" },
                    { "credential_owner": true },
                ],
                "ceremonies": {
                    "profile": "simplewebauthn",
                    "endpoints": [
                        { "leg": "recovery", "method": "POST", "path": RECOVERY, "user": "/user/id" },
                    ],
                },
            },
        },
        "rules": [
            { "id": "enrolment", "relying_party": "bank", "ceremony": "registration", "require": "registration" },
            {
                "id": "risky-sign-in",
                "relying_party": "bank",
                "ceremony": "authentication",
                "when": { "header": RISK_HEADER, "one_of": [RISKY, "critical"] },
                "require": "step_up",
                "acr": "urn:countersign:acr:biometric",
            },
            { "id": "recover", "relying_party": "bank", "ceremony": "recovery", "require": "recovery" },
        ],
        "handoff": { "deep_link": "https://bank.example/approve#{token}" },
        "orchestrator": {
            "profile": "countersign",
            "cluster": "orchestrator",
            "authority": "orchestrator",
            "timeout": "1s",
            "credentials": {
                "header": "authorization", "prefix": "Bearer ", "env": "COUNTERSIGN_ORCHESTRATOR_TOKEN",
            },
            "verdict_keys": [],
        },
        "keys": {
            "seal": [{ "id": "k1", "env": "COUNTERSIGN_SEAL_KEY" }],
            "surrogate": { "env": "COUNTERSIGN_SURROGATE_KEY" },
        },
        "limits": { "body": "64KiB", "json_depth": 16, "ceremony": "10m" },
    })
}

/// The guards of section 5, in front of the orchestrator under [`INGRESS`].
pub fn guards() -> Value {
    json!([
        {
            "webhook": {
                "hosts": [INGRESS],
                "path": "/v1/webhooks/idv",
                "secrets": [{ "env": "COUNTERSIGN_WEBHOOK_TOKEN" }],
            },
        },
        { "core_api": { "hosts": [INGRESS], "prefix": "/v1/" } },
    ])
}

/// The environment they name, with fresh keys.
pub fn environment() -> BTreeMap<String, String> {
    [
        ("COUNTERSIGN_SEAL_KEY", base64(random::<32>())),
        ("COUNTERSIGN_SURROGATE_KEY", base64(random::<32>())),
        ("COUNTERSIGN_ASSERTION_KEY", signing_key()),
        ("COUNTERSIGN_ASSERTION_KEY_OLD", signing_key()),
        ("COUNTERSIGN_ORCHESTRATOR_TOKEN", TOKEN.to_owned()),
        ("COUNTERSIGN_WEBHOOK_TOKEN", base64(random::<24>())),
        ("COUNTERSIGN_CLIENT_ID", "gateway-of-the-tests".to_owned()),
        ("COUNTERSIGN_CLIENT_SECRET", base64(random::<24>())),
        ("COUNTERSIGN_PUSH_TOKEN", push::TOKEN.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A fresh P-256 key, as `openssl genpkey` writes it: base64 of its PKCS #8 document.
fn signing_key() -> String {
    let key = std::iter::repeat_with(|| SecretKey::from_slice(&random::<32>())).find_map(Result::ok);
    let document = key.expect("almost any 32 bytes are a key").to_pkcs8_der().expect("a document");
    base64(document.as_bytes())
}
