//! What stands around the gateway: which programs, with which settings.

use super::account::Account;
use super::folder::Folder;
use super::program::{ANY_PORT, Program, bare};
use super::trail::Trail;
use crate::binaries;
use crate::encoding::{base64, random};
use crate::orchestrator::TOKEN;
use crate::plugin::{ORIGIN, RP_ID};

pub(super) struct Parts {
    pub(super) bank: Program,
    pub(super) orchestrator: Program,
    pub(super) simulator: Program,
    pub(super) trail: Trail,
    _folder: Folder,
}

impl Parts {
    pub(super) async fn start() -> Self {
        let folder = Folder::new();
        let trail = Trail::new(folder.path().join("trail.jsonl"));
        let account = Account::new();

        let simulator = account.simulator(&trail).await;

        let mut orchestrator = account.program("countersign-orchestrator");
        orchestrator
            .env("COUNTERSIGN_ORCHESTRATOR_LISTEN", ANY_PORT)
            .env("COUNTERSIGN_ORCHESTRATOR_TOKEN", TOKEN)
            .env("COUNTERSIGN_REFERENCE_KEY", base64(random::<32>()))
            .env("COUNTERSIGN_IDV_BASE_URL", format!("http://{}/v3.6", simulator.address))
            .env(
                "COUNTERSIGN_DATABASE_URL",
                format!("sqlite:{}", folder.path().join("orchestrator.sqlite3").display()),
            );
        let orchestrator = Program::start(orchestrator, &trail, "/healthz").await;
        account.send_webhooks(&simulator, &orchestrator).await;

        let mut bank = bare("node");
        bank.arg("server.mjs")
            .current_dir(binaries::bank())
            .env("PORT", "0")
            .env("ORIGIN", ORIGIN)
            .env("RP_ID", RP_ID)
            .env("BANK_LOG", trail.path());
        let bank = Program::start(bank, &trail, "/healthz").await;

        Self { bank, orchestrator, simulator, trail, _folder: folder }
    }
}
