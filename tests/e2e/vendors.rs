//! The flows over the vendors' own APIs: IDV v3.6 with either kind of credentials, and the face challenges of
//! `IDaaS`. Real are Envoy and the filter; the vendor is our simulator, and a tap on the wire tells what was said.
//! Whether what was said is the vendor's language: `tests/vendor` asks the vendor's own client for IDV, and here
//! every word to and from `IDaaS` is held against the facts of its public document.

#[path = "vendors/access.rs"]
mod access;
#[path = "vendors/contradictions.rs"]
mod contradictions;
#[path = "vendors/elevation.rs"]
mod elevation;
#[path = "vendors/idaas.rs"]
mod idaas;
#[path = "vendors/recovery.rs"]
mod recovery;
#[path = "vendors/registration.rs"]
mod registration;
#[path = "vendors/replay.rs"]
mod replay;
#[path = "vendors/sign_in.rs"]
mod sign_in;
#[path = "vendors/step_up.rs"]
mod step_up;

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::client::{Client, Protocol};
use countersign_tests::lab::Checking;
use countersign_tests::suite::Suite;
use countersign_tests::vendor::{Api, Facts, Vendor};

type Row = (&'static str, for<'a> fn(&'a Vendor, Client) -> Checking<'a>);
type Tables = &'static [(&'static str, &'static [Row])];

const IDV: Tables = &[
    ("registration", registration::ROWS),
    ("step_up", step_up::ROWS),
    ("sign_in", sign_in::ROWS),
    ("recovery", recovery::ROWS),
    ("replay", replay::ROWS),
    ("contradictions", contradictions::ROWS),
];
/// Without headers that wait there are no rules for resources.
const WAITING: Tables = &[("elevation", elevation::ROWS)];
const BY_TOKEN: Tables = &[("access", access::BY_TOKEN)];
const BY_CLIENT: Tables = &[("access", access::BY_CLIENT)];
const IDAAS: Tables =
    &[("step_up", step_up::ROWS), ("sign_in", sign_in::ROWS), ("replay", replay::ROWS), ("own", idaas::ROWS)];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (name, api, tables) in [
        ("idv_token", Api::IdvByToken, &[IDV, BY_TOKEN]),
        ("idv_client", Api::IdvByClient, &[IDV, BY_CLIENT]),
        ("idaas", Api::Idaas, &[IDAAS, &[]]),
    ] {
        add(&mut suite, name, api, true, tables);
        add(&mut suite, name, api, true, &[WAITING]);
        add(&mut suite, name, api, false, tables);
    }
    suite.run()
}

fn add(suite: &mut Suite, name: &str, api: Api, waits: bool, tables: &[Tables]) {
    let vendor = Vendor::shared(api, waits);
    let (mode, protocol) = if waits { ("waits", Protocol::Http1) } else { ("streams", Protocol::Http2) };
    for (table, rows) in tables.iter().copied().flatten() {
        for &(row, check) in *rows {
            let vendor = Arc::clone(&vendor);
            suite.row(format!("{mode}/{name}/{table}/{row}"), move || async move {
                let vendor = vendor.turn().await;
                vendor.reset();
                check(&vendor, vendor.client(protocol)).await;
                if api == Api::Idaas {
                    expect_conformance(&vendor);
                }
            });
        }
    }
}

/// Everything that was said to `IDaaS` and by it in a row.
fn expect_conformance(vendor: &Vendor) {
    let facts = Facts::default();
    for heard in vendor.tap.heard() {
        let wrong = facts.against(&heard);
        assert!(wrong.is_empty(), "{wrong:?}: {} {:?}", heard.json(), heard.said);
    }
}

/// What asks whether a face was seen.
fn ask_for_status(vendor: &Vendor) -> &'static str {
    match vendor.api {
        Api::IdvByToken | Api::IdvByClient => "GET /v3.6/workflow_runs/{id}",
        Api::Idaas => "POST /api/web/v1/authentication/users/authenticate/FACE/complete",
    }
}

/// The same as a step of the journal.
fn status(vendor: &Vendor) -> String {
    format!("vendor {}", ask_for_status(vendor))
}
