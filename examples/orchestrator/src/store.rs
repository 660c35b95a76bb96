//! What is kept, in `SQLite` or `PostgreSQL`. The SQL is the same for both.

mod audit;
mod credentials;
mod decisions;
mod elevations;
mod handoffs;
mod idempotency;
mod sessions;
mod users;
mod webhooks;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Executor as _, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::audit::{Actor, AuditEvent, Deed};
pub use self::credentials::{Credential, CredentialOwner};
pub use self::handoffs::NewHandoff;
pub use self::idempotency::{Binding, Exchange, KeptAnswer};
pub use self::sessions::NewSession;
pub use self::users::User;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Connections to the database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    /// `SQLite` has one writer; queueing here is quicker and fairer than its busy handler.
    writers: Option<Arc<Semaphore>>,
}

/// One transaction that writes. Dropped without [`Write::commit`], it changes nothing.
pub struct Write {
    transaction: Transaction<'static, Any>,
    _turn: Option<OwnedSemaphorePermit>,
}

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or cannot be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("migration: {0}")]
    Migration(#[from] MigrateError),
    /// A row holds what this program does not write.
    #[error("{0}")]
    Unreadable(#[from] crate::session::UnknownWord),
    /// An address that is not for this program.
    #[error("{0}")]
    Url(&'static str),
}

impl Store {
    /// Connects to `url` (`sqlite:file`, `postgres://…`) and brings the schema up to date.
    ///
    /// # Errors
    /// When the address is of another kind, nobody answers there, or a migration fails.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        if !sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Url("a database URL starts with sqlite: or postgres://"));
        }
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::Url("an in-memory database forgets sessions; name a file"));
        }
        let create = if url.contains('?') { "&mode=rwc" } else { "?mode=rwc" };
        let url = if sqlite && !url.contains("mode=") { format!("{url}{create}") } else { url.to_owned() };
        let options = AnyConnectOptions::from_str(&url)?.disable_statement_logging();
        let pool = AnyPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if sqlite {
                        // a completion that was answered must survive a power cut: it is what stops a replay
                        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        MIGRATIONS.run(&pool).await?;
        Ok(Self { pool, writers: sqlite.then(|| Arc::new(Semaphore::new(1))) })
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Write, StoreError> {
        let Some(writers) = &self.writers else {
            return Ok(Write { transaction: self.pool.begin().await?, _turn: None });
        };
        let turn = Arc::clone(writers).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        // a deferred transaction would fail, not wait, when it turns from reading to writing
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Write { transaction, _turn: Some(turn) })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.execute("SELECT 1").await?;
        Ok(())
    }

    /// Ends every connection; what is under way finishes first.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Write {
    /// Makes everything in this transaction last.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }

    /// Takes everything in this transaction back, before anybody else gets a turn.
    ///
    /// # Errors
    /// When the connection broke; the database takes it back by itself then.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }

    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}
