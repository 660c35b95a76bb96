//! Who can reach whom.

use std::sync::Arc;

use countersign_tests::suite::{Shared, Suite};

use crate::machine::{Machine, Part};

/// Networks, and which parts somebody on them reaches at their ports.
const DOORS: &[(&str, &[(Part, u16)])] = &[
    ("edge", &[(Part::Envoy, 10000)]),
    ("monitoring", &[(Part::Envoy, 10001)]),
    ("capture", &[(Part::Simulator, 10004), (Part::Envoy, 10000)]),
    ("relying-party", &[(Part::Bank, 10002), (Part::Envoy, 10000)]),
    ("orchestration", &[(Part::Orchestrator, 10003), (Part::Envoy, 10000)]),
    ("idv", &[(Part::Orchestrator, 10003), (Part::Simulator, 10004)]),
    ("database", &[(Part::Database, 5432), (Part::Orchestrator, 10003)]),
];
const INNER: &[(Part, u16)] =
    &[(Part::Bank, 10002), (Part::Database, 5432), (Part::Orchestrator, 10003), (Part::Simulator, 10004)];

pub(crate) fn add(suite: &mut Suite, machine: &Arc<Shared<Machine>>) {
    for (network, open) in DOORS {
        let shared = Arc::clone(machine);
        suite.row(format!("walls/{network}"), move || async move {
            let machine = shared.turn().await;
            for (part, port) in *open {
                assert!(machine.reaches(network, *part, *port).await, "{part:?} is reached from {network}");
            }
            for (part, port) in INNER.iter().filter(|door| !open.contains(door)) {
                assert!(!machine.reaches(network, *part, *port).await, "{part:?} is reached from {network}");
            }
        });
    }
    let shared = Arc::clone(machine);
    suite.row("walls/nothing_but_envoy_is_published", move || async move {
        let machine = shared.turn().await;
        for part in Part::ALL {
            let published = machine.published(part).await;
            assert_eq!(published.is_empty(), part != Part::Envoy, "{part:?}: {published:?}");
            for address in published {
                assert!(address.starts_with("127.0.0.1:"), "{address}");
            }
        }
    });
    let shared = Arc::clone(machine);
    suite.row("walls/one_path_of_the_admin_interface", move || async move {
        let machine = shared.turn().await;
        // Inside, on loopback, is the whole of it; at the port for Prometheus one path.
        for (port, path, is_served) in [
            ("9901", "/config_dump", true),
            ("10001", "/stats/prometheus", true),
            ("10001", "/config_dump", false),
        ] {
            assert_eq!(machine.serves(Part::Envoy, port, path).await, is_served, "{port}{path}");
        }
    });
    let shared = Arc::clone(machine);
    suite.row("walls/the_capture_page_without_the_api_beside_it", move || async move {
        let machine = shared.turn().await;
        // The API refuses who has no token; from outside it is not even there.
        assert_eq!(machine.capture_answers("/assets/capture.css").await, 200);
        assert_eq!(machine.capture_answers("/v3.6/workflow_runs/x").await, 404);
    });
}
