//! Prometheus beside the containers, as the profile `observe` starts it.

use std::sync::Arc;
use std::time::Duration;

use countersign_tests::suite::{Shared, Suite};

use crate::flow::Flow;
use crate::machine::Machine;

/// Two scrapes, fifteen seconds each.
const SEEN_WITHIN: Duration = Duration::from_secs(50);
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn add(suite: &mut Suite, machine: &Arc<Shared<Machine>>) {
    let there = std::env::var_os("COUNTERSIGN_DOCKER_OBSERVED").is_some();
    let shared = Arc::clone(machine);
    suite.row_where(there, "observed/prometheus_counts_what_the_gateway_decided", move || async move {
        let machine = shared.turn().await;
        Flow::StepUp.begun(&machine).await.captured(&machine).await.done().await;
        for query in
            ["up{job=\"countersign\"} == 1", "countersign_decision{flow=\"step_up\", code=\"completed\"}"]
        {
            let seen = async {
                while machine.ask_prometheus(query).await.is_empty() {
                    tokio::time::sleep(PAUSE).await;
                }
            };
            tokio::time::timeout(SEEN_WITHIN, seen).await.unwrap_or_else(|_| panic!("{query} has no data"));
        }
    });
}
