//! The product: the built binary `annex`, started from environment variables alone.
//!
//! Promise: [`Annex::start`] returns when it is ready (or listens, if the test asks for that only).
//! Its log is in a file, and the end of it is printed when the test fails. It ends with its value
//! and with the test process.

use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::binary;
use crate::crm::Crm;
use crate::folder::Folder;
use crate::guard::{Guarded, Launch};
use crate::http::{eventually_some, raw};
use crate::ports::free_port;
use crate::postgres::Database;
use crate::redis;
use crate::strategy::Strategy;
use crate::tree;

pub use crate::binary::{Output, annex, annex_into, path as program};

/// The secret of Annex's own keys when a test names no other.
pub const SECRET: &str = "the-secret-of-annex-itself-for-the-suites";
/// The token of the admin listener when a test names no other.
pub const ADMIN_TOKEN: &str = "the-token-of-the-admin-listener";
/// Where listeners are handed over; one that takes over is started with the value of the one before.
pub const UPGRADE_SOCKET: &str = "ANNEX_SERVER_UPGRADE_SOCKET";
/// Far above the time that a start takes on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// What [`Annex::start`] waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// `/readyz` answers 200, and the public listener accepts connections.
    Ready,
    /// The public listener accepts connections; for starts with a part missing.
    Listening,
    /// Nothing; for starts that are expected to fail.
    Nothing,
}

/// What a test may choose.
#[derive(Debug, Clone)]
pub struct Options {
    /// The environment; a later entry replaces an earlier one of the same name.
    pub environment: Vec<(String, String)>,
    /// When [`Annex::start`] returns.
    pub wait: Wait,
}

impl Options {
    /// In front of `crm`, on its database and, if there is one, on `redis`.
    pub fn new(crm: &Crm, database: &Database, redis: Option<&redis::Server>) -> Self {
        let environment = Vec::new();
        let redis_url = redis.map(|server| server.url.clone()).unwrap_or_default();
        let options = Self { environment, wait: Wait::Ready }
            .with("ANNEX_LISTEN", format!("127.0.0.1:{}", free_port()))
            .with("ANNEX_ADMIN_LISTEN", format!("127.0.0.1:{}", free_port()))
            .with("ANNEX_UPSTREAM", &crm.url)
            .with("ANNEX_CRM_JWT_SECRET", &crm.jwt_secret)
            .with("ANNEX_DATABASE_URL", &database.runtime_url)
            .with("ANNEX_MIGRATE_DATABASE_URL", &database.owner_url)
            .with("ANNEX_REDIS_URL", redis_url)
            .with("ANNEX_SECRET", SECRET)
            .with("ANNEX_ADMIN_TOKEN", ADMIN_TOKEN)
            // No balancer has to notice that one stops.
            .with("ANNEX_SHUTDOWN_GRACE_MS", "0");
        Strategy::of_this_run().configure(options)
    }

    /// With one variable set, or replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.retain(|(existing, _)| existing != name);
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Without one variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(existing, _)| existing != name);
        self
    }

    /// Waiting longer for PostgreSQL and Redis than it does in production: on a busy machine a lock, a big statement or a late
    /// answer is no outage.
    #[must_use]
    pub fn patient(self) -> Self {
        self.with("ANNEX_DATABASE_STATEMENT_TIMEOUT_MS", "20000")
            .with("ANNEX_DATABASE_CONNECT_TIMEOUT_MS", "10000")
            .with("ANNEX_REDIS_TIMEOUT_MS", "1000")
    }

    /// With the flag of the environment on for everybody.
    #[must_use]
    pub fn enabled(self) -> Self {
        self.with("MULTI_WORKSPACE_ENABLED", "true")
    }

    /// Returning from [`Annex::start`] at another moment.
    #[must_use]
    pub fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// The value of one variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut entries = self.environment.iter();
        entries.find_map(|(existing, value)| (existing == name).then_some(value.as_str()))
    }
}

/// One `annex serve`.
#[derive(Debug)]
pub struct Annex {
    /// The public listener, such as `http://127.0.0.1:20789`.
    pub url: String,
    /// The admin listener.
    pub admin_url: String,
    /// The port of the public listener.
    pub port: u16,
    /// The environment that it was started with.
    pub environment: Vec<(String, String)>,
    program: Guarded,
    folder: Folder,
}

