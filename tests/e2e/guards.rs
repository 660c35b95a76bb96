//! Guards in front of the orchestrator itself, where this Envoy is its ingress. Behind it is a recorder that
//! believes everything: what reaches it is what the guards let through.

#[path = "guards/arrival.rs"]
mod arrival;
#[path = "guards/core_api.rs"]
mod core_api;
#[path = "guards/counted.rs"]
mod counted;
#[path = "guards/hosts.rs"]
mod hosts;
#[path = "guards/ingress.rs"]
mod ingress;
#[path = "guards/knock.rs"]
mod knock;
#[path = "guards/observe.rs"]
mod observe;
#[path = "guards/reserved.rs"]
mod reserved;
#[path = "guards/webhook.rs"]
mod webhook;

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::lab::PROTOCOLS;
use countersign_tests::suite::{Shared, Suite};
use ingress::Ingress;
use knock::Knock;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let enforcing = Shared::new(move || Ingress::start("enforce", waits));
        let tables = [
            ("webhook", webhook::knocks()),
            ("core_api", core_api::knocks()),
            ("reserved", reserved::knocks()),
            ("arrival", arrival::knocks()),
            ("hosts", hosts::knocks()),
        ];
        add(&mut suite, mode, &enforcing, tables);
        add_checks(&mut suite, mode, &enforcing, "counted", counted::ROWS);
        let observing = Shared::new(move || Ingress::start("observe", waits));
        add(&mut suite, mode, &observing, [("observe", observe::knocks())]);
        add_checks(&mut suite, mode, &observing, "observe", counted::OBSERVED);
    }
    suite.run()
}

fn add<const N: usize>(
    suite: &mut Suite,
    mode: &str,
    lab: &Arc<Shared<Ingress>>,
    tables: [(&str, Vec<Knock>); N],
) {
    for (table, knocks) in tables {
        for knock in knocks {
            for (version, protocol) in PROTOCOLS.into_iter().filter(|(_, protocol)| knock.speaks(*protocol)) {
                let (lab, knock) = (Arc::clone(lab), knock.clone());
                suite.row(format!("{mode}/{version}/{table}/{}", knock.name), move || async move {
                    let lab = lab.turn().await;
                    knock.run(&lab, protocol).await;
                });
            }
        }
    }
}

fn add_checks(
    suite: &mut Suite,
    mode: &str,
    lab: &Arc<Shared<Ingress>>,
    table: &str,
    rows: &'static [(&'static str, counted::Check)],
) {
    for &(row, check) in rows {
        let lab = Arc::clone(lab);
        suite.row(format!("{mode}/http1/{table}/{row}"), move || async move {
            let lab = lab.turn().await;
            lab.reset();
            check(&lab).await;
        });
    }
}
