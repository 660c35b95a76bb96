//! The flows from end to end with nothing stood in for: a real Envoy, the bank, the orchestrator, the face
//! check. What each of them was asked is read from their own logs. The same flows over stand-ins, with every
//! attack and fault: `flows`, `bypass`, `faults`.

#[path = "stack/audit.rs"]
mod audit;
#[path = "stack/cross_platform.rs"]
mod cross_platform;
#[path = "stack/gateways.rs"]
mod gateways;
#[path = "stack/payment.rs"]
mod payment;
#[path = "stack/recovery.rs"]
mod recovery;
#[path = "stack/registration.rs"]
mod registration;
#[path = "stack/replicas.rs"]
mod replicas;
#[path = "stack/routine.rs"]
mod routine;
#[path = "stack/sign_in.rs"]
mod sign_in;
#[path = "stack/step_up.rs"]
mod step_up;

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::client::Client;
use countersign_tests::lab::{Checking, PROTOCOLS};
use countersign_tests::stack::Stack;
use countersign_tests::suite::Suite;

type Row = (&'static str, for<'a> fn(&'a Stack, Client) -> Checking<'a>);

const TABLES: &[(&str, &[Row])] = &[
    ("registration", registration::ROWS),
    ("routine", routine::ROWS),
    ("step_up", step_up::ROWS),
    ("sign_in", sign_in::ROWS),
    ("cross_platform", cross_platform::ROWS),
    ("recovery", recovery::ROWS),
    ("gateways", gateways::ROWS),
];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        for workers in [1, 2] {
            add(&mut suite, &format!("{mode}/{workers}_workers"), waits, workers);
        }
    }
    audit::add(&mut suite);
    replicas::add(&mut suite);
    suite.run()
}

fn add(suite: &mut Suite, prefix: &str, waits: bool, workers: u8) {
    let stack = Stack::shared(waits, workers);
    for (version, protocol) in PROTOCOLS {
        for (table, rows) in tables(waits) {
            for &(row, check) in rows {
                let stack = Arc::clone(&stack);
                suite.row(format!("{prefix}/{version}/{table}/{row}"), move || async move {
                    let stack = stack.turn().await;
                    stack.begin_trail();
                    check(&stack, stack.client(protocol)).await;
                });
            }
        }
    }
}

fn tables(waits: bool) -> impl Iterator<Item = (&'static str, &'static [Row])> {
    // The bank says success in the body of its answers: only where headers can wait may routes be guarded there.
    let guarded: &[(&str, &[Row])] = if waits { &[("payment", payment::ROWS)] } else { &[] };
    TABLES.iter().chain(guarded).copied()
}

/// The order at a finish, and that of nothing else: whose credential it is may be looked up at any moment.
fn expect_order_of_finish(stack: &Stack, finish: &str) {
    let mut steps = stack.steps();
    steps.retain(|step| step != "orchestrator credential_owner");
    let bank = format!("relying party POST {finish}");
    let expected = if stack.headers_can_wait() {
        ["orchestrator status", bank.as_str(), "orchestrator complete"]
    } else {
        // Success can only be read from the body: `complete` runs before the bank is asked.
        ["orchestrator status", "orchestrator complete", bank.as_str()]
    };
    assert_eq!(steps, expected);
}

/// What the bank was told with the only finish it received; nothing without `headers_can_wait`.
fn expect_vouched(stack: &Stack, flow: &str, rule: &str) {
    expect_told(stack, &stack.finishes(), flow, rule);
}

/// The same for requests that are one, whatever it is.
fn expect_told(stack: &Stack, received: &[serde_json::Value], flow: &str, rule: &str) {
    assert_eq!(received.len(), 1, "{received:?}");
    let headers = received[0]["headers"].as_array().expect("headers").iter();
    let ours: Vec<(&str, &str)> = headers
        .map(|header| (header[0].as_str().unwrap_or(""), header[1].as_str().unwrap_or("")))
        .filter(|(name, _)| name.starts_with("countersign"))
        .collect();
    if stack.headers_can_wait() {
        assert_eq!(ours.len(), 1, "{ours:?}");
        let told = format!("flow={flow}, rule=\"{rule}\", verdict=matched, ");
        assert!(ours[0].0 == "countersign" && ours[0].1.starts_with(&told), "{ours:?}");
    } else {
        assert!(ours.is_empty(), "{ours:?}");
    }
    assert_eq!(received[0]["cookies"], serde_json::json!(["connect.sid"]), "none of ours");
}
