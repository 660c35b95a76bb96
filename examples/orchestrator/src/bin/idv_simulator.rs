//! The IDV simulator.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use countersign_orchestrator::clock::SystemClock;
use countersign_orchestrator::secret::Secret;
use countersign_orchestrator::simulator::{Secrets, Settings, Simulator};
use countersign_orchestrator::{log, serve};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("countersign-idv-simulator: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: &Settings) -> Result<(), String> {
    log::start(settings.log_format, &settings.log)?;
    let required = |name| {
        secret(name)
            .ok_or_else(|| format!("{name} is not set; choose one and give the orchestrator the same"))
    };
    let secrets = Secrets {
        api_token: required("COUNTERSIGN_IDV_API_TOKEN")?,
        webhook_token: required("COUNTERSIGN_WEBHOOK_TOKEN")?,
        client_secret: secret("COUNTERSIGN_IDV_CLIENT_SECRET"),
    };
    let stop = serve::stop_signal()?;
    let (listener, address) = serve::bind(settings.listen).await?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let clock = Box::new(SystemClock);
    let simulator = Simulator::new(settings, &public_url, secrets, clock)?;
    println!("listening on http://{address}");
    serve::run(listener, Arc::new(simulator).router(), stop).await
}

fn secret(name: &str) -> Option<Secret<String>> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Secret::new)
}
