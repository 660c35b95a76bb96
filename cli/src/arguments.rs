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
    /// Say what the filter would do with a request: rule, decision, calls, answer; nobody is asked
    Explain(Explain),
    /// List routes that may mint a session or a credential and that the configuration does not name
    Inventory(Inventory),
    /// Print the JSON Schema (2020-12) of a configuration, for editors
    Schema,
    /// Print a built-in profile, or without a name say which there are
    Profile {
        /// As `orchestrator.profile` or `ceremonies` has it
        name: Option<String>,
    },
    /// Make a key, as a line for Envoy's environment and what to write into the configuration
    #[command(subcommand)]
    Keys(Keys),
    /// Say what evidence is about: a countersign-evidence header, a __Host-cs- cookie or what a QR code holds
    Evidence(Evidence),
    /// Print what a shell completes arguments with
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command into a directory
    Man {
        /// Where to
        #[arg(long)]
        directory: Option<std::path::PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// A key that seals evidence
    Seal(Key),
    /// A key that signs the countersign-assertion to relying parties, and its public half as a JWK
    Signing(Key),
}

#[derive(Debug, Args)]
pub(crate) struct Key {
    /// Its id, never used before; one of its own unless told
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The environment variable that is to hold it
    #[arg(long, value_name = "NAME")]
    pub(crate) variable: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Evidence {
    /// The token, `cs1.…`; `-` reads it from standard input
    pub(crate) token: String,
    /// The environment variable that holds the key it was sealed with; several may be named
    #[arg(long = "key", value_name = "NAME")]
    pub(crate) keys: Vec<String>,
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

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The configuration, as for `check`; `-` is standard input
    pub(crate) file: String,
    /// Method and path, or with more than one relying party method and URL
    #[arg(long, value_name = "METHOD PATH")]
    pub(crate) request: String,
    /// A header of the request
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// The request's body; JSON unless a content-type says otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<String>,
    /// Who the relying party would say is signed in; nobody unless told
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) environment: Environment,
}

#[derive(Debug, Args)]
pub(crate) struct Inventory {
    /// The configuration, as for `check`
    pub(crate) file: String,
    /// The relying party's routes: an OpenAPI 3 document, JSON or YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) openapi: String,
    /// Whose routes these are, where there are several
    #[arg(long, value_name = "NAME")]
    pub(crate) relying_party: Option<String>,
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
