//! Settings: flags, or environment variables; secrets only by environment, for others can read a command line.

mod secrets;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::secrets::{Problems, Secrets};
use crate::ident::RpId;
use crate::log;
use crate::service::Terms;

/// Where everything is kept unless the operator says otherwise.
const DATABASE: &str = "sqlite:countersign-orchestrator.sqlite3";

/// The command line of `countersign-orchestrator`.
#[derive(Debug, Parser)]
#[command(
    version,
    about = "Reference orchestrator for Countersign: the `countersign` profile over the IDV API v3.6",
    after_help = secrets::HELP,
    args_conflicts_with_subcommands = true
)]
pub struct CommandLine {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub settings: Settings,
}

/// What can be done instead of serving.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// The gateways' decisions.
    #[command(about = "Print the decisions that gateways told, a line of JSON each, by source and number")]
    Audit {
        /// Where they are kept
        #[arg(long, env = "COUNTERSIGN_DATABASE_URL", default_value = DATABASE, hide_env_values = true)]
        database_url: String,
    },
    /// The public key.
    #[command(about = "Print the public JWK of COUNTERSIGN_VERDICT_KEY, for the gateway's verdict_keys")]
    Jwk,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one. The chosen address is printed on standard output
    #[arg(long, env = "COUNTERSIGN_ORCHESTRATOR_LISTEN", default_value = "127.0.0.1:10003")]
    pub listen: SocketAddr,
    /// Where everything is kept.
    #[arg(
        long,
        help = "sqlite:<file> or postgres://user@host/database",
        env = "COUNTERSIGN_DATABASE_URL",
        default_value = DATABASE,
        hide_env_values = true
    )]
    pub database_url: String,
    /// Region of the IDV account
    #[arg(long, env = "COUNTERSIGN_IDV_REGION", value_enum, default_value_t = Region::Eu)]
    pub idv_region: Region,
    /// Address of the IDV API up to and including /v3.6, instead of a region's (the simulator, for example)
    #[arg(long, env = "COUNTERSIGN_IDV_BASE_URL")]
    pub idv_base_url: Option<String>,
    /// A simulator's host name, in a network of containers for example: this one may be asked over http:// too
    #[arg(long, env = "COUNTERSIGN_IDV_SIMULATOR_HOST")]
    pub idv_simulator_host: Option<String>,
    /// Seconds that one call to the IDV API may take
    #[arg(long, env = "COUNTERSIGN_IDV_TIMEOUT", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=30))]
    pub idv_timeout: u64,
    /// IDV workflow for registrations
    #[arg(long, env = "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID")]
    pub registration_workflow: Option<String>,
    /// IDV workflow for step-ups
    #[arg(long, env = "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID")]
    pub step_up_workflow: Option<String>,
    /// IDV workflow for recoveries; the one for step-ups if not set
    #[arg(long, env = "BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID")]
    pub recovery_workflow: Option<String>,
    /// Seconds that a session lasts
    #[arg(long, env = "COUNTERSIGN_SESSION_SECONDS", default_value_t = 600, value_parser = clap::value_parser!(i64).range(1..=3600))]
    pub session_seconds: i64,
    /// Seconds that a hand-off waits for its session
    #[arg(long, env = "COUNTERSIGN_HANDOFF_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(i64).range(1..=600))]
    pub handoff_seconds: i64,
    /// Seconds that a used elevation is remembered; not less than any rule of the gateway lets one live
    #[arg(long, env = "COUNTERSIGN_ELEVATION_SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(i64).range(86_400..=31_536_000))]
    pub elevation_seconds: i64,
    /// RP ids, separated by commas: the audience of a recovery's signed verdict, which is not signed without
    #[arg(long, env = "COUNTERSIGN_RP_IDS")]
    pub rp_ids: Option<String>,
    /// A pending session that is asked for is looked up at the IDV API when that was not done for so many seconds
    #[arg(long, env = "COUNTERSIGN_REFRESH_SECONDS", default_value_t = 3, value_parser = clap::value_parser!(i64).range(0..=600))]
    pub refresh_seconds: i64,
    /// Look of log lines
    #[arg(long, env = "COUNTERSIGN_LOG_FORMAT", value_enum, default_value_t = log::Format::Text)]
    pub log_format: log::Format,
    /// What to log: error, warn, info, debug, or per module
    #[arg(long, env = "COUNTERSIGN_LOG", default_value = "info")]
    pub log: String,
}

/// A region of the IDV API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Region {
    /// api.ca.onfido.com
    Ca,
    /// api.eu.onfido.com
    Eu,
    /// api.us.onfido.com
    Us,
}

impl Settings {
    /// The address of the IDV API.
    pub fn idv_base(&self) -> String {
        self.idv_base_url.clone().unwrap_or_else(|| {
            let region = match self.idv_region {
                Region::Ca => "ca",
                Region::Eu => "eu",
                Region::Us => "us",
            };
            format!("https://api.{region}.onfido.com/v3.6")
        })
    }

    /// The terms of service, with every fault added to `problems`.
    pub fn terms(&self, problems: &mut Problems) -> Terms {
        if !is_safe(&self.idv_base(), self.idv_simulator_host.as_deref()) {
            problems.add(
                "COUNTERSIGN_IDV_BASE_URL",
                "must start with https:// (http:// is for a simulator on this machine, or at COUNTERSIGN_IDV_SIMULATOR_HOST), or the token travels in the clear",
            );
        }
        let mut workflow = |value: &Option<String>, name| {
            value.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| {
                problems.add(name, "is not set; copy the workflow's id from the IDV Studio");
                String::new()
            })
        };
        let registration_workflow =
            workflow(&self.registration_workflow, "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID");
        let step_up_workflow = workflow(&self.step_up_workflow, "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID");
        let recovery_workflow = self.recovery_workflow.clone().filter(|id| !id.is_empty());
        Terms {
            registration_workflow,
            recovery_workflow: recovery_workflow.unwrap_or_else(|| step_up_workflow.clone()),
            step_up_workflow,
            session_seconds: self.session_seconds,
            handoff_seconds: self.handoff_seconds,
            elevation_seconds: self.elevation_seconds,
            refresh_seconds: self.refresh_seconds,
            // the gateway waits two seconds for a status
            refresh_patience: Duration::from_millis(1500),
        }
    }

    /// The audience of a recovery's verdict, with a fault added to `problems`.
    pub fn rp_ids(&self, problems: &mut Problems) -> Vec<RpId> {
        let names = self.rp_ids.as_deref().filter(|names| !names.is_empty());
        let ids = names.into_iter().flat_map(|names| names.split(',')).map(|name| name.trim().to_owned());
        ids.map(RpId::try_from).collect::<Result<_, _>>().unwrap_or_else(|_| {
            problems.add("COUNTERSIGN_RP_IDS", "must be host names without ports, separated by commas");
            Vec::new()
        })
    }
}

fn is_safe(base: &str, simulator: Option<&str>) -> bool {
    let Ok(url) = reqwest::Url::parse(base) else { return false };
    let Some(host) = url.host_str() else { return false };
    match url.scheme() {
        "https" => true,
        "http" => matches!(host, "localhost" | "127.0.0.1" | "[::1]") || simulator == Some(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
