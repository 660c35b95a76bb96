//! A gateway with a rule for every kind of fact, three relying parties whose users are named in three ways, and
//! Envoy's `jwt_authn` in front.

use std::sync::LazyLock;

use countersign_tests::encoding::unix_now;
use countersign_tests::lab::Plan;
use countersign_tests::orchestrator::Signer;
use countersign_tests::plugin::RISK_HEADER;
use countersign_tests::resource;
use countersign_tests::stage::USER;
use serde_json::{Value, json};

/// The hosts of two relying parties beside the bank. The vault's users are named by a header of an earlier filter,
/// the app's by a claim.
pub(crate) const VAULT: &str = "vault.bank.example";
pub(crate) const APP: &str = "app.bank.example";
/// What names the vault's user.
pub(crate) const USER_HEADER: &str = "x-user";

/// Where the rules look at: a parameter, the host, a capture, a header (twice), the user (twice), the age of the
/// elevation.
pub(crate) const EXPORT: &str = "/api/export";
pub(crate) const OFFICE: &str = "/api/office";
pub(crate) const VAULTS: &str = "/api/vaults";
pub(crate) const ORDERS: &str = "/api/orders";
pub(crate) const GIFTS: &str = "/api/gifts";
pub(crate) const PROFILE: &str = "/api/profile";
pub(crate) const ACCOUNT: &str = "/api/account";
pub(crate) const SETTINGS: &str = "/api/settings";
/// By level: of a low one and everything above it, of the high one, of one beside both.
pub(crate) const LOW: &str = "/api/level/low";
pub(crate) const HIGH: &str = "/api/level/high";
pub(crate) const OTHER: &str = "/api/level/other";
/// Of the high one too, but for one transaction at a time.
pub(crate) const DEAL: &str = "/api/level/deal";
/// Only watched; and watched where another rule is enforced.
pub(crate) const AVATAR: &str = "/api/avatar";
pub(crate) const BANNER: &str = "/api/banner";
/// Only watched, by a rule that reads the body.
pub(crate) const GALLERY: &str = "/api/gallery";
/// What an earlier filter sets for an operator: each decision in words.
pub(crate) const EXPLAIN_HEADER: &str = "x-explain";

pub(crate) fn plan(waits: bool) -> Plan {
    let mut plan = resource::plan(waits);
    plan.plugin.iter_mut().for_each(configure);
    plan.before = vec![jwt_authn()];
    plan
}

fn configure(plugin: &mut Value) {
    plugin["trusted_headers"] = json!([RISK_HEADER, USER_HEADER, EXPLAIN_HEADER]);
    plugin["explain"] = json!({ "header": EXPLAIN_HEADER });
    let claim = |claim: &str| json!({ "claim": claim, "metadata": "jwt_payload" });
    for (name, host, session, user) in [
        ("vault", VAULT, json!({ "header": "x-session" }), json!({ "header": USER_HEADER })),
        ("app", APP, claim("sid"), claim("sub")),
    ] {
        let mut party = plugin["relying_parties"]["bank"].clone();
        party["hosts"] = json!([host]);
        party["session"] = session;
        party["user"] = json!([user]);
        plugin["relying_parties"][name] = party;
    }
    let own = [facts(), users(), levels(), watched()].concat();
    plugin["rules"].as_array_mut().expect("rules").extend(own);
}

fn rule(party: &str, id: &str, methods: &[&str], path: &str, more: &Value) -> Value {
    let mut rule = json!({
        "id": id, "relying_party": party, "require": "step_up",
        "resource": { "methods": methods, "path": path },
    });
    for (member, value) in more.as_object().expect("an object") {
        rule[member] = value.clone();
    }
    rule
}

