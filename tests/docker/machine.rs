//! The containers, and what can be done to them.

use std::net::SocketAddr;
use std::time::Duration;

use countersign_tests::client::{Ask, Client};
use countersign_tests::plugin::AUTHORITY;
use countersign_tests::stack::Face;
use serde_json::Value;
use tokio::process::Command;

/// Longer than any container takes to be well again.
const WELL_WITHIN: Duration = Duration::from_secs(40);
const PAUSE: Duration = Duration::from_millis(50);
/// Seconds after which a door that does not open is a wall.
const KNOCKS_FOR: u8 = 1;

/// One of the services of `envoy/compose.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Bank,
    Database,
    Envoy,
    Orchestrator,
    Simulator,
}

impl Part {
    pub(crate) const ALL: [Self; 5] =
        [Self::Envoy, Self::Orchestrator, Self::Database, Self::Simulator, Self::Bank];
}

/// All of them, started by `run.py`.
pub(crate) struct Machine {
    gateway: SocketAddr,
    capture: SocketAddr,
    project: String,
}

impl Machine {
    pub(crate) fn found() -> Self {
        let told = |name: &str| {
            std::env::var(name)
                .unwrap_or_else(|_| panic!("{name} is not set: `make test-docker` starts this"))
        };
        let address = |name: &str| told(name).parse().expect("an address");
        Self {
            gateway: address("COUNTERSIGN_DOCKER_GATEWAY"),
            capture: address("COUNTERSIGN_DOCKER_CAPTURE"),
            project: told("COUNTERSIGN_DOCKER_PROJECT"),
        }
    }

    /// A client with an empty cookie jar.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.gateway, AUTHORITY)
    }

    /// The person shows their own face on a capture page.
    pub(crate) async fn show_face(&self, capture_url: &str) {
        Face::Mine.at(self.capture, capture_url).await;
    }

    /// Ends a container as a crash would.
    pub(crate) async fn kill(&self, part: Part) {
        let container = self.container(part).await;
        docker(&["kill", &container]).await;
    }

    /// Starts it again, and waits until its own health check says that it is well.
    pub(crate) async fn start(&self, part: Part) {
        let container = self.container(part).await;
        docker(&["start", &container]).await;
        let check = docker(&["inspect", "--format", "{{json .Config.Healthcheck.Test}}", &container]).await;
        let check: Vec<String> = serde_json::from_str(&check).expect("a health check");
        let well = async {
            while !is_well(&container, &check).await {
                tokio::time::sleep(PAUSE).await;
            }
            while part == Part::Simulator && self.capture_answers("/assets/capture.css").await != 200 {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(WELL_WITHIN, well)
            .await
            .unwrap_or_else(|_| panic!("{part:?} does not get well"));
    }

    /// Whether a part says 200 to this, asked from its own loopback.
    pub(crate) async fn serves(&self, part: Part, port: &str, path: &str) -> bool {
        let check = ["CMD", "bash", "/healthy.sh", port, path].map(str::to_owned);
        is_well(&self.container(part).await, &check).await
    }

    /// The status that the published port of the capture page answers.
    pub(crate) async fn capture_answers(&self, path: &str) -> u16 {
        let asked = Client::new(self.capture, "localhost").send(Ask::get(path)).await;
        // Nobody there is as good as nothing found: the gateway may not know the simulator's new address yet.
        asked.map_or(0, |answer| answer.status)
    }

    /// What the orchestrator's database answers: one row a line, members separated by `|`.
    pub(crate) async fn query(&self, sql: &str) -> String {
        let database = self.container(Part::Database).await;
        let psql = ["psql", "--username=orchestrator", "--no-align", "--tuples-only", "--command", sql];
        docker(&[&["exec", database.as_str()], psql.as_slice()].concat()).await
    }

    /// What the bank keeps, as its file has it.
    pub(crate) async fn bank_state(&self) -> Value {
        let bank = self.container(Part::Bank).await;
        let text = docker(&["exec", &bank, "bash", "-c", "echo \"$(</var/lib/bank/state.json)\""]).await;
        serde_json::from_str(&text).expect("a file of JSON")
    }

    /// Whether somebody in a network gets a connection to a part that is well.
    pub(crate) async fn reaches(&self, network: &str, part: Part, port: u16) -> bool {
        let container = self.container(part).await;
        let addresses = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
        let addresses = docker(&["inspect", "--format", addresses, &container]).await;
        let image =
            docker(&["inspect", "--format", "{{.Image}}", &self.container(Part::Orchestrator).await]).await;
        let knock = format!(
            "for a in {addresses}; do (exec 3<>/dev/tcp/$a/{port}) 2>/dev/null && echo open & done; read -t {KNOCKS_FOR} <> <(:); kill $(jobs -p); true"
        );
        let network = format!("{}_{network}", self.project);
        let told =
            docker(&["run", "--rm", "--network", &network, "--entrypoint", "bash", &image, "-c", &knock])
                .await;
        told.contains("open")
    }

    /// What Prometheus answers, a line for each series.
    pub(crate) async fn ask_prometheus(&self, query: &str) -> String {
        let prometheus = self.service("prometheus").await;
        let words = ["exec", &prometheus, "promtool", "query", "instant", "http://127.0.0.1:9090", query];
        let asked = Command::new("docker").args(words).output().await.expect("docker starts");
        // Until it listens it answers nothing.
        String::from_utf8_lossy(&asked.stdout).trim().to_owned()
    }

    /// Where a part's ports are on this machine.
    pub(crate) async fn published(&self, part: Part) -> Vec<String> {
        let ports = docker(&["port", &self.container(part).await]).await;
        ports
            .lines()
            .filter_map(|line| line.split_once(" -> "))
            .map(|(_, address)| address.to_owned())
            .collect()
    }

    async fn container(&self, part: Part) -> String {
        self.service(&format!("{part:?}").to_lowercase()).await
    }

    async fn service(&self, name: &str) -> String {
        let service = format!("label=com.docker.compose.service={name}");
        let project = format!("label=com.docker.compose.project={}", self.project);
        docker(&["ps", "--all", "--quiet", "--filter", &service, "--filter", &project]).await
    }
}

async fn docker(words: &[&str]) -> String {
    let done = Command::new("docker").args(words).output().await.expect("docker starts");
    assert!(done.status.success(), "docker {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

async fn is_well(container: &str, check: &[String]) -> bool {
    // Asked here and now: Docker itself asks every few seconds. The first word says that the rest is no shell's.
    let words = check.get(1..).expect("a command");
    let asked = Command::new("docker").arg("exec").arg(container).args(words).output().await;
    asked.expect("docker starts").status.success()
}
