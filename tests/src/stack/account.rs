//! The account at the IDV API that the simulator keeps, and what its users know of it.

use serde_json::json;
use tokio::process::Command;

use super::program::{ANY_PORT, Program, bare};
use super::trail::Trail;
use crate::binaries;
use crate::client::{Ask, Client};
use crate::encoding::{base64url, random};

/// The workflow of registrations.
pub(crate) const REGISTRATION: &str = "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c001";
/// The workflow of step-ups.
pub(crate) const STEP_UP: &str = "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c002";
/// The workflow of recoveries.
pub(crate) const RECOVERY: &str = "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c003";

/// Its secrets.
pub(crate) struct Account {
    pub(crate) api_token: String,
    webhook_token: String,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self { api_token: base64url(random::<24>()), webhook_token: base64url(random::<24>()) }
    }

    /// The environment of whoever starts its workflows.
    pub(crate) fn workflows() -> [(&'static str, &'static str); 3] {
        [
            ("BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID", REGISTRATION),
            ("BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID", STEP_UP),
            ("BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID", RECOVERY),
        ]
    }

    /// One of our programs, with what it must know of the account.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = bare(binaries::tool(name));
        command
            .env("COUNTERSIGN_LOG_FORMAT", "json")
            .env("COUNTERSIGN_IDV_API_TOKEN", &self.api_token)
            .env("COUNTERSIGN_WEBHOOK_TOKEN", &self.webhook_token)
            .envs(Self::workflows());
        command
    }

    /// The account itself, with this beside.
    pub(crate) async fn simulator_with(
        &self,
        settings: impl IntoIterator<Item = (&'static str, &'static str)>,
        trail: &Trail,
    ) -> Program {
        let mut simulator = self.program("countersign-idv-simulator");
        simulator.env("COUNTERSIGN_SIMULATOR_LISTEN", ANY_PORT).envs(settings);
        Program::start(simulator, trail, "/assets/capture.css").await
    }

    /// The account itself.
    pub(crate) async fn simulator(&self, trail: &Trail) -> Program {
        self.simulator_with([], trail).await
    }

    /// The orchestrator's port is not known before the simulator's is: told afterwards, as an account's owner would.
    pub(super) async fn send_webhooks(&self, simulator: &Program, orchestrator: &Program) {
        let webhook = json!({ "url": format!("http://{}/v1/webhooks/idv", orchestrator.address) });
        let ask = Ask::post("/v3.6/webhooks", &webhook)
            .header("authorization", format!("Token token={}", self.api_token));
        let answer = Client::new(simulator.address, "localhost").send(ask).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}