fn facts() -> Vec<Value> {
    let when = |condition: Value| json!({ "when": condition });
    let settings = json!({ "any": [
        { "elevation_age": true, "present": false }, { "elevation_age": true, "greater_than": "5m" },
    ] });
    let mut exemption = when(json!({ "header": RISK_HEADER, "equals": "none" }));
    exemption["require"] = json!("routine");
    vec![
        rule(
            "bank",
            "export",
            &[],
            EXPORT,
            &json!({ "resource": { "methods": ["GET"], "path": EXPORT, "query": { "format": "full" } } }),
        ),
        rule(
            "bank",
            "office",
            &[],
            OFFICE,
            &json!({ "resource": { "path": OFFICE, "hosts": ["localhost:10000"] } }),
        ),
        rule(
            "bank",
            "vaults",
            &["POST"],
            "/api/vaults/{metal}",
            &json!({ "when": { "path": "metal", "one_of": ["gold", "silver"] }, "explain_values": true }),
        ),
        rule("bank", "orders", &["POST"], ORDERS, &when(json!({ "header": RISK_HEADER, "equals": "high" }))),
        rule("bank", "gifts-exempt", &["POST"], GIFTS, &exemption),
        rule("bank", "gifts", &["POST"], GIFTS, &json!({})),
        rule("bank", "settings", &["PUT"], SETTINGS, &when(settings)),
    ]
}

fn users() -> Vec<Value> {
    let ann = json!({ "when": { "user": true, "equals": USER } });
    let mut rules = vec![rule("bank", "profile", &["POST"], PROFILE, &ann)];
    for party in ["vault", "app"] {
        rules.push(rule(party, &format!("{party}-account"), &["POST"], ACCOUNT, &ann));
        rules.push(rule(party, &format!("{party}-card"), &["DELETE"], "/api/cards/{id}", &json!({})));
    }
    rules
}

fn levels() -> Vec<Value> {
    let acr = |acr: Value| json!({ "acr": acr });
    let mut deal = acr(json!("urn:level:high"));
    deal["transaction"] = json!({ "members": ["/share"], "display": "Sell {/share}" });
    vec![
        rule("bank", "low", &["PUT"], LOW, &acr(json!(["urn:level:low", "urn:level:high"]))),
        rule("bank", "high", &["PUT"], HIGH, &acr(json!("urn:level:high"))),
        rule("bank", "other", &["PUT"], OTHER, &acr(json!("urn:level:other"))),
        rule("bank", "deal", &["PUT"], DEAL, &deal),
    ]
}

fn watched() -> Vec<Value> {
    let observe = json!({ "enforcement": "observe" });
    let large = json!({ "enforcement": "observe", "when": { "body": "/size", "greater_than": 10 } });
    vec![
        rule("bank", "avatar", &["PUT"], AVATAR, &observe),
        rule("bank", "banner-soon", &["PUT", "DELETE"], BANNER, &observe),
        rule("bank", "banner", &["DELETE"], BANNER, &json!({})),
        rule("bank", "gallery", &["POST"], GALLERY, &large),
    ]
}

/// Signs the app's bearers.
static ISSUER: LazyLock<Signer> = LazyLock::new(|| Signer::new("app"));

/// The header that says so, fresh each time: the session stays what it is.
pub(crate) fn bearer(session: &str, user: &str) -> (String, String) {
    let claims = json!({ "iss": "app", "sub": user, "sid": session, "exp": unix_now() + 300 });
    let head = json!({ "alg": "ES256", "typ": "JWT", "kid": "app" });
    ("authorization".to_owned(), format!("Bearer {}", ISSUER.sign(&head.to_string(), &claims.to_string())))
}

/// Verifies a bearer where there is one, and leaves its claims where the plugin looks.
fn jwt_authn() -> Value {
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": { "app": {
                "issuer": "app",
                "local_jwks": { "inline_string": json!({ "keys": [ISSUER.jwk()] }).to_string() },
                "payload_in_metadata": "jwt_payload",
                "forward": true,
            } },
            "rules": [{
                "match": { "prefix": "/" },
                "requires": { "requires_any": { "requirements": [
                    { "provider_name": "app" }, { "allow_missing": {} },
                ] } },
            }],
        },
    })
}
