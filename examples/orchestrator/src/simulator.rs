//! A simulator of the IDV API v3.6: the calls that the orchestrator makes, in the shapes of the public contract
//! (`onfido/onfido-openapi-spec`, MIT), and a page where a person plays the part of the camera.

mod api;
mod capture;
mod delivery;
mod face;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use clap::Parser;
use serde_json::Value;

pub use self::face::Face;
use self::run::Run;
use crate::clock::Clock;
use crate::log;
use crate::outgoing;
use crate::secret::Secret;

/// The command line of `countersign-idv-simulator`.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    about = "Simulator of the IDV API v3.6, with a capture page: my face, someone else",
    after_help = "\
Secrets, by environment only; the orchestrator needs the same:
  COUNTERSIGN_IDV_API_TOKEN  what callers present as `Authorization: Token token=…` (required)
  COUNTERSIGN_WEBHOOK_TOKEN  signs the webhooks (required)"
)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one. The chosen address is printed on standard output
    #[arg(long, env = "COUNTERSIGN_SIMULATOR_LISTEN", default_value = "127.0.0.1:10004")]
    pub listen: std::net::SocketAddr,
    /// Where browsers reach this simulator; the address it listens on if not set
    #[arg(long, env = "COUNTERSIGN_SIMULATOR_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Where webhooks go; more can be added with POST /v3.6/webhooks
    #[arg(long, env = "COUNTERSIGN_SIMULATOR_WEBHOOK_URL")]
    pub webhook_url: Vec<String>,
    /// Workflow for registrations
    #[arg(long, env = "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID")]
    pub registration_workflow: String,
    /// Workflow for step-ups
    #[arg(long, env = "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID")]
    pub step_up_workflow: String,
    /// Workflow for recoveries; may be the one for step-ups
    #[arg(long, env = "BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID")]
    pub recovery_workflow: Option<String>,
    /// Look of log lines
    #[arg(long, env = "COUNTERSIGN_LOG_FORMAT", value_enum, default_value_t = log::Format::Text)]
    pub log_format: log::Format,
    /// What to log: error, warn, info, debug, or per module
    #[arg(long, env = "COUNTERSIGN_LOG", default_value = "info")]
    pub log: String,
}

/// The account that is simulated. It is forgotten when the process ends; biometric tokens stay good, for they
/// prove themselves.
pub struct Simulator {
    api_token: Secret<String>,
    webhook_token: Secret<String>,
    public_url: String,
    registration_workflow: String,
    match_workflows: Vec<String>,
    http: reqwest::Client,
    clock: Box<dyn Clock>,
    account: Mutex<Account>,
}

#[derive(Default)]
struct Account {
    applicants: HashMap<String, Value>,
    runs: HashMap<String, Run>,
    webhook_urls: Vec<String>,
}

impl Simulator {
    /// An empty account.
    ///
    /// # Errors
    /// When the HTTP client for webhooks cannot be set up.
    pub fn new(
        settings: &Settings,
        public_url: &str,
        api_token: Secret<String>,
        webhook_token: Secret<String>,
        clock: Box<dyn Clock>,
    ) -> Result<Self, String> {
        let match_workflows = [Some(settings.step_up_workflow.clone()), settings.recovery_workflow.clone()];
        Ok(Self {
            api_token,
            webhook_token,
            public_url: public_url.trim_end_matches('/').to_owned(),
            registration_workflow: settings.registration_workflow.clone(),
            match_workflows: match_workflows.into_iter().flatten().collect(),
            http: outgoing::client(delivery::PATIENCE)?,
            clock,
            account: Mutex::new(Account { webhook_urls: settings.webhook_url.clone(), ..Account::default() }),
        })
    }

    /// The API, and the capture page beside it.
    pub fn router(self: Arc<Self>) -> Router {
        api::router(&self).merge(capture::router()).with_state(self)
    }

    /// A panic elsewhere leaves nothing half-written here.
    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
