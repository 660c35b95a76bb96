//! Configurations as `envoy --mode validate` judges them: what is wrong never loads, and all of it is said
//! at once. (Every single check has its row in the core's own tests.)

#[path = "config/samples.rs"]
mod samples;
#[path = "config/wrong.rs"]
mod wrong;

use std::net::SocketAddr;
use std::process::ExitCode;

use countersign_tests::envoy::Setup;
use countersign_tests::plugin;
use countersign_tests::suite::Suite;
use serde_json::Value;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    wrong::add(&mut suite);
    samples::add(&mut suite);
    suite.run()
}

/// An Envoy with this plugin configuration and a good environment.
fn setup(plugin: Value) -> Setup {
    let nowhere: SocketAddr = "127.0.0.1:9".parse().expect("an address");
    Setup { plugin: Some(plugin), environment: plugin::environment(), ..Setup::plain(nowhere, nowhere) }
}
