//! How a gateway is told which vendor there is: the tables' configuration with another orchestrator.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::plugin;
use crate::stack::account::Account;

/// The client id of the account.
const CLIENT_ID: &str = "countersign gateway";
/// The host of a relying party that checks itself whose a credential is; else it is as the other.
pub const TRUSTING: &str = "trusting.bank.example";
/// A resource that a step-up opens, where headers can wait.
pub const PAYMENTS: &str = "/api/payments";
/// What stands for a secret of the account's client: with characters that a form has to escape.
const CLIENT_SECRET: &str = "s3cret+of the/client=&%";
/// The id of the account's application at `IDaaS`.
pub(super) const APPLICATION: &str = "1f1b4f2c-1a62-4cd3-9a06-0b7d3c0a2e11";

/// The vendor's API, and what opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// IDV v3.6 with an API token.
    IdvByToken,
    /// IDV v3.6 with access tokens, which are had for a client's credentials.
    IdvByClient,
    /// The Authentication API of `IDaaS`: the application's id is all that callers have.
    Idaas,
}

impl Api {
    /// Puts its profile into a configuration.
    pub(super) fn configure(self, plugin: &mut Value, headers_can_wait: bool) {
        plugin["orchestrator"] = match self {
            Self::IdvByToken => json!({
                "profile": "entrust-idv", "cluster": "orchestrator",
                "credentials": { "env": "COUNTERSIGN_IDV_API_TOKEN" },
            }),
            Self::IdvByClient => json!({
                "profile": "entrust-idv", "cluster": "orchestrator", "variables": { "region": "ca" },
                "credentials": {
                    "client_id": { "env": "COUNTERSIGN_IDV_CLIENT_ID" },
                    "client_secret": { "env": "COUNTERSIGN_IDV_CLIENT_SECRET" },
                },
            }),
            Self::Idaas => json!({
                "profile": "entrust-idaas", "cluster": "orchestrator", "authority": "customer.region.trustedauth.com",
                // As docs/orchestrators.md has it: a new passkey for the face that IDaaS knows.
                "operations": { "open_registration": { "like": "open_step_up" } },
            }),
        };
        // No vendor has a hand-off, nor knows whose a credential is.
        plugin.as_object_mut().expect("an object").remove("handoff");
        let bank = &mut plugin["relying_parties"]["bank"];
        bank["user"]
            .as_array_mut()
            .expect("a list")
            .retain(|source| source.get("credential_owner").is_none());
        let mut trusting = bank.clone();
        trusting["hosts"] = json!([TRUSTING]);
        trusting["checks_owner"] = json!(true);
        plugin["relying_parties"]["trusting"] = trusting;
        let rules = plugin["rules"].as_array_mut().expect("a list");
        if self == Self::Idaas {
            rules.retain(|rule| rule["require"] != "recovery");
        }
        if headers_can_wait {
            rules.push(json!({
                "id": "payment", "relying_party": "bank", "resource": { "methods": ["POST"], "path": PAYMENTS },
                "require": "step_up", "max_age": "2m",
            }));
        }
        let mut there_too = rules.clone();
        for rule in &mut there_too {
            rule["id"] = format!("{}-there", rule["id"].as_str().expect("an id")).into();
            rule["relying_party"] = json!("trusting");
        }
        rules.extend(there_too);
    }
}

/// What the simulator is told beside what the account tells it.
pub(super) fn simulator() -> [(&'static str, &'static str); 3] {
    [
        ("COUNTERSIGN_IDV_CLIENT_ID", CLIENT_ID),
        ("COUNTERSIGN_IDV_CLIENT_SECRET", CLIENT_SECRET),
        ("COUNTERSIGN_IDAAS_APPLICATION_ID", APPLICATION),
    ]
}

/// The gateway's environment.
pub(super) fn environment(account: &Account) -> BTreeMap<String, String> {
    let known = Account::workflows().into_iter().chain(simulator());
    let mut environment = plugin::environment();
    environment.extend(known.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment.insert("COUNTERSIGN_IDV_API_TOKEN".to_owned(), account.api_token.clone());
    environment
}
