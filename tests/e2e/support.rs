//! The stand-ins themselves, around an Envoy without the filter: what they claim to see is what was sent.

#[path = "support/orchestrator.rs"]
mod orchestrator;
#[path = "support/plain.rs"]
mod plain;

use std::process::ExitCode;

use countersign_tests::client::Protocol;
use countersign_tests::lab::{PROTOCOLS, Plan};
use countersign_tests::suite::Suite;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let lab = Plan::plain().shared();
    for (version, protocol) in PROTOCOLS {
        suite.table(version, &lab, protocol, plain::ROWS);
    }
    suite.table("orchestrator", &lab, Protocol::Http1, orchestrator::ROWS);
    suite.run()
}
