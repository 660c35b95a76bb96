//! A real Envoy as a child process: started on free ports, ready when this returns, gone when dropped.

mod bootstrap;
pub mod capabilities;
mod discovery;
mod log;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

pub(crate) use self::bootstrap::spans_at_once;
pub use self::bootstrap::{FailurePolicy, INSIDE, Paths, Setup};
pub use self::discovery::Discovered;
pub use self::log::Log;
use crate::binaries;
use crate::client::{Ask, Client};
use crate::patience::until;

/// No other process has a part in it.
const ALONE: [&str; 2] = ["--use-dynamic-base-id", "--disable-hot-restart"];

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running Envoy.
pub struct Envoy {
    /// Where clients connect.
    pub address: SocketAddr,
    /// The administration port.
    pub admin: SocketAddr,
    log: Log,
    access_log: Log,
    _process: Child,
}

/// What `envoy --mode validate` says about a configuration.
#[derive(Debug)]
pub struct Validation {
    /// Whether Envoy would start with it.
    pub accepted: bool,
    /// Everything it printed.
    pub output: String,
}

impl Envoy {
    /// Starts one and waits until it serves.
    pub async fn start(setup: &Setup) -> Self {
        Self::run(command(setup).args(["--concurrency", &setup.workers.to_string()]), "ingress").await
    }

    /// The same of a configuration as it is written, with one worker. Clients connect to the listener of this name.
    pub async fn start_text(yaml: &str, environment: &BTreeMap<String, String>, listener: &str) -> Self {
        Self::run(text_command(yaml, environment).args(["--concurrency", "1"]), listener).await
    }

    async fn run(command: &mut Command, listener: &str) -> Self {
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("Envoy starts");
        let log = Log::of(process.stderr.take().expect("a piped stderr"));
        let access_log = Log::of(process.stdout.take().expect("a piped stdout"));
        let ready = async {
            let admin = log.wait_for("admin address: ").await?;
            log.wait_for("starting main dispatch loop").await?;
            Some(admin)
        };
        let line = match tokio::time::timeout(START_LIMIT, ready).await {
            Ok(Some(line)) => line,
            Ok(None) => panic!("Envoy ended at start:\n{}", log.text()),
            Err(tokio::time::error::Elapsed { .. }) => {
                panic!("Envoy is not ready after {START_LIMIT:?}:\n{}", log.text())
            }
        };
        let admin = line.rsplit(' ').next().and_then(|text| text.parse().ok()).expect("an admin address");
        let mut envoy = Self { address: admin, admin, log, access_log, _process: process };
        envoy.wait_until_live().await;
        envoy.address = envoy.listener(listener).await;
        envoy
    }

    /// Asks Envoy whether a configuration is good, without serving it.
    pub async fn validate(setup: &Setup) -> Validation {
        Validation::of(&mut command(setup)).await
    }

    /// Asks Envoy whether a configuration is good as it is written, in this environment.
    pub async fn validate_text(yaml: &str, environment: &BTreeMap<String, String>) -> Validation {
        Validation::of(&mut text_command(yaml, environment)).await
    }

    /// What Envoy and the filter logged so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// The next log line (or an earlier one) that holds this text.
    pub async fn log_line(&self, text: &str) -> String {
        let line = tokio::time::timeout(START_LIMIT, self.log.wait_for(text)).await;
        line.ok().flatten().unwrap_or_else(|| panic!("no log line has {text}:\n{}", self.log()))
    }

    /// The access log so far.
    pub fn access_log(&self) -> String {
        self.access_log.text()
    }

    /// The next access log line (or an earlier one) that holds this text.
    pub async fn access_log_line(&self, text: &str) -> String {
        let line = tokio::time::timeout(START_LIMIT, self.access_log.wait_for(text)).await;
        line.ok().flatten().unwrap_or_else(|| panic!("no access log line has {text}:\n{}", self.access_log()))
    }

    /// All counters and gauges whose name contains this text.
    pub async fn stats(&self, containing: &str) -> BTreeMap<String, u64> {
        let text = self.ask_admin("/stats?usedonly").await;
        text.lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.contains(containing))
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect()
    }

    /// One counter or gauge; 0 when Envoy has not used it yet.
    pub async fn stat(&self, name: &str) -> u64 {
        self.stats(name).await.get(name).copied().unwrap_or(0)
    }

    /// Waits until one is above this: workers hand their counts over now and then.
    pub async fn grown(&self, name: &str, before: u64) {
        until(format!("{name} above {before}"), || async { (self.stat(name).await > before).then_some(()) })
            .await;
    }

    /// The answer of an admin endpoint.
    pub async fn ask_admin(&self, path: &str) -> String {
        let answer =
            Client::new(self.admin, "admin").send(Ask::get(path)).await.expect("the admin port answers");
        String::from_utf8(answer.body.to_vec()).expect("text")
    }

    async fn wait_until_live(&self) {
        until("Envoy turns live", || async {
            (self.ask_admin("/ready").await.trim() == "LIVE").then_some(())
        })
        .await;
    }

    async fn listener(&self, name: &str) -> SocketAddr {
        let text = self.ask_admin("/listeners").await;
        let address = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("::"));
        address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no listener: {text}"))
    }
}

impl Validation {
    async fn of(command: &mut Command) -> Self {
        let output = command.args(["--mode", "validate"]).output().await.expect("Envoy runs");
        let text = [output.stdout, output.stderr].concat();
        Self { accepted: output.status.success(), output: String::from_utf8_lossy(&text).into_owned() }
    }
}

fn command(setup: &Setup) -> Command {
    let mut command = quiet_command();
    command.args(["--config-yaml", &setup.bootstrap().to_string()]);
    match setup.epoch {
        None => command.args(ALONE),
        Some(epoch) => {
            // Who takes over is found by a number; the port is nobody else's.
            command.args(["--base-id", &setup.port.to_string(), "--restart-epoch", &epoch.to_string()]);
            command.args(["--drain-time-s", "1", "--parent-shutdown-time-s", "3"])
        }
    };
    command
}

fn text_command(yaml: &str, environment: &BTreeMap<String, String>) -> Command {
    let mut command = quiet_command();
    command.args(ALONE).args(["--config-yaml", yaml]).envs(environment).current_dir(binaries::root());
    command
}

fn quiet_command() -> Command {
    let mut command = Command::new(binaries::envoy());
    command
        .args(["--log-level", "info", "--component-log-level", "wasm:debug"])
        // How long lines of the access log may stay in memory; 10 s by default.
        .args(["--file-flush-interval-msec", "50"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
