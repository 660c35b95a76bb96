//! What stands around the gateway: which programs, with which settings.

use serde_json::json;
use tokio::process::Command;

use super::folder::Folder;
use super::program::{Program, bare};
use super::trail::Trail;
use crate::binaries;
use crate::client::{Ask, Client};
use crate::encoding::{base64, base64url, random};
use crate::orchestrator::TOKEN;
use crate::plugin::{ORIGIN, RP_ID};

const ANY_PORT: &str = "127.0.0.1:0";

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

        let mut simulator = account.program("countersign-idv-simulator");
        simulator.env("COUNTERSIGN_SIMULATOR_LISTEN", ANY_PORT);
        let simulator = Program::start(simulator, &trail, "/assets/capture.css").await;

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

/// The account at the IDV API that simulator and orchestrator share.
struct Account {
    api_token: String,
    webhook_token: String,
}

impl Account {
    fn new() -> Self {
        Self { api_token: base64url(random::<24>()), webhook_token: base64url(random::<24>()) }
    }

    fn program(&self, name: &str) -> Command {
        let mut command = bare(binaries::tool(name));
        command
            .env("COUNTERSIGN_LOG_FORMAT", "json")
            .env("COUNTERSIGN_IDV_API_TOKEN", &self.api_token)
            .env("COUNTERSIGN_WEBHOOK_TOKEN", &self.webhook_token)
            .env("BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID", "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c001")
            .env("BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID", "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c002")
            .env("BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID", "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c003");
        command
    }

    /// The orchestrator's port is not known before the simulator's is: told afterwards, as an account's owner would.
    async fn send_webhooks(&self, simulator: &Program, orchestrator: &Program) {
        let webhook = json!({ "url": format!("http://{}/v1/webhooks/idv", orchestrator.address) });
        let ask = Ask::post("/v3.6/webhooks", &webhook)
            .header("authorization", format!("Token token={}", self.api_token));
        let answer = Client::new(simulator.address, "localhost").send(ask).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}
