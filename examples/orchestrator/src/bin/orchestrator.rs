//! The reference orchestrator.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use countersign_orchestrator::api;
use countersign_orchestrator::clock::SystemClock;
use countersign_orchestrator::idv::{Idv, SignatureKeys};
use countersign_orchestrator::service::Service;
use countersign_orchestrator::settings::{Command, CommandLine, Problems, Secrets, Settings};
use countersign_orchestrator::store::Store;
use countersign_orchestrator::verdict::VerdictSigner;
use countersign_orchestrator::{log, serve};

const TIDY_EVERY: Duration = Duration::from_mins(1);

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let done = match line.command {
        Some(Command::Audit { database_url }) => print_decisions(&database_url).await,
        Some(Command::Jwk) => print_jwk(),
        None => run(line.settings).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("countersign-orchestrator: {why}");
            ExitCode::FAILURE
        }
    }
}

fn print_jwk() -> Result<(), String> {
    let text = environment("COUNTERSIGN_VERDICT_KEY")
        .ok_or("COUNTERSIGN_VERDICT_KEY is not set; make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`")?;
    let signer = VerdictSigner::parse(&text).map_err(|error| format!("COUNTERSIGN_VERDICT_KEY {error}"))?;
    println!("{}", signer.public_jwk());
    Ok(())
}

async fn print_decisions(database_url: &str) -> Result<(), String> {
    const AT_ONCE: i64 = 1000;
    let store =
        Store::open(database_url).await.map_err(|error| format!("cannot open the database: {error}"))?;
    let mut after = (String::new(), 0);
    loop {
        let some = store.decisions((&after.0, after.1), AT_ONCE).await.map_err(|error| error.to_string())?;
        let Some(last) = some.last() else { return Ok(()) };
        let text =
            |name: &str| last.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        after =
            (text("source"), last.get("sequence").and_then(serde_json::Value::as_i64).unwrap_or(i64::MAX));
        for decision in some {
            println!("{}", serde_json::Value::Object(decision));
        }
    }
}

async fn run(settings: Settings) -> Result<(), String> {
    log::start(settings.log_format, &settings.log)?;
    let mut problems = Problems::default();
    let terms = settings.terms(&mut problems);
    let rp_ids = settings.rp_ids(&mut problems);
    let secrets = Secrets::read(environment, &mut problems);
    problems.into_result().map_err(|problems| problems.to_string())?;
    let sealer = secrets.sealer.ok_or("COUNTERSIGN_REFERENCE_KEY cannot be used")?;

    let idv = Idv::new(&settings.idv_base(), &secrets.idv_token, Duration::from_secs(settings.idv_timeout))?;
    let store = Store::open(&settings.database_url)
        .await
        .map_err(|error| format!("cannot open the database: {error}; see --database-url"))?;
    let service = Arc::new(Service {
        store: store.clone(),
        idv,
        webhook_keys: SignatureKeys::new(secrets.webhook_tokens),
        sealer,
        signer: secrets.signer.map(|signer| signer.for_recoveries_at(rp_ids)),
        clock: Box::new(SystemClock),
        terms,
    });
    let resealed = service.reseal().await.map_err(|error| error.to_string())?;
    if resealed > 0 {
        tracing::info!(resealed, "biometric references moved to the current key");
    }
    let stop = serve::stop_signal()?;
    let (listener, address) = serve::bind(settings.listen).await?;
    let housekeeper = tokio::spawn(keep_house(Arc::clone(&service)));
    println!("listening on http://{address}");
    tracing::info!(%address, "listening");
    let served = serve::run(listener, api::router(service, &secrets.bearer), stop).await;
    housekeeper.abort();
    store.close().await;
    tracing::info!("stopped");
    served
}

async fn keep_house(service: Arc<Service>) {
    let mut rounds = tokio::time::interval(TIDY_EVERY);
    loop {
        rounds.tick().await;
        if let Err(error) = service.tidy().await {
            tracing::error!(%error, "housekeeping failed");
        }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
