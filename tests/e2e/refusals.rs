//! Section 7's table, by code: when each refusal comes, with status, body and headers.

#[path = "refusals/begin.rs"]
mod begin;
#[path = "refusals/endpoints.rs"]
mod endpoints;
#[path = "refusals/finish.rs"]
mod finish;
#[path = "refusals/ingress.rs"]
mod ingress;
#[path = "refusals/recovery.rs"]
mod recovery;
#[path = "refusals/resource.rs"]
mod resource;
#[path = "refusals/shape.rs"]
mod shape;
#[path = "refusals/strict.rs"]
mod strict;

use std::process::ExitCode;

use countersign_tests::client::Protocol;
use countersign_tests::envoy::Setup;
use countersign_tests::lab::{PROTOCOLS, Plan, Row};
use countersign_tests::plugin;
use countersign_tests::refusal;
use countersign_tests::suite::Suite;

const TABLES: [(&str, &[Row]); 6] = [
    ("begin", begin::ROWS),
    ("finish", finish::ROWS),
    ("ingress", ingress::ROWS),
    ("recovery", recovery::ROWS),
    ("endpoints", endpoints::ROWS),
    ("shape", shape::ROWS),
];

fn main() -> ExitCode {
    for (code, _) in refusal::STATUS {
        let mut rows = TABLES.iter().flat_map(|(_, rows)| *rows).chain(strict::ROWS).chain(resource::ROWS);
        assert!(rows.any(|(name, _)| name.starts_with(code)), "no row of this table shows {code}");
    }
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let mut plan = Plan::with(|plugin| plugin["guards"] = plugin::guards());
        plan.virtual_hosts =
            vec![Setup::virtual_host("ingress", &[plugin::INGRESS], &[("/", "orchestrator")])];
        let lab = plan.headers_can_wait(waits).shared();
        for (version, protocol) in PROTOCOLS {
            for (table, rows) in TABLES {
                suite.table(&format!("{mode}/{version}/{table}"), &lab, protocol, rows);
            }
        }
        let strict = Plan::with(|plugin| {
            plugin["limits"]["ceremony"] = "2s".into();
            plugin["keys"].as_object_mut().expect("keys").remove("surrogate");
        });
        let lab = strict.headers_can_wait(waits).shared();
        suite.table(&format!("{mode}/http1/strict"), &lab, Protocol::Http1, strict::ROWS);
        let lab = countersign_tests::resource::plan(waits).shared();
        for (version, protocol) in PROTOCOLS {
            suite.table(&format!("{mode}/{version}/resource"), &lab, protocol, resource::ROWS);
        }
    }
    suite.run()
}
