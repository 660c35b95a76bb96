//! Everything that may stand there twice: gateways, and orchestrators on one database.

use countersign_test_postgres::Postgres;

use super::parts::Parts;
use super::program::Program;
use super::turns::Turns;
use crate::envoy::{Envoy, Setup};

/// What a stack has beside its first gateway and its first orchestrator.
pub(super) struct Replicas {
    /// Before the gateways.
    pub(super) entrance: Turns,
    orchestrators: Turns,
    second_gateway: Envoy,
    _second_orchestrator: Program,
    /// Last: it goes when nobody uses it any more.
    _postgres: Postgres,
}

/// A database for several orchestrators, and who keeps it.
pub(super) struct Database {
    pub(super) url: String,
    postgres: Postgres,
}

impl Database {
    pub(super) async fn fresh() -> Self {
        let postgres = tokio::task::spawn_blocking(Postgres::find).await.expect("PostgreSQL starts");
        let postgres = postgres.expect("PostgreSQL: `.ci/run` installs it");
        Self { url: postgres.fresh().await, postgres }
    }
}

impl Replicas {
    /// Starts the second of each. The set-up is that of both gateways from then on.
    pub(super) async fn beside(parts: &Parts, setup: &mut Setup, database: Database) -> (Envoy, Self) {
        let second_orchestrator = parts.another_orchestrator(&database.url).await;
        let orchestrators = Turns::between([parts.orchestrator.address, second_orchestrator.address]).await;
        setup.orchestrator = orchestrators.address;
        setup.requests_per_connection = Some(1);
        let first_gateway = Envoy::start(setup).await;
        let second_gateway = Envoy::start(setup).await;
        let replicas = Self {
            entrance: Turns::between([first_gateway.address, second_gateway.address]).await,
            orchestrators,
            second_gateway,
            _second_orchestrator: second_orchestrator,
            _postgres: database.postgres,
        };
        (first_gateway, replicas)
    }

    pub(super) fn begin(&self, with_the_second: bool) {
        self.entrance.begin(with_the_second);
        self.orchestrators.begin(with_the_second);
    }

    /// Asserts that no request has used another's connection, so that each had the turn after the one before, and
    /// that there were as many as make both replicas of both have theirs.
    pub(super) async fn expect_turns(&self, first_gateway: &Envoy, with_the_second: bool) {
        let begun = usize::from(with_the_second);
        for (who, turns) in [("gateways", &self.entrance), ("orchestrators", &self.orchestrators)] {
            let taken = turns.taken() - begun;
            assert!(taken >= 2, "{taken} requests to two {who}");
        }
        for gateway in [first_gateway, &self.second_gateway] {
            let connections = gateway.stat("cluster.orchestrator.upstream_cx_total").await;
            let requests = gateway.stat("cluster.orchestrator.upstream_rq_total").await;
            assert_eq!(connections, requests, "a connection for each request");
        }
    }
}
