//! Every flow from begin to release: what reached the relying party, what the orchestrator was asked, and
//! in which order. Each row runs over HTTP/1.1 and HTTP/2, with headers that wait and without, on one and
//! on two workers.

#[path = "flows/carriers.rs"]
mod carriers;
#[path = "flows/cross_platform.rs"]
mod cross_platform;
#[path = "flows/early.rs"]
mod early;
#[path = "flows/gateways.rs"]
mod gateways;
#[path = "flows/named.rs"]
mod named;
#[path = "flows/observe.rs"]
mod observe;
#[path = "flows/passing.rs"]
mod passing;
#[path = "flows/prefix.rs"]
mod prefix;
#[path = "flows/push.rs"]
mod push;
#[path = "flows/recovery.rs"]
mod recovery;
#[path = "flows/registration.rs"]
mod registration;
#[path = "flows/repeats.rs"]
mod repeats;
#[path = "flows/routine.rs"]
mod routine;
#[path = "flows/sessions.rs"]
mod sessions;
#[path = "flows/sign_in.rs"]
mod sign_in;
#[path = "flows/step_up.rs"]
mod step_up;
#[path = "flows/workflow_input.rs"]
mod workflow_input;

use std::process::ExitCode;

use countersign_tests::lab::{PROTOCOLS, Plan, Row};
use countersign_tests::suite::Suite;
use serde_json::json;

const EVERYWHERE: &[(&str, &[Row])] = &[
    ("routine", routine::ROWS),
    ("registration", registration::ROWS),
    ("step_up", step_up::ROWS),
    ("sign_in", sign_in::ROWS),
    ("cross_platform", cross_platform::ROWS),
    ("recovery", recovery::ROWS),
    ("repeats", repeats::ROWS),
    ("carriers", carriers::ROWS),
    ("sessions", sessions::ROWS),
    ("passing", passing::ROWS),
    ("early", early::ROWS),
];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        for workers in [1, 2] {
            let plan = Plan::default().headers_can_wait(waits).workers(workers);
            add(&mut suite, &format!("{mode}/{workers}_workers"), plan, EVERYWHERE);
        }
        let plan = Plan::with(|plugin| plugin["enforcement"] = json!("observe")).headers_can_wait(waits);
        add(&mut suite, mode, plan, &[("observe", observe::ROWS)]);
        let plan = Plan::with(|plugin| plugin["handoff"]["path"] = json!(prefix::PREFIX));
        add(&mut suite, mode, plan.headers_can_wait(waits), &[("prefix", prefix::ROWS)]);
        add(&mut suite, mode, named::plan().headers_can_wait(waits), &[("named", named::ROWS)]);
        add(&mut suite, mode, workflow_input::plan(waits), &[("workflow_input", workflow_input::ROWS)]);
        gateways::add(&mut suite, mode, waits);
        push::add(&mut suite, mode, waits);
    }
    suite.run()
}

fn add(suite: &mut Suite, prefix: &str, plan: Plan, tables: &[(&str, &[Row])]) {
    let lab = plan.shared();
    for (version, protocol) in PROTOCOLS {
        for (table, rows) in tables {
            suite.table(&format!("{prefix}/{version}/{table}"), &lab, protocol, rows);
        }
    }
}
