//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Checks a configuration of Countersign, explains what it decides, and makes what it needs.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Said wherever help is asked for.
const EXIT_CODES: &str =
    "Exit codes: 0 nothing to complain about, 1 something found, 2 wrong usage, 3 a file that cannot be read";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say all that is wrong with a configuration, where, and what to write instead
    Check(Check),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// JSON, YAML, or a file of Envoy's, Istio's or Envoy Gateway's that holds the configuration; `-` is standard input
    pub(crate) file: String,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Who is to load it
    #[arg(long = "for", value_enum, default_value_t = Host::Gateway, value_name = "HOST")]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) environment: Environment,
}

/// What the configuration takes from the environment.
#[derive(Debug, Args)]
pub(crate) struct Environment {
    /// Set a variable that the configuration names, over what the environment has
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// Take every variable that is not set for one that is set rightly, as where secrets are out of reach
    #[arg(long)]
    pub(crate) assume_env: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people and editors
    Text,
    /// One JSON object
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Host {
    /// Envoy
    Gateway,
    /// Keycloak
    IdentityProvider,
}
