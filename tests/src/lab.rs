//! One Envoy between a client and a relying party, with an orchestrator at its side.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

use crate::client::{Carrier, Client, Protocol};
use crate::envoy::{Envoy, FailurePolicy, Paths, Setup};
use crate::journal::Journal;
use crate::orchestrator::Orchestrator;
use crate::plugin;
use crate::relying_party::RelyingParty;
use crate::suite::{Shared, Suite};

/// A gateway and everything around it.
pub struct Lab {
    /// The gateway under test.
    pub envoy: Envoy,
    /// What protects nothing itself.
    pub relying_party: RelyingParty,
    /// Who gives verdicts.
    pub orchestrator: Orchestrator,
    /// The order in which the two were asked.
    pub journal: Journal,
    /// How the gateway was set up: for a second one beside it.
    pub setup: Setup,
}

/// A row of a table: its name, and what a client does in a lab that is as new.
pub type Row = (&'static str, for<'a> fn(&'a Lab, Client) -> Checking<'a>);

/// A running row.
pub type Checking<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A table of async functions `(&Lab, Client)` (or another first argument), each a row with its name.
#[macro_export]
macro_rules! table {
    ($($row:ident),+ $(,)?) => {
        &[$((stringify!($row), |around, client| ::std::boxed::Box::pin($row(around, client)))),+]
    };
}

impl Suite {
    /// Adds a table: each row as `prefix/row`, by a client with a cookie jar, in the lab's turn.
    pub fn table(&mut self, prefix: &str, lab: &Arc<Shared<Lab>>, protocol: Protocol, rows: &[Row]) {
        for &(row, check) in rows {
            let lab = Arc::clone(lab);
            self.row(format!("{prefix}/{row}"), move || async move {
                let lab = lab.turn().await;
                lab.reset();
                check(&lab, lab.client(protocol, Carrier::Cookies)).await;
            });
        }
    }
}

/// The protocols, with the names that rows have them under.
pub const PROTOCOLS: [(&str, Protocol); 2] = [("http1", Protocol::Http1), ("http2", Protocol::Http2)];

/// What differs between labs.
#[derive(Clone)]
pub struct Plan {
    /// The plugin configuration; `None` leaves the filter out.
    pub plugin: Option<Value>,
    /// Envoy's filters in front of it.
    pub before: Vec<Value>,
    /// Both Envoy's flag and the plugin's `headers_can_wait`.
    pub headers_can_wait: bool,
    /// Worker threads.
    pub workers: u8,
    /// Whether Envoy cleans paths first.
    pub paths: Paths,
    /// What happens after a trap.
    pub failure_policy: FailurePolicy,
    /// Host functions that stay allowed; `None` allows all.
    pub capabilities: Option<Vec<String>>,
    /// Virtual hosts beside the one that takes every host to the relying party.
    pub virtual_hosts: Vec<Value>,
    /// Upstreams beside relying party and orchestrator.
    pub clusters: Vec<Value>,
}

impl Default for Plan {
    /// The filter with [`plugin::configuration`], headers that wait, one worker.
    fn default() -> Self {
        Self {
            plugin: Some(plugin::configuration()),
            before: Vec::new(),
            headers_can_wait: true,
            workers: 1,
            paths: Paths::AsTheyCame,
            failure_policy: FailurePolicy::Closed,
            capabilities: None,
            virtual_hosts: Vec::new(),
            clusters: Vec::new(),
        }
    }
}

impl Plan {
    /// Without the filter.
    pub fn plain() -> Self {
        Self { plugin: None, ..Self::default() }
    }

    /// With the configuration changed.
    pub fn with(change: impl FnOnce(&mut Value)) -> Self {
        let mut plan = Self::default();
        plan.plugin.iter_mut().for_each(change_once(change));
        plan
    }

    /// The same in the given mode.
    #[must_use]
    pub fn headers_can_wait(mut self, can: bool) -> Self {
        self.headers_can_wait = can;
        self
    }

    /// The same with so many workers.
    #[must_use]
    pub fn workers(mut self, workers: u8) -> Self {
        self.workers = workers;
        self
    }

    /// A lab that is started when the first row needs it.
    pub fn shared(self) -> Arc<Shared<Lab>> {
        Shared::new(move || {
            let plan = self.clone();
            async move { Lab::start(plan).await }
        })
    }
}

impl Lab {
    /// Starts the stand-ins, then Envoy.
    pub async fn start(plan: Plan) -> Self {
        Self::noting(plan, Journal::default()).await
    }

    /// The same where somebody else writes into the journal too.
    pub async fn noting(plan: Plan, journal: Journal) -> Self {
        let orchestrator = Orchestrator::start(journal.clone()).await;
        let address = orchestrator.address();
        Self::around(plan, journal, orchestrator, address, plugin::environment()).await
    }

    /// The same where another upstream than the stand-in is asked for verdicts. The stand-in only stands by.
    pub async fn at_another_orchestrator(
        plan: Plan,
        journal: Journal,
        address: SocketAddr,
        environment: BTreeMap<String, String>,
    ) -> Self {
        let orchestrator = Orchestrator::start(journal.clone()).await;
        Self::around(plan, journal, orchestrator, address, environment).await
    }

    async fn around(
        plan: Plan,
        journal: Journal,
        orchestrator: Orchestrator,
        address: SocketAddr,
        environment: BTreeMap<String, String>,
    ) -> Self {
        let relying_party = RelyingParty::start(plugin::RP_ID, journal.clone()).await;
        let mut configuration = plan.plugin;
        if let Some(configuration) = &mut configuration {
            configuration["headers_can_wait"] = plan.headers_can_wait.into();
        }
        let setup = Setup {
            plugin: configuration,
            before: plan.before,
            headers_can_wait: plan.headers_can_wait,
            workers: plan.workers,
            paths: plan.paths,
            failure_policy: plan.failure_policy,
            capabilities: plan.capabilities,
            virtual_hosts: plan.virtual_hosts,
            clusters: plan.clusters,
            environment,
            ..Setup::plain(relying_party.address(), address)
        };
        let envoy = Envoy::start(&setup).await;
        Self { envoy, relying_party, orchestrator, journal, setup }
    }

    /// As new, for the next row. The Envoy stays.
    pub fn reset(&self) {
        self.relying_party.reset();
        self.orchestrator.reset();
        self.journal.clear();
    }

    /// A client with an empty cookie jar.
    pub fn client(&self, protocol: Protocol, carrier: Carrier) -> Client {
        Client { protocol, carrier, ..Client::new(self.envoy.address, plugin::AUTHORITY) }
    }
}

fn change_once(change: impl FnOnce(&mut Value)) -> impl FnMut(&mut Value) {
    let mut change = Some(change);
    move |value| {
        if let Some(change) = change.take() {
            change(value);
        }
    }
}
