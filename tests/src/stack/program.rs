//! A part as a child process: on a free port that it tells, serving when this returns, gone when dropped.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::trail::Trail;
use crate::client::{Ask, Client};
use crate::envoy::Log;

const START_LIMIT: Duration = Duration::from_secs(30);
const LISTENING: &str = "listening on http://";

/// An address to listen on.
pub(crate) const ANY_PORT: &str = "127.0.0.1:0";

pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    _process: Child,
}

impl Program {
    /// Starts it, with its log in the trail, and waits until it answers this path.
    pub(crate) async fn start(mut command: Command, trail: &Trail, ready: &str) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(trail.appending())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = Log::of(process.stdout.take().expect("a piped stdout"));
        let told = tokio::time::timeout(START_LIMIT, output.wait_for(LISTENING)).await;
        let address = told.ok().flatten().and_then(|line| line.strip_prefix(LISTENING)?.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{command:?} does not listen: {}", trail.text()));
        let answer = Client::new(address, "localhost").send(Ask::get(ready)).await;
        assert!(answer.as_ref().is_ok_and(|answer| answer.status == 200), "{command:?}: {answer:?}");
        Self { address, _process: process }
    }
}

/// A command with an empty environment: the settings of whoever runs the tests are none of the parts'.
pub(crate) fn bare(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}
