//! envoy/compose.yaml from outside: the flows, the walls between the containers, and containers that are killed in the
//! middle. `run.py` starts them and then this.

mod books;
mod flow;
mod kills;
mod machine;
mod observed;
mod walls;

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::suite::{Shared, Suite};

use crate::flow::Flow;
use crate::machine::{Machine, Part};

fn main() -> ExitCode {
    let machine = Shared::new(|| async { Machine::found() });
    let mut suite = Suite::default();
    walls::add(&mut suite, &machine);
    observed::add(&mut suite, &machine);
    for flow in Flow::ALL {
        let shared = Arc::clone(&machine);
        suite.row(format!("flow/{flow:?}"), move || async move {
            let machine = shared.turn().await;
            let done = flow.begun(&machine).await.captured(&machine).await.done().await;
            done.expect_written_once(&machine).await;
        });
        for part in Part::ALL {
            let shared = Arc::clone(&machine);
            suite.row(format!("killed/{flow:?}/{part:?}"), move || async move {
                kills::killed(flow, part, &*shared.turn().await).await;
            });
        }
    }
    suite.run()
}
