//! Log lines on standard error; standard output is for the address and for what subcommands print.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// Starts logging; `filter` is in the form of `tracing-subscriber` (`info`, `countersign_orchestrator=debug`).
///
/// # Errors
/// When the filter cannot be read.
pub fn start(format: Format, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log: {error}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        Format::Json => lines.json().init(),
        Format::Text => lines.with_ansi(false).init(),
    }
    Ok(())
}
