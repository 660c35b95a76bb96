//! What bank and orchestrator have written down about a user.

use std::collections::BTreeMap;

use countersign_tests::authenticator::Passkey;
use serde_json::Value;

use crate::flow::Flow;
use crate::machine::Machine;

/// Both sides' entries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Books {
    /// The credential ids that the bank takes from this user.
    passkeys: Vec<String>,
    /// How many sessions at the bank were begun with a passkey.
    signed_in: usize,
    /// The amounts that were paid.
    payments: Vec<u64>,
    /// The orchestrator's completed sessions, by flow.
    completed: BTreeMap<String, usize>,
    /// The credential ids that the orchestrator ties to this user.
    known: Vec<String>,
}

impl Books {
    pub(crate) async fn of(user: &str, machine: &Machine) -> Self {
        let bank = machine.bank_state().await;
        let customers = bank["customers"].as_array().expect("customers");
        let customer = customers.iter().find(|customer| customer["id"] == user).expect("the customer");
        let sessions = bank["sessions"].as_object().expect("sessions").values();
        let sessions = sessions.map(|text| text.as_str().and_then(|text| serde_json::from_str(text).ok()));
        let sessions = sessions.map(|session: Option<Value>| session.expect("a session in JSON"));
        let sessions = sessions
            .filter(|session| session["customerId"] == user && session["signedInWith"] == "passkey")
            .count();
        let completed = machine
            .query(&format!(
                "SELECT flow, count(*) FROM sessions WHERE external_user_id = '{user}' AND status = 'completed' GROUP BY flow"
            ))
            .await;
        let known = machine
            .query(&format!("SELECT credential_id FROM credentials WHERE external_user_id = '{user}'"))
            .await;
        Self {
            passkeys: members(&customer["credentials"], |credential| {
                credential["id"].as_str().map(str::to_owned)
            }),
            signed_in: sessions,
            payments: members(&customer["payments"], |payment| payment["amount"].as_u64()),
            completed: completed.lines().map(counted).collect(),
            known: sorted(known.lines().map(str::to_owned)),
        }
    }
}

/// The books once somebody who was enrolled with one passkey has done this, once; `with` is the passkey that did it.
pub(crate) fn after_one(flow: Flow, enrolled: &Passkey, with: &Passkey) -> Books {
    let mut completed = BTreeMap::from([("registration".to_owned(), 1)]);
    completed.extend(flow.session().map(|session| (session.to_owned(), 1)));
    let signs_in = !matches!(flow, Flow::Registration | Flow::Recovery);
    Books {
        passkeys: vec![with.id_text()],
        signed_in: usize::from(signs_in),
        payments: if flow == Flow::Payment { vec![1500] } else { Vec::new() },
        completed,
        known: sorted(if flow == Flow::Recovery {
            vec![enrolled.id_text(), with.id_text()]
        } else {
            vec![with.id_text()]
        }),
    }
}

fn counted(line: &str) -> (String, usize) {
    let (flow, count) = line.split_once('|').expect("two columns");
    (flow.to_owned(), count.parse().expect("a number"))
}

fn members<T>(list: &Value, of: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    list.as_array().expect("a list").iter().map(|one| of(one).expect("the member")).collect()
}

fn sorted(ids: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort();
    ids
}
