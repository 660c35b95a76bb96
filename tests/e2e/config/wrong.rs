//! Mistakes, several in one configuration: each row looks for the error of one of them.

use countersign_tests::envoy::{Envoy, Setup, Validation};
use countersign_tests::plugin;
use countersign_tests::suite::{Shared, Suite};
use serde_json::{Value, json};

use super::setup;

/// A mistake: its name, where the error must point, and how it is made.
type Mistake = (&'static str, &'static str, fn(&mut Setup));

pub(crate) fn add(suite: &mut Suite) {
    for (batch, mistakes) in
        [("values", VALUES), ("more_values", MORE_VALUES), ("left_to_the_operator", LEFT)]
    {
        let judged = Shared::new(move || async move { judge(mistakes).await });
        for &(name, place, _) in mistakes {
            let judged = judged.clone();
            suite.row(format!("{batch}/{name}"), move || async move {
                expect_error_at(&*judged.turn().await, place);
            });
        }
        suite.row(format!("{batch}/nothing_else_and_no_secret"), move || async move {
            let (setup, validation) = &*judged.turn().await;
            let places: Vec<&str> = mistakes.iter().map(|(_, place, _)| *place).collect();
            for line in validation.output.lines().filter_map(|line| line.split_once(PREFIX)) {
                assert!(places.iter().any(|place| line.1.starts_with(place)), "unexpected: {}", line.1);
            }
            let secrets = setup.environment.values().filter(|value| value.len() > 8);
            assert!(secrets.clone().count() > 0);
            for secret in secrets {
                assert!(!validation.output.contains(secret), "a secret is in the output");
            }
        });
    }
}

const PREFIX: &str = "countersign: configuration: ";

async fn judge(mistakes: &[Mistake]) -> (Setup, Validation) {
    let mut setup = setup(plugin::configuration());
    for (_, _, make) in mistakes {
        make(&mut setup);
    }
    let validation = Envoy::validate(&setup).await;
    (setup, validation)
}

fn expect_error_at((_, validation): &(Setup, Validation), place: &str) {
    assert!(!validation.accepted, "it was accepted:\n{}", validation.output);
    let named = validation.output.lines().any(|line| {
        let said = line.split_once(PREFIX).map(|(_, said)| said);
        // What is wrong, and what to write instead.
        said.is_some_and(|said| said.starts_with(&format!("{place}: ")) && said.len() > place.len() + 20)
    });
    assert!(named, "no error is at {place}:\n{}", validation.output);
}

fn plugin_of(setup: &mut Setup) -> &mut Value {
    setup.plugin.as_mut().expect("a plugin")
}

fn bank(setup: &mut Setup) -> &mut Value {
    &mut plugin_of(setup)["relying_parties"]["bank"]
}

/// The guards of the design, put in by the first mistake about them.
fn guards(setup: &mut Setup) -> &mut Value {
    let plugin = plugin_of(setup);
    if plugin["guards"].is_null() {
        plugin["guards"] = plugin::guards();
    }
    &mut plugin["guards"]
}

const VALUES: &[Mistake] = &[
    ("another_version", "/version", |setup| plugin_of(setup)["version"] = json!(2)),
    ("unknown_member", "/enforcment", |setup| plugin_of(setup)["enforcment"] = json!("enforce")),
    ("unknown_member_inside", "/relying_parties/bank/rpid", |setup| bank(setup)["rpid"] = json!("x")),
    ("no_hosts", "/relying_parties/bank/hosts", |setup| bank(setup)["hosts"] = json!([])),
    ("origin_with_a_path", "/relying_parties/bank/origins/0", |setup| {
        bank(setup)["origins"][0] = json!("https://bank.example/login");
    }),
    ("bad_pointer", "/relying_parties/bank/user/0/introspect/pointer", |setup| {
        bank(setup)["user"][0]["introspect"]["pointer"] = json!("id");
    }),
    ("bad_duration", "/orchestrator/timeout", |setup| {
        plugin_of(setup)["orchestrator"]["timeout"] = json!("2");
    }),
    ("bad_size", "/limits/body", |setup| plugin_of(setup)["limits"]["body"] = json!("64 kilobytes")),
    ("rule_asks_for_the_wrong_flow", "/rules/0/require", |setup| {
        plugin_of(setup)["rules"][0]["require"] = json!("step_up");
    }),
    ("header_nobody_vouches_for", "/rules/1/when/header", |setup| {
        plugin_of(setup)["rules"][1]["when"]["header"] = json!("x-other");
    }),
    ("seal_key_missing", "/keys/seal/0/env", |setup| {
        setup.environment.remove("COUNTERSIGN_SEAL_KEY");
    }),
    ("surrogate_key_short", "/keys/surrogate/env", |setup| {
        setup
            .environment
            .insert("COUNTERSIGN_SURROGATE_KEY".to_owned(), "c2hvcnQtc2VjcmV0LTEyMw==".to_owned());
    }),
    ("prefix_without_its_end", "/guards/1/core_api/prefix", |setup| {
        guards(setup)[1]["core_api"]["prefix"] = json!("/v1");
    }),
    ("webhook_token_short", "/guards/0/webhook/secrets/0/env", |setup| {
        guards(setup);
        setup.environment.insert("COUNTERSIGN_WEBHOOK_TOKEN".to_owned(), "short-token-do-".to_owned());
    }),
];

