//! The contract over real HTTP, every row on `SQLite` and on `PostgreSQL`.

/// Lists test functions with their names.
macro_rules! rows {
    ($($name:ident),* $(,)?) => {
        pub(crate) const ROWS: &[crate::Row] = &[$((stringify!($name), |world| Box::pin($name(world)))),*];
    };
}

#[path = "support/mod.rs"]
mod support;

#[path = "api/asked.rs"]
mod asked;
#[path = "api/audit.rs"]
mod audit;
#[path = "api/complete.rs"]
mod complete;
#[path = "api/cross_platform.rs"]
mod cross_platform;
#[path = "api/elevations.rs"]
mod elevations;
#[path = "api/expiry.rs"]
mod expiry;
#[path = "api/faults.rs"]
mod faults;
#[path = "api/flows.rs"]
mod flows;
#[path = "api/handoffs.rs"]
mod handoffs;
#[path = "api/idempotency.rs"]
mod idempotency;
#[path = "api/keeping.rs"]
mod keeping;
#[path = "api/races.rs"]
mod races;
#[path = "api/recoveries.rs"]
mod recoveries;
#[path = "api/refusals.rs"]
mod refusals;
#[path = "api/webhooks.rs"]
mod webhooks;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use countersign_test_postgres::Postgres;
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use support::world::World;

/// A row that takes longer hangs.
const ROW_LIMIT: Duration = Duration::from_mins(1);

type Row = (&'static str, fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    // a list of the rows needs no server
    let postgres = if arguments.list { None } else { Postgres::find().map(Arc::new) };
    // where it was to be installed, a row that cannot run has failed
    let may_skip = std::env::var("CI").as_deref() != Ok("true");
    if postgres.is_none() && !arguments.list {
        eprintln!("no PostgreSQL: neither COUNTERSIGN_TEST_POSTGRES nor Debian's postgresql");
    }
    let tables = [
        ("asked", asked::ROWS),
        ("audit", audit::ROWS),
        ("complete", complete::ROWS),
        ("cross_platform", cross_platform::ROWS),
        ("elevations", elevations::ROWS),
        ("expiry", expiry::ROWS),
        ("faults", faults::ROWS),
        ("flows", flows::ROWS),
        ("handoffs", handoffs::ROWS),
        ("idempotency", idempotency::ROWS),
        ("keeping", keeping::ROWS),
        ("races", races::ROWS),
        ("recoveries", recoveries::ROWS),
        ("refusals", refusals::ROWS),
        ("webhooks", webhooks::ROWS),
    ];
    let mut trials = Vec::new();
    for (table, rows) in tables {
        for (name, row) in rows {
            let on_sqlite = Arc::clone(&runtime);
            trials.push(Trial::test(format!("sqlite::{table}::{name}"), move || {
                let directory = TempDir::new()?;
                let url = format!("sqlite:{}", directory.path().join("test.sqlite3").display());
                on_sqlite.block_on(run(*row, url))
            }));
            let (on_postgres, server) = (Arc::clone(&runtime), postgres.clone());
            let trial = Trial::test(format!("postgres::{table}::{name}"), move || {
                let server = server.ok_or("there is no PostgreSQL")?;
                on_postgres.block_on(async move {
                    let url = server.fresh().await;
                    run(*row, url).await
                })
            });
            trials.push(trial.with_ignored_flag(postgres.is_none() && may_skip));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(postgres);
    conclusion.exit_code()
}

async fn run(
    row: fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>,
    url: String,
) -> Result<(), libtest_mimic::Failed> {
    let world = async move { row(World::start(&url).await).await };
    tokio::time::timeout(ROW_LIMIT, world).await.map_err(|_| "hangs: not done after a minute".into())
}
