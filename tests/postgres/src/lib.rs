//! A `PostgreSQL` to test against: the one that `COUNTERSIGN_TEST_POSTGRES` names, or a private cluster from
//! Debian's binaries that lives in a temporary directory, listens on a socket in it and ends with the tests.
//!
//! It belongs to tests, so what goes wrong panics.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

/// What names a server that is there already.
const URL: &str = "COUNTERSIGN_TEST_POSTGRES";
/// How many databases this program has made: several [`Postgres`] may be the same server.
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A server that answers, gone when dropped if it is ours.
pub struct Postgres {
    url: String,
    _cluster: Option<Cluster>,
}

struct Cluster {
    server: Child,
    _directory: TempDir,
}

impl Postgres {
    /// Whether there is one to find. Where there is none, the tests on it are counted as skipped.
    pub fn is_there() -> bool {
        std::env::var_os(URL).is_some() || newest_binaries().is_some()
    }

    /// Starts one, if none is named; none where there is none.
    pub fn find() -> Option<Self> {
        let (url, cluster) = if let Ok(url) = std::env::var(URL) {
            (url, None)
        } else {
            let (url, cluster) = Cluster::start()?;
            (url, Some(cluster))
        };
        Some(Self { url, _cluster: cluster })
    }

    /// A database of its own for one test.
    pub async fn fresh(&self) -> String {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("countersign_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect(&self.url).await.expect("PostgreSQL answers");
        let create = format!("CREATE DATABASE {name}");
        connection.execute(sqlx::AssertSqlSafe(create)).await.expect("a fresh database");
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let (server, _) = address.rsplit_once('/').expect("the URL names a database");
        format!("{server}/{name}?{query}")
    }
}

impl Cluster {
    fn start() -> Option<(String, Self)> {
        let bin = newest_binaries()?;
        let directory = TempDir::new().expect("a temporary directory");
        let data = directory.path().join("data");
        let sockets = directory.path();
        // PostgreSQL refuses to run as root
        let user = Account::unless_ours();
        if let Some(user) = &user {
            chown(sockets, Some(user.uid), Some(user.gid)).expect("the directory changes hands");
        }
        let run = |program: &str| {
            let mut command = Command::new(bin.join(program));
            command.current_dir(sockets).stdin(Stdio::null()).env("LC_ALL", "C");
            if let Some(user) = &user {
                command.uid(user.uid).gid(user.gid);
            }
            command
        };
        let made = run("initdb")
            .args(["--auth=trust", "--username=postgres", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", told(&made));
        let mut server = run("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(sockets)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=500"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres starts");
        assert!(wait_until_ready(&run, sockets, &mut server), "postgres does not get ready");
        let url = format!("postgres://postgres@localhost/postgres?host={}", sockets.display());
        Some((url, Self { server, _directory: directory }))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT: end now, without waiting for clients
        let pid = self.server.id().to_string();
        let told = Command::new("kill").args(["-INT", &pid]).status();
        if told.is_ok_and(|status| status.success()) {
            let _ = self.server.wait();
        }
    }
}

/// Who runs the cluster when the tests run as root.
struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    fn unless_ours() -> Option<Self> {
        if id("-u", None) != Some(0) {
            return None;
        }
        let name = ["postgres", "nobody"].into_iter().find(|name| id("-u", Some(name)).is_some())?;
        Some(Self { uid: id("-u", Some(name))?, gid: id("-g", Some(name))? })
    }
}

fn id(what: &str, user: Option<&str>) -> Option<u32> {
    let output = Command::new("id").arg(what).args(user).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn newest_binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            let bin = path.join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

fn wait_until_ready(run: &impl Fn(&str) -> Command, sockets: &Path, server: &mut Child) -> bool {
    for _ in 0..300 {
        if run("pg_isready").arg("-h").arg(sockets).output().is_ok_and(|output| output.status.success()) {
            return true;
        }
        if server.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    false
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
