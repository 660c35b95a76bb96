//! Guarded routes: what passes, how a request that does not is refused, the step-up that the refusal asks for, and
//! what its elevation is good for. Each table runs over HTTP/1.1 and HTTP/2, with headers that wait and, at a relying
//! party that says success by status alone, without.

#[path = "resources/assertion.rs"]
mod assertion;
#[path = "resources/bodies.rs"]
mod bodies;
#[path = "resources/conditions.rs"]
mod conditions;
#[path = "resources/cors.rs"]
mod cors;
#[path = "resources/explain.rs"]
mod explain;
#[path = "resources/flow.rs"]
mod flow;
#[path = "resources/gateways.rs"]
mod gateways;
#[path = "resources/handoff.rs"]
mod handoff;
#[path = "resources/levels.rs"]
mod levels;
#[path = "resources/many_rules.rs"]
mod many_rules;
#[path = "resources/mismatch.rs"]
mod mismatch;
#[path = "resources/once.rs"]
mod once;
#[path = "resources/routes.rs"]
mod routes;
#[path = "resources/standard.rs"]
mod standard;
#[path = "resources/watched.rs"]
mod watched;

use std::process::ExitCode;

use countersign_tests::lab::{PROTOCOLS, Row};
use countersign_tests::resource;
use countersign_tests::suite::Suite;

const EVERYWHERE: &[(&str, &[Row])] = &[
    ("flow", flow::ROWS),
    ("standard", standard::ROWS),
    ("once", once::ROWS),
    ("routes", routes::ROWS),
    ("cors", cors::ROWS),
    ("handoff", handoff::ROWS),
    ("assertion", assertion::WITHOUT_KEYS),
    ("explain", explain::SWITCHED_OFF),
];

const MANY_RULES: &[(&str, &[Row])] = &[
    ("conditions", conditions::ROWS),
    ("levels", levels::ROWS),
    ("watched", watched::ROWS),
    ("explain", explain::ROWS),
    ("cors", cors::OF_A_SESSION_IN_A_HEADER),
];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let lab = resource::plan(waits).workers(2).shared();
        let many_rules = many_rules::plan(waits).shared();
        for (version, protocol) in PROTOCOLS {
            let prefix = format!("{mode}/{version}");
            for (table, rows) in EVERYWHERE {
                suite.table(&format!("{prefix}/{table}"), &lab, protocol, rows);
            }
            mismatch::add(&mut suite, &prefix, &lab, protocol);
            bodies::add(&mut suite, &prefix, &lab, protocol);
            for (table, rows) in MANY_RULES {
                suite.table(&format!("{prefix}/{table}"), &many_rules, protocol, rows);
            }
        }
        assertion::add(&mut suite, mode, waits);
        gateways::add(&mut suite, mode, waits);
    }
    suite.run()
}
