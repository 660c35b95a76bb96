//! `envoy/envoy.yaml` as it ships, between the stand-ins: what operators copy is what is tested.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::binaries;
use crate::envoy::{Envoy, Setup, spans_at_once};
use crate::journal::Journal;
use crate::lab::Lab;
use crate::orchestrator::Orchestrator;
use crate::plugin::{self, AUTHORITY, ORIGIN, RP_ID};
use crate::relying_party::RelyingParty;

/// The listener that the file has.
const LISTENER: &str = "relying_parties";

/// The file's text, with what tests must have otherwise.
pub struct Shipped {
    text: String,
    environment: BTreeMap<String, String>,
    headers_can_wait: bool,
}

impl Shipped {
    /// With the relying party, the authenticator and the risk engine of the tests.
    pub fn new(headers_can_wait: bool) -> Self {
        let path = binaries::root().join("envoy/envoy.yaml");
        let text = std::fs::read_to_string(&path).expect("envoy/envoy.yaml can be read");
        let filter = binaries::filter();
        let shipped = Self { text, environment: plugin::environment(), headers_can_wait }
            .replaced("filename: dist/countersign.wasm", &format!("filename: {}", filter.display()))
            .replaced("port_value: 10000", "port_value: 0")
            .replaced("port_value: 10001", "port_value: 0")
            .replaced("hosts: [\"localhost:10000\"]", &format!("hosts: [{AUTHORITY}]"))
            .replaced("rp_id: localhost", &format!("rp_id: {RP_ID}"))
            .replaced("origins: [\"http://localhost:10000\"]", &format!("origins: [\"{ORIGIN}\"]"))
            .replaced("deep_link: \"http://localhost:10000/", &format!("deep_link: \"{ORIGIN}/"))
            .replaced("- remove: x-risk", "- remove: x-nobody-sends-it");
        if headers_can_wait { shipped } else { shipped.without_waiting() }
    }

    /// Guarded routes need a status that tells how a finish went, then.
    fn without_waiting(self) -> Self {
        let finish = "{ leg: authentication_finish, method: POST, path: /verify-authentication, \
                      accepted: { status: [200] } }";
        let recovery = "- { leg: recovery,";
        self.replaced("allow_on_headers_stop_iteration: true", "allow_on_headers_stop_iteration: false")
            .replaced("headers_can_wait: true", "headers_can_wait: false")
            .replaced(recovery, &format!("- {finish}\n{}{recovery}", " ".repeat(36)))
    }

    /// Where nothing is refused.
    #[must_use]
    pub fn observing(self) -> Self {
        self.replaced("enforcement: enforce", "enforcement: observe")
    }

    /// With the settings that it leaves out.
    #[must_use]
    pub fn with_what_it_leaves_out(self) -> Self {
        let whole = |line: &str| {
            let text = line.trim_start();
            let left_out = line.starts_with(' ') && text.starts_with('#') && !text.starts_with("# ");
            if left_out { line.replacen('#', "", 1) } else { line.to_owned() }
        };
        let text = self.text.lines().map(whole).fold(String::new(), |text, line| text + &line + "\n");
        Self { text, ..self }
    }

    /// A lab with this gateway.
    pub async fn lab(self) -> Lab {
        let (relying_party, orchestrator, journal) = stand_ins().await;
        let envoy = self.between(relying_party.address(), orchestrator.address()).await;
        self.around(envoy, relying_party, orchestrator, journal)
    }

    /// The same with all that the file leaves out. Spans are told to this collector, those of another Envoy too, which
    /// is before the stand-ins and knows nothing of us. It comes second.
    pub async fn traced_lab(self, collector: SocketAddr) -> (Lab, Envoy) {
        let port = format!("port_value: {}", collector.port());
        let mut traced = self.with_what_it_leaves_out().replaced("port_value: 4318", &port);
        writeln!(traced.text, "layered_runtime: {}", spans_at_once()).expect("text can grow");
        let (relying_party, orchestrator, journal) = stand_ins().await;
        let inside = Setup {
            collector: Some(collector),
            virtual_hosts: vec![Setup::virtual_host("asked", &["orchestrator"], &[("/", "orchestrator")])],
            ..Setup::plain(relying_party.address(), orchestrator.address())
        };
        let inside = Envoy::start(&inside).await;
        let envoy = traced.between(inside.address, inside.address).await;
        (traced.around(envoy, relying_party, orchestrator, journal), inside)
    }

    async fn between(&self, bank: SocketAddr, orchestrator: SocketAddr) -> Envoy {
        let text = self
            .text
            .replace("port_value: 10002", &format!("port_value: {}", bank.port()))
            .replace("port_value: 10003", &format!("port_value: {}", orchestrator.port()));
        Envoy::start_text(&text, &self.environment, LISTENER).await
    }

    fn around(
        self,
        envoy: Envoy,
        relying_party: RelyingParty,
        orchestrator: Orchestrator,
        journal: Journal,
    ) -> Lab {
        let setup = Setup {
            headers_can_wait: self.headers_can_wait,
            environment: self.environment,
            ..Setup::plain(relying_party.address(), orchestrator.address())
        };
        Lab { envoy, relying_party, orchestrator, journal, setup }
    }

    /// What stands there once, as something else.
    fn replaced(self, from: &str, to: &str) -> Self {
        assert_eq!(self.text.matches(from).count(), 1, "envoy/envoy.yaml has {from}, once");
        Self { text: self.text.replace(from, to), ..self }
    }
}

async fn stand_ins() -> (RelyingParty, Orchestrator, Journal) {
    let journal = Journal::default();
    let orchestrator = Orchestrator::start(journal.clone()).await;
    (RelyingParty::start(RP_ID, journal.clone()).await, orchestrator, journal)
}
