//! Everything that runs in the demo, built in order and ended in reverse.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use annex_config::{CrmProfile, Sources};
use anyhow::Context;

use super::{
    crm::Crm,
    folder::Folder,
    guard::{Guarded, Launch, is_ours},
    machine, ports,
    postgres::Server,
};

/// The CRM profile of the demo.
const PROFILE: &str = "nexus";

/// The environment of this process, read where it may be read.
pub fn inherited() -> &'static [(String, String)] {
    static ENVIRONMENT: OnceLock<Vec<(String, String)>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Sources::from_process(None).env)
}

/// What a command of the binary said.
#[derive(Debug)]
pub struct Said {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

/// The running demo. Fields are dropped from the first to the last: Annex before the CRM before its database.
pub struct Stage {
    annex: Option<Guarded>,
    pub crm: Crm,
    redis: Option<(Guarded, u16)>,
    pub postgres: Server,
    /// The statements that were run for the runtime role.
    pub grants: Vec<String>,
    /// The fingerprint of the database before the first migration.
    pub untouched: String,
    pub annex_url: String,
    pub admin_url: String,
    /// Where mail becomes files.
    pub mails: PathBuf,
    binary: PathBuf,
    environment: Vec<(String, String)>,
    folder: Folder,
}

impl Stage {
    /// Starts everything, migrates, and waits until it is ready.
    pub async fn set(crm_dir: &Path) -> anyhow::Result<Self> {
        let folder = Folder::make()?;
        let profile = profile()?;
        let postgres = Server::start(&folder).await?;
        let crm = Crm::start(crm_dir, &folder, postgres.url("crm")).await?;
        let grants = postgres.grant(&profile.database, "annex_app").await?;
        let redis = start_redis(&folder).await?;
        let (listen, admin) = (ports::free()?, ports::free()?);
        let mails = folder.inner("mails", None)?;
        let run_dir = folder.inner("run", None)?.display().to_string();
        let redis_url = redis.as_ref().map(|(_, port)| format!("redis://127.0.0.1:{port}")).unwrap_or_default();
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let environment = vec![
            ("ANNEX_LISTEN".to_owned(), format!("127.0.0.1:{listen}")),
            ("ANNEX_ADMIN_LISTEN".to_owned(), format!("127.0.0.1:{admin}")),
            ("ANNEX_UPSTREAM".to_owned(), crm.url.clone()),
            ("ANNEX_CRM_PROFILE".to_owned(), PROFILE.to_owned()),
            ("ANNEX_CRM_JWT_SECRET".to_owned(), crm.jwt_secret.clone()),
            ("ANNEX_DATABASE_URL".to_owned(), postgres.url("annex_app")),
            ("ANNEX_MIGRATE_DATABASE_URL".to_owned(), postgres.url("annex_owner")),
            ("ANNEX_REDIS_URL".to_owned(), redis_url),
            ("ANNEX_SECRET".to_owned(), secret),
            ("ANNEX_RUN_DIR".to_owned(), run_dir),
            ("ANNEX_PUBLIC_URL".to_owned(), format!("http://127.0.0.1:{listen}")),
            ("ANNEX_MAIL_TRANSPORT".to_owned(), "file".to_owned()),
            ("ANNEX_MAIL_FOLDER".to_owned(), mails.display().to_string()),
            ("ANNEX_MAIL_FROM".to_owned(), "The CRM <crm@demo.test>".to_owned()),
        ];
        let mut stage = Stage {
            annex: None,
            crm,
            redis,
            postgres,
            grants,
            untouched: String::new(),
            annex_url: format!("http://127.0.0.1:{listen}"),
            admin_url: format!("http://127.0.0.1:{admin}"),
            mails,
            binary: std::env::current_exe().context("cannot find the binary annex")?,
            environment,
            folder,
        };
        stage.untouched = stage.fingerprint().await?;
        stage.annex_succeeds(&["migrate", "up"]).await?;
        stage.serve().await?;
        Ok(stage)
    }

    /// Runs a command of this binary with the demo's configuration.
    pub async fn annex(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let mut command = tokio::process::Command::new(&self.binary);
        for (name, _) in inherited().iter().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(std::process::Stdio::null()).kill_on_drop(true).current_dir(self.folder.path());
        let output = command.output().await.context("cannot run the binary annex")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Ok(Said { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
    }

    /// The same; anything but exit code 0 is an error.
    pub async fn annex_succeeds(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let said = self.annex(arguments).await?;
        anyhow::ensure!(said.success, "`annex {}` failed: {}{}", arguments.join(" "), said.stdout, said.stderr);
        Ok(said.stdout)
    }

    /// Of everything outside schema `annex`.
    pub async fn fingerprint(&self) -> anyhow::Result<String> {
        self.annex_succeeds(&["migrate", "fingerprint"]).await
    }

    /// The demo's Redis, if the machine has one.
    pub async fn redis(&self) -> anyhow::Result<Option<redis::aio::MultiplexedConnection>> {
        let Some((_, port)) = &self.redis else { return Ok(None) };
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
        Ok(Some(client.get_multiplexed_async_connection().await?))
    }

    pub fn has_redis(&self) -> bool {
        self.redis.is_some()
    }

    /// An error that shows a log, if a part of the demo has ended.
    pub fn still_runs(&self) -> anyhow::Result<()> {
        self.postgres.still_runs()?;
        self.crm.still_runs()?;
        self.annex.as_ref().map_or(Ok(()), Guarded::still_runs)
    }

    async fn serve(&mut self) -> anyhow::Result<()> {
        let annex = Guarded::start(Launch {
            name: "annex serve",
            program: &self.binary,
            arguments: &["serve".to_owned()],
            environment: &self.environment,
            folder: self.folder.path(),
            log: self.folder.path().join("annex.log"),
            signal: "TERM",
            user: None,
        })?;
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            annex.still_runs()?;
            let answer = client.get(format!("{}/readyz", self.admin_url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "annex serve is not ready after 30 s\n{}",
                annex.tail()
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        self.annex = Some(annex);
        Ok(())
    }
}

fn profile() -> anyhow::Result<CrmProfile> {
    let profile = annex_config::shipped_profile(PROFILE).context("the profile `nexus` is not in this binary")?;
    profile.map_err(|mistakes| anyhow::anyhow!("{}", annex_config::Mistakes(mistakes)))
}

async fn start_redis(folder: &Folder) -> anyhow::Result<Option<(Guarded, u16)>> {
    let Some(program) = machine::program("redis-server") else { return Ok(None) };
    let port = ports::free()?;
    let home = folder.inner("redis", None)?;
    let port_text = port.to_string();
    let arguments = ["--port", &port_text, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    let guarded = Guarded::start(Launch {
        name: "Redis",
        program: &program,
        arguments: &arguments.map(str::to_owned),
        environment: &[],
        folder: &home,
        log: home.join("log"),
        signal: "TERM",
        user: None,
    })?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        guarded.still_runs()?;
        anyhow::ensure!(tokio::time::Instant::now() < deadline, "Redis does not answer\n{}", guarded.tail());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Some((guarded, port)))
}
