//! What is changed while people sign in: the configuration, by xDS and by a process that takes over, and the version of
//! the filter. Nobody gets in unproven, and nobody is lost.

#[path = "changes/load.rs"]
mod load;
#[path = "changes/under_load.rs"]
mod under_load;
#[path = "changes/versions.rs"]
mod versions;

use std::process::ExitCode;

use countersign_tests::suite::Suite;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        under_load::add(&mut suite, mode, waits);
        versions::add(&mut suite, mode, waits);
    }
    suite.run()
}
