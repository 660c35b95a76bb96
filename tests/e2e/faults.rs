//! Upstreams that misbehave, at every call the gateway makes: always the right refusal, never a hang, the
//! relying party untouched, and the worker goes on serving.

#[path = "faults/at_cancel.rs"]
mod at_cancel;
#[path = "faults/at_complete.rs"]
mod at_complete;
#[path = "faults/at_elevation.rs"]
mod at_elevation;
#[path = "faults/at_handoff.rs"]
mod at_handoff;
#[path = "faults/at_ingress.rs"]
mod at_ingress;
#[path = "faults/at_introspection.rs"]
mod at_introspection;
#[path = "faults/at_open.rs"]
mod at_open;
#[path = "faults/at_owner.rs"]
mod at_owner;
#[path = "faults/at_push.rs"]
mod at_push;
#[path = "faults/at_recovery.rs"]
mod at_recovery;
#[path = "faults/at_relying_party.rs"]
mod at_relying_party;
#[path = "faults/at_status.rs"]
mod at_status;
#[path = "faults/at_token.rs"]
mod at_token;
#[path = "faults/common.rs"]
mod common;
#[path = "faults/prepared.rs"]
mod prepared;

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::client::{Carrier, Protocol};
use countersign_tests::lab::{Lab, Plan};
use countersign_tests::suite::{Shared, Suite};

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let lab = Plan::with(|plugin| plugin["orchestrator"]["timeout"] = common::TIMEOUT_TEXT.into())
            .headers_can_wait(waits)
            .shared();
        for (table, cases) in [
            ("open", at_open::cases()),
            ("status", at_status::cases()),
            ("complete", at_complete::cases(waits)),
            ("owner", at_owner::cases()),
            ("introspection", at_introspection::cases()),
            ("handoff", at_handoff::cases()),
            ("recovery", at_recovery::cases()),
            ("cancel", at_cancel::cases()),
        ] {
            add(&mut suite, &format!("{mode}/{table}"), &lab, cases);
        }
        suite.table(&format!("{mode}/relying_party"), &lab, Protocol::Http1, at_relying_party::ROWS);

        let lab = at_token::plan(waits).shared();
        add(&mut suite, &format!("{mode}/token"), &lab, at_token::cases());
        at_push::add(&mut suite, mode, waits);
        let lab = at_ingress::plan(waits).shared();
        suite.table(&format!("{mode}/ingress"), &lab, Protocol::Http1, at_ingress::ROWS);

        let lab = at_elevation::plan(waits).shared();
        add(&mut suite, &format!("{mode}/elevation"), &lab, at_elevation::cases());
        suite.table(&format!("{mode}/elevation"), &lab, Protocol::Http1, at_elevation::ROWS);
    }
    suite.run()
}

fn add(suite: &mut Suite, prefix: &str, lab: &Arc<Shared<Lab>>, cases: Vec<common::Case>) {
    for case in cases {
        let lab = Arc::clone(lab);
        suite.row(format!("{prefix}/{}", case.name), move || async move {
            let lab = lab.turn().await;
            case.run(&lab, lab.client(Protocol::Http1, Carrier::Cookies)).await;
        });
    }
}
