//! The W3C's Level 3 vectors through the built filter in Envoy, with the signature checked by Envoy's
//! `verify_signature` and, where that is forbidden, by p256 in wasm. Both must say the same.
//!
//! Five rows of each kind end in acceptance: a guarded finish needs the user-verified flag, and the rest of
//! the vectors do not have it (then the row expects `user_unverified`).

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::binaries;
use countersign_tests::ceremony::{Begun, Ceremony, risky};
use countersign_tests::client::{Carrier, Client, Protocol};
use countersign_tests::encoding::{base64url, from_base64url, from_hex};
use countersign_tests::envoy::capabilities;
use countersign_tests::lab::{Lab, Plan};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::USER;
use countersign_tests::suite::Suite;
use serde_json::{Value, json};

/// What Envoy logs when the filter is not allowed a host function.
const FORBIDDEN: &str = "restricted proxy-wasm capability: proxy_call_foreign_function";

fn main() -> ExitCode {
    let file = binaries::root().join("tests/vectors/webauthn_l3.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let vectors = file["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 15, "all of them");

    let mut suite = Suite::default();
    for (path, in_wasm) in [("host", false), ("wasm", true)] {
        let lab = Plan {
            capabilities: in_wasm.then(|| capabilities::all_but(&["proxy_call_foreign_function"])),
            ..Plan::with(for_the_vectors)
        }
        .shared();
        for vector in vectors {
            let vector = Arc::new(vector.clone());
            let anchor = vector["anchor"]
                .as_str()
                .expect("an anchor")
                .trim_start_matches("sctn-test-vectors-")
                .to_owned();
            // Of other algorithms the gateway checks no signature: that is the relying party's.
            let checks = if vector["alg"] == -7 { CHECKS } else { &CHECKS[..2] };
            for (kind, check) in checks {
                let (lab, vector) = (lab.clone(), Arc::clone(&vector));
                suite.row(format!("{path}/{anchor}/{kind}"), move || async move {
                    let lab = lab.turn().await;
                    lab.reset();
                    check(&lab, lab.client(Protocol::Http1, Carrier::Cookies), &vector).await;
                    let checked = kind.starts_with("assertion") && vector["alg"] == -7;
                    if checked && user_verified(&vector, "authentication") {
                        assert_eq!(lab.envoy.log().contains(FORBIDDEN), in_wasm, "which path was taken");
                    }
                });
            }
        }
    }
    suite.run()
}

type Check = for<'a> fn(&'a Lab, Client, &'a Value) -> countersign_tests::lab::Checking<'a>;

const CHECKS: &[(&str, Check)] = &[
    ("registration", |lab, client, vector| Box::pin(registration(lab, client, vector))),
    ("assertion", |lab, client, vector| Box::pin(assertion(lab, client, vector))),
    ("assertion_with_one_bit_changed", |lab, client, vector| Box::pin(changed(lab, client, vector))),
];

fn for_the_vectors(plugin: &mut Value) {
    plugin["relying_parties"]["bank"]["rp_id"] = json!("example.org");
    plugin["relying_parties"]["bank"]["origins"] = json!(["https://example.org"]);
}

/// Options that carry the vector's challenge, and the evidence for them.
async fn begin(lab: &Lab, client: &mut Client, ceremony: Ceremony, vector: &Value) -> Begun {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let leg = if ceremony == Ceremony::Registration { "registration" } else { "authentication" };
    let challenge = from_hex(vector[leg]["raw_hex"]["challenge"].as_str().expect("a challenge"));
    let id = &vector["registration"]["RegistrationResponseJSON"]["id"];
    let options = match ceremony {
        Ceremony::Registration => json!({
            "challenge": base64url(challenge),
            "rp": { "id": "example.org", "name": "Example" },
            "user": { "id": base64url(USER), "name": "ann", "displayName": "Ann" },
            "pubKeyCredParams": [{ "type": "public-key", "alg": vector["alg"] }],
        }),
        Ceremony::Authentication => json!({
            "challenge": base64url(challenge),
            "rpId": "example.org",
            "allowCredentials": [{ "type": "public-key", "id": id }],
        }),
    };
    lab.relying_party.answers(&format!("GET {}", ceremony.begin_path()), Reply::json(200, &options));
    let begun = Begun::by(client, risky(ceremony.begin())).await.expect("an answer");
    lab.orchestrator.decide(begun.session(), "matched");
    begun
}

fn cose_key(vector: &Value) -> String {
    let key = &vector["registration"]["authData_decoded"]["credentialPublicKey_cose_hex"];
    base64url(from_hex(key.as_str().expect("a key")))
}

fn user_verified(vector: &Value, leg: &str) -> bool {
    vector[leg]["authData_decoded"]["flags"]["UV"].as_bool().expect("a flag")
}

async fn registration(lab: &Lab, mut client: Client, vector: &Value) {
    begin(lab, &mut client, Ceremony::Registration, vector).await;
    let credential = &vector["registration"]["RegistrationResponseJSON"];
    let answer = client.send(Ceremony::Registration.finish(credential)).await.expect("an answer");
    if user_verified(vector, "registration") {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(&lab.finishes()[0].json(), credential);
        let completed = &lab.orchestrator.calls_of(Operation::Complete)[0];
        assert_eq!(completed.body["credential_id"], credential["id"]);
        assert_eq!(completed.body["public_key"], cose_key(vector));
    } else {
        refusal::expect(&answer, &["user_unverified"]);
        lab.expect_untouched().await;
    }
}

async fn assertion(lab: &Lab, mut client: Client, vector: &Value) {
    known(lab, vector);
    begin(lab, &mut client, Ceremony::Authentication, vector).await;
    let credential = &vector["authentication"]["AuthenticationResponseJSON"];
    let answer = client.send(Ceremony::Authentication.finish(credential)).await.expect("an answer");
    if user_verified(vector, "authentication") {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(&lab.finishes()[0].json(), credential);
    } else {
        refusal::expect(&answer, &["user_unverified"]);
        lab.expect_untouched().await;
    }
}

async fn changed(lab: &Lab, mut client: Client, vector: &Value) {
    known(lab, vector);
    begin(lab, &mut client, Ceremony::Authentication, vector).await;
    let mut credential = vector["authentication"]["AuthenticationResponseJSON"].clone();
    let signature = &mut credential["response"]["signature"];
    let mut bytes = from_base64url(signature.as_str().expect("a signature"));
    *bytes.last_mut().expect("a signature has bytes") ^= 1;
    *signature = base64url(bytes).into();
    let answer = client.send(Ceremony::Authentication.finish(&credential)).await.expect("an answer");
    let verified = user_verified(vector, "authentication");
    refusal::expect(&answer, &[if verified { "credential_mismatch" } else { "user_unverified" }]);
    lab.expect_untouched().await;
}

fn known(lab: &Lab, vector: &Value) {
    let id = vector["registration"]["RegistrationResponseJSON"]["id"].as_str().expect("an id");
    lab.orchestrator.owns(id, json!({ "external_user_id": USER, "public_key": cose_key(vector) }));
}