const MORE_VALUES: &[Mistake] = &[
    ("unknown_enforcement", "/enforcement", |setup| plugin_of(setup)["enforcement"] = json!("off")),
    ("our_own_header_trusted", "/trusted_headers/1", |setup| {
        plugin_of(setup)["trusted_headers"] = json!(["x-risk", "countersign"]);
    }),
    ("unknown_profile", "/relying_parties/bank/ceremonies", |setup| {
        bank(setup)["ceremonies"] = json!("simplewebauth");
    }),
    ("bad_introspection_path", "/relying_parties/bank/user/0/introspect/path", |setup| {
        bank(setup)["user"][0]["introspect"]["path"] = json!("me");
    }),
    ("two_tests", "/rules/1/when", |setup| plugin_of(setup)["rules"][1]["when"]["equals"] = json!("high")),
    ("transaction_of_a_ceremony", "/rules/1/transaction", |setup| {
        plugin_of(setup)["rules"][1]["transaction"] =
            json!({ "members": ["/amount"], "display": "Pay {/amount}" });
    }),
    ("deep_link_without_a_token", "/handoff/deep_link", |setup| {
        plugin_of(setup)["handoff"] = json!({ "deep_link": "https://bank.example/approve" });
    }),
    ("zero_duration", "/orchestrator/timeout", |setup| {
        plugin_of(setup)["orchestrator"]["timeout"] = json!("0s");
    }),
    ("private_verdict_key", "/orchestrator/verdict_keys/0/d", |setup| {
        let mut key = countersign_tests::orchestrator::Signer::new("v1").jwk();
        key["d"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        plugin_of(setup)["orchestrator"]["verdict_keys"] = json!([key]);
    }),
    ("seal_key_that_is_no_base64", "/keys/seal/0/env", |setup| {
        let text = "!not-base64-but-long-enough-to-look-like-a-key!";
        setup.environment.insert("COUNTERSIGN_SEAL_KEY".to_owned(), text.to_owned());
    }),
    ("token_missing", "/orchestrator/credentials/env", |setup| {
        setup.environment.remove("COUNTERSIGN_ORCHESTRATOR_TOKEN");
    }),
    ("guard_on_a_relying_partys_host", "/guards/1/core_api/hosts/0", |setup| {
        guards(setup)[1]["core_api"]["hosts"] = json!([plugin::AUTHORITY]);
    }),
    ("webhook_token_missing", "/guards/0/webhook/secrets/0/env", |setup| {
        guards(setup);
        setup.environment.remove("COUNTERSIGN_WEBHOOK_TOKEN");
    }),
];

/// Profiles that cannot know everything.
const LEFT: &[Mistake] = &[
    ("registration_workflow", "/orchestrator/operations/open_registration/json/workflow_id", |setup| {
        plugin_of(setup)["orchestrator"]["profile"] = json!("entrust-idv");
    }),
    ("step_up_workflow", "/orchestrator/operations/open_step_up/json/workflow_id", |_| {}),
    ("hand_off_nobody_can_do", "/orchestrator/profile", |setup| {
        plugin_of(setup)["handoff"] = json!({ "deep_link": "https://bank.example/approve#{token}" });
    }),
    ("recovery_without_its_route", "/rules/2/ceremony", |setup| {
        bank(setup)["ceremonies"] = json!("simplewebauthn");
    }),
    ("recovery_workflow", "/orchestrator/operations/open_recovery/json/workflow_id", |_| {}),
];
