//! What stands around the gateway: which programs, with which settings.

use serde_json::Value;

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
    account: Account,
    reference_key: String,
    database_url: String,
    _folder: Folder,
}

impl Parts {
    /// The orchestrator's database is this one, or a file of its own.
    pub(super) async fn start(database_url: Option<&str>) -> Self {
        let folder = Folder::new();
        let trail = Trail::new(folder.path().join("trail.jsonl"));
        let account = Account::new();

        let simulator = account.simulator(&trail).await;

        let reference_key = base64(random::<32>());
        let file = format!("sqlite:{}", folder.path().join("orchestrator.sqlite3").display());
        let database_url = database_url.unwrap_or(&file).to_owned();
        let orchestrator = orchestrator(&account, &simulator, &trail, &reference_key, &database_url).await;
        account.send_webhooks(&simulator, &orchestrator).await;

        let mut bank = bare("node");
        bank.arg("server.mjs")
            .current_dir(binaries::bank())
            .env("PORT", "0")
            .env("ORIGIN", ORIGIN)
            .env("RP_ID", RP_ID)
            .env("BANK_LOG", trail.path());
        let bank = Program::start(bank, &trail, "/healthz").await;

        Self { bank, orchestrator, simulator, trail, account, reference_key, database_url, _folder: folder }
    }

    /// What the orchestrator's program prints of the decisions in its database.
    pub(super) async fn decisions(&self) -> Vec<Value> {
        let mut audit = bare(binaries::tool("countersign-orchestrator"));
        audit.arg("audit").env("COUNTERSIGN_DATABASE_URL", &self.database_url);
        let printed = audit.output().await.expect("the orchestrator's program runs");
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let text = String::from_utf8(printed.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// A second one on the same database. No webhook reaches it.
    pub(super) async fn another_orchestrator(&self, database_url: &str) -> Program {
        orchestrator(&self.account, &self.simulator, &self.trail, &self.reference_key, database_url).await
    }
}

async fn orchestrator(
    account: &Account,
    simulator: &Program,
    trail: &Trail,
    reference_key: &str,
    database_url: &str,
) -> Program {
    let mut orchestrator = account.program("countersign-orchestrator");
    orchestrator
        .env("COUNTERSIGN_ORCHESTRATOR_LISTEN", ANY_PORT)
        .env("COUNTERSIGN_ORCHESTRATOR_TOKEN", TOKEN)
        .env("COUNTERSIGN_REFERENCE_KEY", reference_key)
        .env("COUNTERSIGN_IDV_BASE_URL", format!("http://{}/v3.6", simulator.address))
        .env("COUNTERSIGN_DATABASE_URL", database_url);
    Program::start(orchestrator, trail, "/healthz").await
}
