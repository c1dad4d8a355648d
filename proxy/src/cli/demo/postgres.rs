//! The demo's private PostgreSQL, with the roles that production has.
//!
//! | Role | Who it is | May |
//! |---|---|---|
//! | `crm` | the CRM | owns the database's schema `public` |
//! | `annex_owner` | `annex migrate` | make schema `annex` |
//! | `annex_app` | `annex serve` | what the CRM profile asks for, nothing more |

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use annex_config::{CrmDatabase, Secret};
use anyhow::Context;
use tokio_postgres::Client;

use super::{
    folder::Folder,
    guard::{Guarded, Launch},
    machine, ports,
};
use crate::cli::database;

/// A server on a port of its own.
pub struct Server {
    program: Guarded,
    port: u16,
    password: String,
}

impl Server {
    /// Starts one and makes the database `crm` with its roles.
    pub async fn start(folder: &Folder) -> anyhow::Result<Self> {
        let user = machine::unprivileged()?;
        let programs = machine::postgres(user)?;
        let home = folder.inner("postgres", user)?;
        let (port, password) = (ports::free()?, uuid::Uuid::new_v4().simple().to_string());
        initialise(&programs, &home, &password, user)?;
        let settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=100",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "shared_buffers=32MB",
        ];
        let mut arguments =
            vec!["-D".to_owned(), home.join("data").display().to_string(), "-p".to_owned(), port.to_string()];
        arguments.extend(settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
        let program = Guarded::start(Launch {
            name: "PostgreSQL",
            program: &programs.join("postgres"),
            arguments: &arguments,
            environment: &[("LC_ALL".to_owned(), "C".to_owned())],
            folder: &home,
            log: home.join("log"),
            // Ends sessions and stops: its "fast shutdown".
            signal: "INT",
            user,
        })?;
        let server = Server { program, port, password };
        let client = server.first_answer().await?;
        server.make_roles(&client).await?;
        Ok(server)
    }

    /// The URL of the database for `role`.
    pub fn url(&self, role: &str) -> String {
        self.url_of(role, "crm")
    }

    pub fn still_runs(&self) -> anyhow::Result<()> {
        self.program.still_runs()
    }

    /// A client for `role`.
    pub async fn connect(&self, role: &str) -> anyhow::Result<Client> {
        database::connect(&Secret::new(self.url(role)), role).await
    }

    /// The grants that an operator gives before Annex starts, and no other.
    pub async fn grant(&self, database: &CrmDatabase, role: &str) -> anyhow::Result<Vec<String>> {
        let statements = grants(database, role);
        let client = self.connect("crm").await?;
        for statement in &statements {
            client.batch_execute(statement).await.with_context(|| statement.clone())?;
        }
        Ok(statements)
    }

    fn url_of(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    async fn first_answer(&self) -> anyhow::Result<Client> {
        let url = Secret::new(self.url_of("postgres", "postgres"));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            match database::connect(&url, "the demo").await {
                Ok(client) => return Ok(client),
                Err(error) if tokio::time::Instant::now() > deadline => return Err(error),
                Err(_) => self.program.still_runs()?,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn make_roles(&self, client: &Client) -> anyhow::Result<()> {
        for role in ["crm", "annex_owner", "annex_app"] {
            client.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD '{}'", self.password)).await?;
        }
        client.batch_execute("CREATE DATABASE crm OWNER crm").await?;
        client.batch_execute("GRANT CREATE ON DATABASE crm TO annex_owner").await?;
        let inside = database::connect(&Secret::new(self.url("postgres")), "the demo").await?;
        inside.batch_execute("ALTER SCHEMA public OWNER TO crm").await?;
        Ok(())
    }
}

/// What the runtime role needs of the CRM's tables, as statements for the CRM's owner.
pub fn grants(database: &CrmDatabase, role: &str) -> Vec<String> {
    let schema = &database.schema;
    let (u, t) = (&database.users, &database.tenants);
    let columns =
        [&u.id, &u.tenant, &u.email, &u.kind, &u.admin, &u.active, &u.first_name, &u.last_name, &u.profile_image];
    let columns = columns.map(String::as_str).join(", ");
    let tables = |names: &[String]| names.iter().map(|name| format!("{schema}.{name}")).collect::<Vec<_>>().join(", ");
    let mut statements = vec![
        format!("GRANT USAGE ON SCHEMA {schema} TO {role};"),
        format!("GRANT SELECT ({columns}) ON {schema}.{} TO {role};", u.table),
        format!("GRANT SELECT ({}, {}) ON {schema}.{} TO {role};", t.id, t.name, t.table),
    ];
    for (privilege, names) in [("SELECT", &database.grants.select), ("INSERT", &database.grants.insert)] {
        if !names.is_empty() {
            statements.push(format!("GRANT {privilege} ON {} TO {role};", tables(names)));
        }
    }
    if let Some(branding) = &database.branding {
        let columns = branding.columns.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        statements.push(format!("GRANT UPDATE ({columns}) ON {schema}.{} TO {role};", branding.table));
    }
    for (table, columns) in &database.grants.update_columns {
        statements.push(format!("GRANT UPDATE ({}) ON {schema}.{table} TO {role};", columns.join(", ")));
    }
    statements
}

fn initialise(programs: &Path, home: &Path, password: &str, user: Option<machine::User>) -> anyhow::Result<()> {
    let file = home.join("password");
    fs::write(&file, password)?;
    if let Some(user) = user {
        std::os::unix::fs::chown(&file, Some(user.uid), Some(user.gid))?;
    }
    let mut command = Command::new(programs.join("initdb"));
    command.arg("-D").arg(home.join("data")).arg(format!("--pwfile={}", file.display()));
    command.args([
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    ]);
    command.current_dir(home).env("LC_ALL", "C").stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    let output = command.output().context("cannot run initdb")?;
    anyhow::ensure!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    fs::remove_file(&file)?;
    Ok(())
}
