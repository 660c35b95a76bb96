//! A simulator of the IDV API v3.6: the calls that the orchestrator and the gateway make, in the shapes of the
//! public contract (`onfido/onfido-openapi-spec`, MIT), and a page where a person plays the part of the camera.
//! Beside it, the face challenges of `IDaaS`.

mod api;
mod capture;
mod delivery;
mod face;
mod idaas;
mod oauth;
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
Secrets, by environment only; the orchestrator needs the same first two:
  COUNTERSIGN_IDV_API_TOKEN      what callers present as `Authorization: Token token=…` (required)
  COUNTERSIGN_WEBHOOK_TOKEN      signs the webhooks (required)
  COUNTERSIGN_IDV_CLIENT_SECRET  what callers get an access token for, with --client-id"
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
    /// Client id for POST /v3.6/oauth/token, which answers nobody without it and its secret
    #[arg(long, env = "COUNTERSIGN_IDV_CLIENT_ID")]
    pub client_id: Option<String>,
    /// Switches the face challenges of `IDaaS` on.
    #[arg(
        long,
        help = "Id of an IDaaS application; without it the Authentication API of IDaaS is not served",
        env = "COUNTERSIGN_IDAAS_APPLICATION_ID"
    )]
    pub idaas_application: Option<String>,
    /// Look of log lines
    #[arg(long, env = "COUNTERSIGN_LOG_FORMAT", value_enum, default_value_t = log::Format::Text)]
    pub log_format: log::Format,
    /// What to log: error, warn, info, debug, or per module
    #[arg(long, env = "COUNTERSIGN_LOG", default_value = "info")]
    pub log: String,
}

/// What the environment holds.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Opens the API.
    pub api_token: Secret<String>,
    /// Signs webhooks.
    pub webhook_token: Secret<String>,
    /// Gets an access token, together with the client id.
    pub client_secret: Option<Secret<String>>,
}

/// The account that is simulated. It is forgotten when the process ends; biometric tokens stay good, for they
/// prove themselves.
pub struct Simulator {
    api_token: Secret<String>,
    webhook_token: Secret<String>,
    client: Option<oauth::Client>,
    idaas_application: Option<String>,
    public_url: String,
    registration_workflow: String,
    match_workflows: Vec<String>,
    http: reqwest::Client,
    clock: Box<dyn Clock>,
    account: Mutex<Account>,
}

#[derive(Default)]
struct Account {
    /// With the second from which each is no good any more.
    access_tokens: HashMap<String, i64>,
    applicants: HashMap<String, Value>,
    /// By the token that opens the polls.
    challenges: HashMap<String, idaas::Challenge>,
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
        secrets: Secrets,
        clock: Box<dyn Clock>,
    ) -> Result<Self, String> {
        let match_workflows = [Some(settings.step_up_workflow.clone()), settings.recovery_workflow.clone()];
        Ok(Self {
            api_token: secrets.api_token,
            webhook_token: secrets.webhook_token,
            client: oauth::Client::new(settings.client_id.clone(), secrets.client_secret),
            idaas_application: settings.idaas_application.clone().filter(|id| !id.is_empty()),
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
        api::router(&self).merge(idaas::router(&self)).merge(capture::router()).with_state(self)
    }

    /// A panic elsewhere leaves nothing half-written here.
    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    /// Does `capture` with a run, and with whether the account keeps the face of the run's person.
    fn capture<T>(&mut self, run_id: &str, capture: impl FnOnce(&mut Run, bool) -> T) -> Option<T> {
        let run = self.runs.get(run_id)?;
        let is_kept = self.runs.values().any(|earlier| earlier.enrolled(run));
        self.runs.get_mut(run_id).map(|run| capture(run, is_kept))
    }
}
