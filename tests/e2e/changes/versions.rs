//! Two versions of the filter side by side, as while an upgrade or a rollback is under way: what one has sealed opens in
//! the other. `COUNTERSIGN_WASM_BEFORE` names the filter of the version before; without it the two are one build, with
//! their keys in the order of before and after a rotation.

use std::path::PathBuf;
use std::sync::Arc;

use countersign_tests::client::{Carrier, Client, Protocol};
use countersign_tests::encoding::{base64, random};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::lab::{Checking, Lab, Plan};
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::suite::{Shared, Suite};
use countersign_tests::table;
use serde_json::json;

/// The lab's own gateway is the new one.
struct Versions {
    lab: Lab,
    old: Envoy,
}

/// Begun at one, finished at the other.
#[derive(Clone, Copy)]
enum Way {
    Upgrade,
    Rollback,
}

type Row = (&'static str, for<'a> fn(&'a Versions, Way) -> Checking<'a>);

const ROWS: &[Row] = table![a_step_up, a_registration, a_sign_in_without_a_name, a_recovery];

pub(crate) fn add(suite: &mut Suite, mode: &str, waits: bool) {
    let versions = Shared::new(move || Versions::side_by_side(waits));
    for (name, way) in [("upgrade", Way::Upgrade), ("rollback", Way::Rollback)] {
        for &(row, check) in ROWS {
            let versions = Arc::clone(&versions);
            suite.row(format!("{mode}/versions/{name}/{row}"), move || async move {
                let versions = versions.turn().await;
                versions.lab.reset();
                check(&versions, way).await;
            });
        }
    }
}

impl Versions {
    async fn side_by_side(waits: bool) -> Self {
        let mut lab = Lab::start(Plan::default().headers_can_wait(waits)).await;
        lab.setup.environment.insert("NEW_SEAL_KEY".to_owned(), base64(random::<32>()));
        let keyed = |setup: &Setup, order: [(&str, &str); 2]| {
            let mut setup = setup.clone();
            let keys = order.map(|(id, env)| json!({ "id": id, "env": env }));
            setup.plugin.as_mut().expect("a plugin")["keys"]["seal"] = json!(keys);
            setup
        };
        let (first, second) = (("k1", "COUNTERSIGN_SEAL_KEY"), ("k2", "NEW_SEAL_KEY"));
        let before = std::env::var_os("COUNTERSIGN_WASM_BEFORE").map(PathBuf::from);
        let old = Envoy::start(&Setup { wasm: before, ..keyed(&lab.setup, [first, second]) }).await;
        lab.setup = keyed(&lab.setup, [second, first]);
        lab.envoy = Envoy::start(&lab.setup).await;
        Self { lab, old }
    }

    /// A client of the one that begins.
    fn client(&self, way: Way) -> Client {
        let client = self.lab.client(Protocol::Http1, Carrier::Cookies);
        match way {
            Way::Upgrade => client.at(self.old.address),
            Way::Rollback => client,
        }
    }

    /// The same client at the one that finishes.
    fn moved(&self, client: Client, way: Way) -> Client {
        client.at(match way {
            Way::Upgrade => self.lab.envoy.address,
            Way::Rollback => self.old.address,
        })
    }

    /// Refused without a verdict, accepted with one.
    async fn finish(&self, mut stage: Stage, session: &str) {
        self.lab.orchestrator.decide(session, "pending");
        refusal::expect(&stage.finish().await, &["verdict_pending"]);
        self.lab.expect_untouched().await;
        self.lab.orchestrator.decide(session, "matched");
        assert_eq!(stage.finish().await.status, 200);
        assert_eq!(self.lab.finishes().iter().filter(|finish| finish.complete).count(), 1);
    }
}

impl Way {
    fn expect_sealed_by_the_first(self, stage: &Stage) {
        let prefix = match self {
            Self::Upgrade => "cs1.k1.",
            Self::Rollback => "cs1.k2.",
        };
        let evidence = stage.begun.answer.header("countersign-evidence");
        assert!(evidence.starts_with(prefix), "{evidence}");
    }
}

async fn a_step_up(versions: &Versions, way: Way) {
    let mut stage = Stage::step_up(&versions.lab, versions.client(way)).await;
    way.expect_sealed_by_the_first(&stage);
    stage.client = versions.moved(stage.client, way);
    let session = stage.begun.session().to_owned();
    versions.finish(stage, &session).await;
}

async fn a_registration(versions: &Versions, way: Way) {
    let mut stage = Stage::registration(&versions.lab, versions.client(way)).await;
    way.expect_sealed_by_the_first(&stage);
    stage.client = versions.moved(stage.client, way);
    let session = stage.begun.session().to_owned();
    versions.lab.orchestrator.decide(&session, "matched");
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_sign_in_without_a_name(versions: &Versions, way: Way) {
    let mut stage = Stage::discoverable(&versions.lab, versions.client(way)).await;
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    stage.client = versions.moved(stage.client, way);
    let session = versions.lab.orchestrator.sessions()[0].id.clone();
    versions.finish(stage, &session).await;
}

async fn a_recovery(versions: &Versions, way: Way) {
    let mut recovering = Recovering::decided(&versions.lab, versions.client(way), "matched").await;
    recovering.client = versions.moved(recovering.client, way);
    let mut stage = recovering.replacing().await;
    stage.client = match way {
        Way::Upgrade => versions.moved(stage.client, Way::Rollback),
        Way::Rollback => versions.moved(stage.client, Way::Upgrade),
    };
    assert_eq!(stage.finish().await.status, 200, "and back again");
}
