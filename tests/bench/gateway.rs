//! Envoy as a process that is measured.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use countersign_tests::binaries;
use countersign_tests::client::{Ask, Client};
use countersign_tests::envoy::Log;
use serde_json::Value;
use tokio::process::Child;

use crate::cores::Cores;

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running Envoy; it ends when dropped.
pub(crate) struct Gateway {
    process: u32,
    admin: SocketAddr,
    /// From the start of the process until it says that it is ready.
    pub(crate) started_in: Duration,
    _child: Child,
}

impl Gateway {
    /// Starts one, on its own core or on all.
    pub(crate) async fn start(bootstrap: &Value, workers: u8, cores: Cores, pinned: bool) -> Self {
        // A thousand rules are more than fits into an argument.
        let file = std::env::temp_dir().join(format!("countersign-bench-{}.json", std::process::id()));
        std::fs::write(&file, bootstrap.to_string()).expect("a file among the temporary ones");
        let mut command = cores.command(&binaries::envoy(), pinned);
        command
            .args(["--use-dynamic-base-id", "--disable-hot-restart"])
            .args(["--log-level", "info", "--component-log-level", "wasm:warn"])
            .args(["--concurrency", &workers.to_string(), "--config-path"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let start = Instant::now();
        let mut child = command.spawn().expect("Envoy starts");
        let log = Log::of(child.stderr.take().expect("a piped stderr"));
        let ready = async {
            let line = log.wait_for("admin address: ").await?;
            let admin: SocketAddr = line.rsplit(' ').next()?.parse().ok()?;
            while ask(admin, "/ready").await.trim() != "LIVE" {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Some(admin)
        };
        let Ok(Some(admin)) = tokio::time::timeout(START_LIMIT, ready).await else {
            panic!("Envoy is not ready:\n{}", log.text())
        };
        std::fs::remove_file(&file).expect("the file that Envoy has read");
        let process = child.id().expect("Envoy runs");
        Self { process, admin, started_in: start.elapsed(), _child: child }
    }

    /// Where a listener listens.
    pub(crate) async fn listener(&self, name: &str) -> SocketAddr {
        let text = ask(self.admin, "/listeners").await;
        let prefix = format!("{name}::");
        let address = text.lines().find_map(|line| line.strip_prefix(&prefix));
        address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
    }

    /// What all its threads have used so far (`/proc/<pid>/task/*/schedstat`, nanoseconds).
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process)).expect("Envoy runs");
        let used = tasks.filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(used.sum())
    }

    /// Resident memory in MiB.
    pub(crate) fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process)).expect("Envoy runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a resident size");
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
        kib / 1024.0
    }
}

async fn ask(admin: SocketAddr, path: &str) -> String {
    let answer = Client::new(admin, "admin").send(Ask::get(path)).await.expect("the admin port answers");
    String::from_utf8(answer.body.to_vec()).expect("text")
}
