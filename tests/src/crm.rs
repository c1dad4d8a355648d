//! The reference CRM (`tests/crm`), a program of its own in front of a database of the harness.
//!
//! Promise: [`Crm::start`] returns when it listens; it is the same program as in the demo, started
//! from environment variables alone. It ends with its value and with the test process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::folder::Folder;
use crate::guard::{Guarded, Launch};
use crate::http::eventually_some;
use crate::http::json::Client;
use crate::ports::free_port;
use crate::postgres::Database;
use crate::tree;

/// The secret with which the CRM signs its tokens when a test names no other.
pub const JWT_SECRET: &str = "the-crm-signs-its-tokens-with-this-secret";

/// What a test may choose.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port; chosen free by default.
    pub port: Option<u16>,
    /// The secret of its tokens.
    pub jwt_secret: String,
    /// Further variables, such as `CRM_COMPRESS=1`; a later one replaces an earlier one.
    pub environment: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: None, jwt_secret: JWT_SECRET.to_owned(), environment: Vec::new() }
    }
}

impl Options {
    /// With one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }
}

/// One CRM that runs, or was killed and may be started again.
#[derive(Debug)]
pub struct Crm {
    /// Such as `http://127.0.0.1:20123`.
    pub url: String,
    /// Where it listens.
    pub port: u16,
    /// The secret of its tokens.
    pub jwt_secret: String,
    environment: Vec<(String, String)>,
    program: Option<Guarded>,
    folder: Folder,
}

impl Crm {
    /// Starts one on `database`, which must hold the CRM's tables.
    pub async fn start(database: &Database, options: Options) -> Self {
        let port = options.port.unwrap_or_else(free_port);
        let mut environment = basics(port, &database.crm_url, &options.jwt_secret);
        environment.push(("CRM_TEST_ROUTES".to_owned(), "1".to_owned()));
        environment.extend(options.environment);
        let url = format!("http://127.0.0.1:{port}");
        let folder = Folder::new("crm");
        let mut crm = Self { url, port, jwt_secret: options.jwt_secret, environment, program: None, folder };
        crm.restart().await;
        crm
    }

    /// Ends it at once, as a crash would.
    pub async fn kill(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill().await;
        }
    }

    /// Starts it again at the same address, after [`Crm::kill`] or its own death; else kills it first.
    pub async fn restart(&mut self) {
        self.kill().await;
        let program = launch(&self.folder, &self.environment);
        ready(&program).await;
        self.program = Some(program);
    }

    /// Changes how it answers from now on, such as `{"csp": "strict"}`.
    pub async fn switch(&self, switches: serde_json::Value) {
        Client::new(&self.url).put("/__test/switches", switches).await.expect(200);
    }

    /// Freezes it: connections stay open and nothing answers.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen one go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// All that it printed.
    pub fn log(&self) -> String {
        self.program.as_ref().map(Guarded::log).unwrap_or_default()
    }

    /// The folder that holds its log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.program.as_ref().map(Guarded::pid)
    }

    fn signal(&self, name: &str) {
        self.program.as_ref().expect("the CRM runs").signal(name);
    }
}

/// The statements that make the CRM's tables, from its own program.
pub(crate) async fn schema_sql() -> String {
    let mut command = Command::new("node");
    command.arg(server()).arg("schema").stdin(Stdio::null());
    output(command).await
}

/// Fills the tables at `url` with the demo rows, by the CRM's own program.
pub(crate) async fn seed(url: &str) {
    let mut command = Command::new("node");
    command.arg(server()).arg("seed").stdin(Stdio::null());
    command.envs([("CRM_DATABASE_URL", url), ("CRM_JWT_SECRET", JWT_SECRET), ("CRM_SEED", "demo")]);
    output(command).await;
}

/// What `command` prints.
async fn output(mut command: Command) -> String {
    let run = move || command.output().unwrap_or_else(|error| panic!("cannot run node: {error}"));
    let output = tokio::task::spawn_blocking(run).await.expect("node runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tests/crm/server.js failed (did scripts/setup run?): {complaint}");
    String::from_utf8(output.stdout).expect("the CRM prints UTF-8")
}

fn basics(port: u16, database_url: &str, jwt_secret: &str) -> Vec<(String, String)> {
    let listen = format!("127.0.0.1:{port}");
    let basics = [
        ("CRM_LISTEN", listen.as_str()),
        ("CRM_DATABASE_URL", database_url),
        ("CRM_JWT_SECRET", jwt_secret),
        ("CRM_SEED", "none"),
    ];
    basics.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn launch(folder: &Folder, environment: &[(String, String)]) -> Guarded {
    let program = PathBuf::from("node");
    let arguments = [server().display().to_string()];
    // One log per start: the line that says "ready" must be this start's own.
    let log = folder.join(&format!("{}.log", uuid::Uuid::new_v4().simple()));
    let (arguments, root) = (&arguments[..], tree::root());
    Guarded::start(Launch { name: "the CRM", program: &program, arguments, environment, folder: &root, log })
}

async fn ready(program: &Guarded) {
    eventually_some(Duration::from_secs(60), "the CRM is ready", || async {
        let log = program.log();
        assert!(program.is_running(), "the CRM ended before it was ready\n{}", program.tail());
        if log.contains("\"ready\":true") { Ok(()) } else { Err(log) }
    })
    .await;
}

fn server() -> PathBuf {
    tree::root().join("tests/crm/server.js")
}
