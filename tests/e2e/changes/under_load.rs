//! The configuration is changed while two hundred sign-ins are in flight.

use std::path::PathBuf;

use countersign_tests::encoding::{base64, hex, random};
use countersign_tests::envoy::{Discovered, Envoy, Setup};
use countersign_tests::lab::{Lab, Plan};
use countersign_tests::suite::Suite;
use serde_json::json;

use super::load::{MANY, begun, expect_each_once, finished};

pub(crate) fn add(suite: &mut Suite, mode: &'static str, waits: bool) {
    suite.row(format!("{mode}/under_load/by_xds_of_the_filter"), move || {
        by_xds(
            waits,
            Discovered::Filter,
            "extension_config_discovery.http_filter.envoy.filters.http.wasm.config_reload",
        )
    });
    suite.row(format!("{mode}/under_load/by_xds_of_the_listener"), move || {
        by_xds(waits, Discovered::Listener, "listener_manager.listener_modified")
    });
    suite.row(format!("{mode}/under_load/by_hot_restart"), move || by_hot_restart(waits));
}

/// Another key seals, the old one still opens; there is one more rule.
fn change(setup: &mut Setup) {
    let plugin = setup.plugin.as_mut().expect("a plugin");
    plugin["keys"]["seal"] = json!([
        { "id": "k2", "env": "NEW_SEAL_KEY" }, { "id": "k1", "env": "COUNTERSIGN_SEAL_KEY" },
    ]);
    plugin["rules"].as_array_mut().expect("rules").push(json!({
        "id": "every-sign-in", "relying_party": "bank", "ceremony": "authentication", "require": "step_up",
    }));
}

/// Stand-ins without a gateway of their own yet.
async fn lab(waits: bool, adjust: impl FnOnce(&mut Setup)) -> Lab {
    let mut lab = Lab::start(Plan::default().headers_can_wait(waits).workers(2)).await;
    lab.setup.environment.insert("NEW_SEAL_KEY".to_owned(), base64(random::<32>()));
    adjust(&mut lab.setup);
    if lab.setup.discovered.is_some() {
        lab.setup.write_discovered();
    }
    lab.envoy = Envoy::start(&lab.setup).await;
    lab
}

/// A begin that only the new configuration guards, and which it seals with its own key.
async fn expect_changed(lab: &Lab) {
    let client =
        lab.client(countersign_tests::client::Protocol::Http1, countersign_tests::client::Carrier::Cookies);
    let stage = countersign_tests::stage::Stage::routine(lab, client).await;
    assert_eq!(stage.begun.options["stepUp"]["rule"], "every-sign-in");
    assert!(stage.begun.answer.header("countersign-evidence").starts_with("cs1.k2."));
}

async fn by_xds(waits: bool, discovered: fn(PathBuf) -> Discovered, taken: &str) {
    let folder = std::env::temp_dir().join(format!("countersign-{}", hex(random::<8>())));
    std::fs::create_dir(&folder).expect("a folder");
    let lab = lab(waits, |setup| setup.discovered = Some(discovered(folder.join("discovered.json")))).await;
    let mut after = lab.setup.clone();
    change(&mut after);
    let stages = begun(&lab).await;
    finished(&lab, stages, async {
        let before = lab.envoy.stat(taken).await;
        after.write_discovered();
        lab.envoy.grown(taken, before).await;
    })
    .await;
    expect_each_once(&lab, MANY);
    expect_changed(&lab).await;
    std::fs::remove_dir_all(&folder).expect("the folder");
}

async fn by_hot_restart(waits: bool) {
    // Both processes must listen at the same place, so it cannot be theirs to choose.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let mut lab = lab(waits, |setup| (setup.port, setup.epoch) = (port, Some(0))).await;
    let mut after = Setup { epoch: Some(1), ..lab.setup.clone() };
    change(&mut after);
    let stages = begun(&lab).await;
    let mut second = None;
    finished(&lab, stages, async {
        second = Some(Envoy::start(&after).await);
        lab.envoy.log_line("shutting down due to child request").await;
        lab.envoy.log_line("exiting").await;
    })
    .await;
    expect_each_once(&lab, MANY);
    lab.envoy = second.expect("the second");
    expect_changed(&lab).await;
}
