//! What an operator sees: counters, the access log, and a log without anything secret or personal.

#[path = "observability/access_log.rs"]
mod access_log;
#[path = "observability/audit.rs"]
mod audit;
#[path = "observability/counters.rs"]
mod counters;
#[path = "observability/secrets.rs"]
mod secrets;
#[path = "observability/traces.rs"]
mod traces;

use std::process::ExitCode;

use countersign_tests::client::Protocol;
use countersign_tests::lab::{Plan, Row};
use countersign_tests::suite::Suite;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let lab = Plan::default().headers_can_wait(waits).workers(2).shared();
        audit::add(&mut suite, mode, waits);
        traces::add(&mut suite, mode, waits);
        access_log::add(&mut suite, mode, waits);
        let tables: [(&str, &[Row]); 2] = [("counters", counters::ROWS), ("secrets", secrets::ROWS)];
        for (table, rows) in tables {
            suite.table(&format!("{mode}/{table}"), &lab, Protocol::Http1, rows);
        }
    }
    suite.run()
}
