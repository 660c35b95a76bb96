//! The real parts around a real Envoy: the bank on `SimpleWebAuthn`, the reference orchestrator, and the
//! IDV simulator behind it, as `make demo` runs them. (A [`Lab`](crate::lab::Lab) has stand-ins instead, which
//! can also be told to misbehave.)

pub(crate) mod account;
mod customer;
mod face;
pub(crate) mod folder;
mod parts;
pub(crate) mod program;
mod replicas;
pub(crate) mod trail;
mod turns;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::OnceCell;

pub use self::customer::{Customer, capture_url};
pub use self::face::Face;
use self::parts::Parts;
use self::replicas::{Database, Replicas};
use crate::ceremony::Ceremony;
use crate::client::{Ask, Carrier, Client, Protocol};
use crate::encoding::random;
use crate::envoy::{Envoy, Setup};
use crate::plugin;
use crate::resource;
use crate::suite::Shared;

/// A gateway between a client and the bank, with the orchestrator at its side.
pub struct Stack {
    /// The gateway.
    pub envoy: Envoy,
    parts: Parts,
    setup: Setup,
    second: OnceCell<Envoy>,
    replicas: Option<Replicas>,
}

impl Stack {
    /// Starts the parts, then Envoy with [`plugin::configuration`] in the given mode. Where headers can wait, payments
    /// are guarded too: without, the bank's answers would have to say by their status alone how a finish went.
    pub async fn start(headers_can_wait: bool, workers: u8) -> Self {
        let parts = Parts::start(None).await;
        let setup = Self::setup(&parts, headers_can_wait, workers);
        let envoy = Envoy::start(&setup).await;
        Self { envoy, parts, setup, second: OnceCell::new(), replicas: None }
    }

    /// The same where every decision is told to the orchestrator.
    pub async fn audited(headers_can_wait: bool, workers: u8) -> Self {
        let parts = Parts::start(None).await;
        let mut setup = Self::setup(&parts, headers_can_wait, workers);
        setup.plugin.as_mut().expect("a plugin")["audit"] = serde_json::json!({ "every": "100ms" });
        let envoy = Envoy::start(&setup).await;
        Self { envoy, parts, setup, second: OnceCell::new(), replicas: None }
    }

    /// What `countersign-orchestrator audit` prints: the decisions that the orchestrator keeps.
    pub async fn decisions(&self) -> Vec<serde_json::Value> {
        self.parts.decisions().await
    }

    /// The same with two gateways and two orchestrators on one `PostgreSQL`. Whoever sends a request meets the other
    /// gateway than the one before did, and each question of a gateway's the other orchestrator.
    pub async fn replicated(headers_can_wait: bool) -> Self {
        let database = Database::fresh().await;
        let parts = Parts::start(Some(&database.url)).await;
        let mut setup = Self::setup(&parts, headers_can_wait, 1);
        let (envoy, replicas) = Replicas::beside(&parts, &mut setup, database).await;
        Self { envoy, parts, setup, second: OnceCell::new(), replicas: Some(replicas) }
    }

    fn setup(parts: &Parts, headers_can_wait: bool, workers: u8) -> Setup {
        let mut configuration = plugin::configuration();
        configuration["headers_can_wait"] = headers_can_wait.into();
        if headers_can_wait {
            resource::guard(&mut configuration);
        }
        Setup {
            plugin: Some(configuration),
            headers_can_wait,
            workers,
            environment: plugin::environment(),
            ..Setup::plain(parts.bank.address, parts.orchestrator.address)
        }
    }

    /// A stack that is started when the first row needs it.
    pub fn shared(headers_can_wait: bool, workers: u8) -> Arc<Shared<Self>> {
        Shared::new(move || Self::start(headers_can_wait, workers))
    }

    /// Whether the gateway holds headers back while it decides.
    pub fn headers_can_wait(&self) -> bool {
        self.setup.headers_can_wait
    }

    /// Another gateway before the same parts. It shares the keys with the first one, and nothing else. Where
    /// replicas take turns, every request meets another one anyhow.
    pub async fn another_gateway(&self) -> SocketAddr {
        match &self.replicas {
            Some(replicas) => replicas.entrance.address,
            None => self.second.get_or_init(|| Envoy::start(&self.setup)).await.address,
        }
    }

    /// The next request is the first replica's of either kind, or the second's.
    pub fn begin_turns(&self, with_the_second: bool) {
        self.replicas().begin(with_the_second);
    }

    /// Asserts that the requests since then took turns.
    pub async fn expect_turns(&self, with_the_second: bool) {
        self.replicas().expect_turns(&self.envoy, with_the_second).await;
    }

    fn replicas(&self) -> &Replicas {
        self.replicas.as_ref().expect("a stack with replicas")
    }

    /// A client with an empty cookie jar.
    pub fn client(&self, protocol: Protocol) -> Client {
        let entrance =
            self.replicas.as_ref().map_or(self.envoy.address, |replicas| replicas.entrance.address);
        Client { protocol, ..Client::new(entrance, plugin::AUTHORITY) }
    }

    /// From here on [`steps`](Self::steps) and [`received`](Self::received) count.
    pub fn begin_trail(&self) {
        self.parts.trail.begin();
    }

    /// What the parts were asked, in the order in which they were, in the words of a
    /// [`Journal`](crate::journal::Journal). Left out are requests that never came to their end, and results
    /// that the face check tells in its own time.
    pub fn steps(&self) -> Vec<String> {
        self.parts.trail.steps()
    }

    /// What the bank received by POST on the ceremonies' finishes, as its request log has it
    /// (`examples/bank/src/request-log.mjs`).
    pub fn finishes(&self) -> Vec<serde_json::Value> {
        self.posted(&[Ceremony::Registration.finish_path(), Ceremony::Authentication.finish_path()])
    }

    /// The same of any paths.
    pub fn posted(&self, paths: &[&str]) -> Vec<serde_json::Value> {
        let mut received = self.parts.trail.received();
        received.retain(|line| line["method"] == "POST" && paths.iter().any(|path| line["path"] == *path));
        received
    }

    /// Shows a face on a capture page.
    pub async fn present(&self, capture_url: &str, face: Face) {
        face.at(self.parts.simulator.address, capture_url).await;
    }

    /// Asserts that no credential has reached the bank, and waits long enough to know.
    ///
    /// Where headers can wait it has not even seen a request. Otherwise Envoy has sent the headers on before
    /// the filter decided: then no byte of a body.
    pub async fn expect_untouched(&self) {
        self.fence().await;
        for finish in self.finishes() {
            assert!(!self.headers_can_wait(), "the bank received {finish}");
            let bodiless = finish.get("raw").is_none() && finish.get("body").is_none_or(is_empty);
            assert!(bodiless, "the bank received a body: {finish}");
        }
    }

    /// Sends harmless requests after what was sent before: when they are in the bank's log, so is that.
    async fn fence(&self) {
        let gateways = if self.replicas.is_some() { 2 } else { 1 };
        for _ in 0..self.setup.workers * gateways {
            let fence = format!("/fence-{}", crate::encoding::base64url(random::<9>()));
            let mut client = Client { carrier: Carrier::Nothing, ..self.client(Protocol::Http1) };
            let answer = client.send(Ask::get(&fence)).await.expect("the worker still serves");
            assert_eq!(answer.status, 404, "the bank has no such page: {}", answer.text());
            assert!(self.parts.trail.received().iter().any(|line| line["path"] == *fence), "it is logged");
        }
    }
}

fn is_empty(body: &serde_json::Value) -> bool {
    body.as_object().is_some_and(serde_json::Map::is_empty)
}