impl Annex {
    /// Applies the migrations and starts it.
    pub async fn start_migrated(options: Options) -> Self {
        migrate(&options).await;
        Self::start(options).await
    }

    /// Starts it and waits as the options say.
    ///
    /// # Panics
    /// If it ends, or is not ready in a minute.
    pub async fn start(mut options: Options) -> Self {
        let address = |name: &str| options.get(name).unwrap_or_else(|| panic!("{name} is not set")).to_owned();
        let (listen, admin) = (address("ANNEX_LISTEN"), address("ANNEX_ADMIN_LISTEN"));
        let port = port_of(&listen);
        let folder = Folder::new("sidecar");
        if options.get(UPGRADE_SOCKET).is_none() {
            options = options.with(UPGRADE_SOCKET, folder.join("upgrade.sock").display().to_string());
        }
        let program = launch(&options, &folder, &["serve"]);
        let (url, admin_url) = (format!("http://{listen}"), format!("http://{admin}"));
        let annex = Self { url, admin_url, port, environment: options.environment, program, folder };
        match options.wait {
            Wait::Ready => annex.ready().await,
            Wait::Listening => annex.listening().await,
            Wait::Nothing => {}
        }
        annex
    }

    /// Starts another process with the same environment that waits to be handed the listeners; tell this one to
    /// [`Annex::hand_over`] then.
    pub fn successor(&self) -> Self {
        let options = Options { environment: self.environment.clone(), wait: Wait::Nothing };
        let folder = Folder::new("successor");
        let program = launch(&options, &folder, &["serve", "--upgrade"]);
        let (url, admin_url, environment) = (self.url.clone(), self.admin_url.clone(), options.environment);
        Self { url, admin_url, port: self.port, environment, program, folder }
    }

    /// Waits until `/readyz` answers 200.
    pub async fn ready(&self) {
        let port = port_of(self.admin_url.trim_start_matches("http://"));
        eventually_some(START_DEADLINE, "annex is ready", || async {
            self.assert_running();
            let request = format!("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
            match raw::try_exchange(port, request.as_bytes()).await {
                Ok(response) if response.status == 200 => Ok(()),
                Ok(response) => Err(response.text()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// Waits until the public listener accepts a connection.
    pub async fn listening(&self) {
        eventually_some(START_DEADLINE, "annex listens", || async {
            self.assert_running();
            TcpStream::connect(("127.0.0.1", self.port)).await
        })
        .await;
    }

    /// Asks it to end (`SIGTERM`), waits, and tells its exit status.
    pub async fn stop(self) -> i32 {
        self.program.signal("TERM");
        self.program.ended(START_DEADLINE).await
    }

    /// Ends it by `SIGKILL`.
    pub async fn kill(self) {
        self.program.kill().await;
    }

    /// Tells it to hand its listeners over (`SIGQUIT`) to one that was started to take them.
    pub fn hand_over(&self) {
        self.program.signal("QUIT");
    }

    /// The running program: its id, its signals, its log, its end.
    pub fn program(&self) -> &Guarded {
        &self.program
    }

    /// All that it logged.
    pub fn log(&self) -> String {
        self.program.log()
    }

    /// A folder of its own that goes with it.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    fn assert_running(&self) {
        assert!(self.program.is_running(), "annex ended before it was ready\n{}", self.program.tail());
    }
}

/// Applies the migrations with the role and the database of `options`.
pub async fn migrate(options: &Options) {
    let output = annex(&["migrate", "up"], &options.environment).await;
    assert!(output.status == 0, "`annex migrate up` failed:\n{}{}", output.stdout, output.stderr);
}

fn launch(options: &Options, folder: &Folder, arguments: &[&str]) -> Guarded {
    let program: PathBuf = binary::path();
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let log = folder.join("annex.log");
    let (environment, root) = (&options.environment[..], tree::root());
    let (program, arguments) = (program.as_path(), &arguments[..]);
    Guarded::start(Launch { name: "annex", program, arguments, environment, folder: &root, log })
}

fn port_of(address: &str) -> u16 {
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok());
    port.unwrap_or_else(|| panic!("`{address}` has no port"))
}
