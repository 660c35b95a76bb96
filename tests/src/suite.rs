//! Tables of rows as tests: every row has a name, runs, and is reported by that name.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// A row that takes longer hangs, and has failed.
const ROW_LIMIT: Duration = Duration::from_mins(1);

/// The rows of one test program.
pub struct Suite {
    runtime: Arc<Runtime>,
    rows: Vec<Trial>,
}

impl Default for Suite {
    fn default() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a tokio runtime");
        Self { runtime: Arc::new(runtime), rows: Vec::new() }
    }
}

impl Suite {
    /// Adds a row. It fails by panicking, or by not ending within a minute.
    pub fn row<Run, Running>(&mut self, name: impl Into<String>, run: Run)
    where
        Run: FnOnce() -> Running + Send + 'static,
        Running: Future<Output = ()> + Send,
    {
        let runtime = Arc::clone(&self.runtime);
        self.rows.push(Trial::test(name, move || {
            runtime
                .block_on(async { tokio::time::timeout(ROW_LIMIT, run()).await })
                .map_err(|_| format!("hangs: not done after {ROW_LIMIT:?}").into())
        }));
    }

    /// Adds a row that needs what not every machine has. Where it is missing the row is counted as ignored, and has
    /// failed in CI, which installs it.
    pub fn row_where<Run, Running>(&mut self, there: bool, name: impl Into<String>, run: Run)
    where
        Run: FnOnce() -> Running + Send + 'static,
        Running: Future<Output = ()> + Send,
    {
        self.row(name, run);
        let may_skip = std::env::var("CI").as_deref() != Ok("true");
        if !there && may_skip {
            let ignored = self.rows.pop().map(|row| row.with_ignored_flag(true));
            self.rows.extend(ignored);
        }
    }

    /// Runs the rows that the command line selects, as `cargo test` does.
    ///
    /// A suite with no rows at all fails: a table that is empty by mistake must not look green.
    pub fn run(self) -> ExitCode {
        if self.rows.is_empty() {
            eprintln!("this suite has no rows");
            return ExitCode::FAILURE;
        }
        let conclusion = libtest_mimic::run(&Arguments::from_args(), self.rows);
        conclusion.exit_code()
    }
}

/// Something dear that several rows use one after the other; made when the first row needs it.
pub struct Shared<T> {
    make: Box<dyn Fn() -> Making<T> + Send + Sync>,
    made: OnceCell<Mutex<T>>,
}

type Making<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;

impl<T> Shared<T> {
    /// Remembers how to make it.
    pub fn new<Make, Running>(make: Make) -> Arc<Self>
    where
        Make: Fn() -> Running + Send + Sync + 'static,
        Running: Future<Output = T> + Send + 'static,
    {
        Arc::new(Self::unshared(make))
    }

    /// The same for something that is shared as part of something else.
    pub fn unshared<Make, Running>(make: Make) -> Self
    where
        Make: Fn() -> Running + Send + Sync + 'static,
        Running: Future<Output = T> + Send + 'static,
    {
        Self { make: Box::new(move || Box::pin(make())), made: OnceCell::new() }
    }

    /// Waits for its turn; makes it if nobody has yet.
    pub async fn turn(&self) -> MutexGuard<'_, T> {
        self.made.get_or_init(|| async { Mutex::new((self.make)().await) }).await.lock().await
    }
}
