//! A private PostgreSQL cluster: from the machine's programs, on a port of its own, gone with us.
//!
//! Promise: [`Cluster::shared`] is one cluster per test process; [`Cluster::own`] is another one for
//! a test that stops, restarts or freezes its server. Passwords are needed, as in production.
//! Deliberately absent: any use of a server that the machine already runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::folder::{make_for, unprivileged_user};
use crate::janitor::Janitor;
use crate::ports::free_port;
use crate::supervisor::Supervisor;
use crate::template::Templates;

pub use crate::database::Database;

/// The oldest PostgreSQL that Annex supports: it needs unique indexes in which NULLs are equal.
const OLDEST: u32 = 15;
const SCRIPT: &str = include_str!("postgres.sh");

/// The login roles of every cluster beside the superuser `postgres`.
pub(crate) const ROLES: [&str; 3] = ["crm", "annex_owner", "annex_app"];

/// One running PostgreSQL server with its data.
#[derive(Debug)]
pub struct Cluster {
    supervisor: Supervisor,
    leader: Mutex<u32>,
    folder: PathBuf,
    port: u16,
    password: String,
    pub(crate) templates: Templates,
    pub(crate) janitor: Janitor,
}

impl Cluster {
    /// The cluster that all tests of this process share. Started at the first call; blocks for about
    /// a second then.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::launch("pg"))
    }

    /// A cluster of the caller's own, to be stopped and frozen at will; removed when dropped.
    pub async fn own(label: &str) -> Self {
        let label = format!("pg-{label}");
        tokio::task::spawn_blocking(move || Self::launch(&label)).await.expect("the cluster starts")
    }

    /// A new empty database.
    pub async fn database(&self, label: &str) -> Database {
        Database::create(self, label, "template0").await
    }

    /// A new database that holds the CRM's tables without rows.
    pub async fn crm_database(&self, label: &str) -> Database {
        let template = self.templates.schema(self).await;
        Database::create(self, label, template).await
    }

    /// A new database that holds the CRM's tables and its demo rows.
    pub async fn seeded_database(&self, label: &str) -> Database {
        let template = self.templates.seeded(self).await;
        Database::create(self, label, template).await
    }

    /// As [`Cluster::crm_database`], after `annex migrate up`.
    pub async fn migrated_database(&self, label: &str) -> Database {
        let template = self.templates.migrated(self).await;
        Database::create(self, label, template).await
    }

    /// As [`Cluster::seeded_database`], after `annex migrate up`.
    pub async fn migrated_seeded_database(&self, label: &str) -> Database {
        let template = self.templates.migrated_seeded(self).await;
        Database::create(self, label, template).await
    }

    /// Stops the server at once, as a crash would: no client is told, nothing is flushed.
    pub async fn stop(&self) {
        self.supervisor.ask_async("stop").await;
    }

    /// Starts the server again, at the same port, with the data that it had.
    pub async fn start(&self) {
        let leader = self.supervisor.ask_async("start").await;
        *self.leader.lock().unwrap_or_else(PoisonError::into_inner) =
            leader.parse().expect("start tells the server's pid");
    }

    /// Freezes every process of the server: connections stay open and nothing answers.
    pub fn pause(&self) {
        signal_family("STOP", self.leader());
    }

    /// Lets a frozen server go on.
    pub fn resume(&self) {
        signal_family("CONT", self.leader());
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that holds its data, socket and log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The process id of the server's first process.
    pub fn leader(&self) -> u32 {
        *self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The URL of `database` for `role`.
    pub fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    fn launch(label: &str) -> Self {
        let programs = programs();
        let user = unprivileged_user();
        let folder = make_for(label, user);
        let port = free_port();
        let password = Uuid::new_v4().simple().to_string();
        let arguments = [text(&folder), text(&programs), &port.to_string()];
        let supervisor = Supervisor::start("PostgreSQL", SCRIPT, &arguments, user);
        supervisor.ask(&format!("init {password}"));
        let leader = supervisor.ask("start").parse().expect("start tells the server's pid");
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        let janitor = Janitor::start(url, roles_sql(&password));
        Self {
            supervisor,
            leader: Mutex::new(leader),
            folder,
            port,
            password,
            templates: Templates::default(),
            janitor,
        }
    }
}

/// A client of `url` whose connection a task of the current runtime drives.
pub async fn connect(url: &str) -> tokio_postgres::Client {
    let attempt = tokio::time::timeout(Duration::from_secs(60), tokio_postgres::connect(url, NoTls)).await;
    let connected = attempt.unwrap_or_else(|_| panic!("no answer in 20 s from {url}"));
    let (client, connection) = connected.unwrap_or_else(|error| panic!("cannot connect to {url}: {error:?}"));
    tokio::spawn(async move {
        // It ends with an error when a test stops the server; the client's own calls tell of that.
        let _ = connection.await;
    });
    client
}

/// The folder of the newest PostgreSQL server programs of this machine.
pub fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut candidates: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    candidates.extend(std::env::split_paths(&path_variable()));
    let versioned = candidates.into_iter().filter_map(|folder| Some((server_version(&folder)?, folder)));
    let newest = versioned.filter(|(version, _)| *version >= OLDEST).max_by_key(|(version, _)| *version);
    let (_, folder) =
        newest.unwrap_or_else(|| panic!("no PostgreSQL server ≥ {OLDEST} on this machine: run scripts/setup"));
    folder
}

/// The major version of the server in `folder`, if both of the programs that we need are there.
fn server_version(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").exists() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    line.split(' ').nth(2)?.split(['.', 'b', 'r']).next()?.trim().parse().ok()
}

/// Signals `leader` and all its children; the leader first, so that no child appears afterwards.
fn signal_family(signal: &str, leader: u32) {
    crate::signal::send(signal, &[leader]);
    let children = crate::signal::children(leader);
    crate::signal::send(signal, &children);
}

fn roles_sql(password: &str) -> String {
    let create = |role: &str| format!("CREATE ROLE {role} LOGIN PASSWORD '{password}';");
    ROLES.map(create).join("\n")
}

#[expect(clippy::disallowed_methods, reason = "PATH belongs to the machine, not to the product's configuration")]
fn path_variable() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the temporary folder's path is UTF-8")
}
