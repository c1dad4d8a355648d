//! The reference CRM of the demo: a program of its own that knows nothing of workspaces.

use std::{path::Path, time::Duration};

use anyhow::Context;

use super::{
    folder::Folder,
    guard::{Guarded, Launch},
    machine, ports,
};

/// The CRM that runs.
pub struct Crm {
    program: Guarded,
    pub url: String,
    /// The secret with which it signs its tokens.
    pub jwt_secret: String,
}

impl Crm {
    /// Makes its tables, fills them with two agencies and a SaaS admin, and starts it.
    pub async fn start(crm_dir: &Path, folder: &Folder, database_url: String) -> anyhow::Result<Self> {
        let node = machine::program("node")
            .context("there is no `node` on this machine; the reference CRM needs Node.js 20 or newer")?;
        let crm_dir = crm_dir.canonicalize().with_context(|| {
            format!(
                "there is no folder {}; run the demo in Annex's own repository, or name it with --crm-dir",
                crm_dir.display()
            )
        })?;
        anyhow::ensure!(
            crm_dir.join("server.js").is_file(),
            "{} holds no reference CRM (server.js)",
            crm_dir.display()
        );
        let modules = crm_dir.join("node_modules");
        anyhow::ensure!(modules.is_dir(), "the reference CRM is not installed: run `npm ci` in {}", crm_dir.display());

        let port = ports::free()?;
        let jwt_secret = uuid::Uuid::new_v4().simple().to_string();
        let listen = format!("127.0.0.1:{port}");
        let uploads = folder.inner("uploads", None)?.display().to_string();
        let environment = [
            ("CRM_LISTEN", listen.as_str()),
            ("CRM_DATABASE_URL", &database_url),
            ("CRM_JWT_SECRET", &jwt_secret),
            ("CRM_SCHEMA_INIT", "1"),
            ("CRM_SEED", "demo"),
            ("CRM_UPLOADS", &uploads),
            ("CRM_TEST_ROUTES", "0"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let program = Guarded::start(Launch {
            name: "the reference CRM",
            program: &node,
            arguments: &[crm_dir.join("server.js").display().to_string()],
            environment: &environment,
            folder: &crm_dir,
            log: folder.path().join("crm.log"),
            signal: "TERM",
            user: None,
        })?;
        let crm = Crm { program, url: format!("http://{listen}"), jwt_secret };
        crm.ready().await?;
        Ok(crm)
    }

    pub fn still_runs(&self) -> anyhow::Result<()> {
        self.program.still_runs()
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        while !self.program.log().contains("\"ready\":true") {
            self.program.still_runs()?;
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "the reference CRM is not ready after a minute\n{}",
                self.program.tail()
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Ok(())
    }
}
