//! What PostgreSQL does for Annex: every statement of the role that serves, with the plan by which it ran.
//!
//! Promise: they are the running product's own statements with their real parameters, as the server itself logs them
//! (`auto_explain`); nothing is explained that was not run.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Client;

use crate::http::eventually;
use crate::postgres::{Cluster, Database};

/// Far above what any statement here takes.
const SETTLED: Duration = Duration::from_secs(60);

const AT_REST: &str = "
    SELECT NOT EXISTS (SELECT FROM pg_stat_activity
                       WHERE usename = 'annex_app' AND datname = current_database() AND state <> 'idle')";

/// One statement that ran, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its text, then its plan, as the server writes them.
    pub text: String,
}

impl Plan {
    /// Whether the plan, or the text, says so.
    pub fn says(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    /// The statement alone, on one line.
    pub fn statement(&self) -> String {
        let lines = self.text.lines().skip(1).take_while(|line| !line.contains("(cost="));
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }
}

/// The statements on one database of the shared cluster.
pub struct Plans {
    log: PathBuf,
    mark: String,
    watcher: Client,
}

impl Plans {
    /// Watches from now on. Annex's connections are cut, so that the new ones are watched.
    pub async fn watch(database: &Database) -> Self {
        let client = database.connect().await;
        let name = &database.name;
        for setting in ["session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0"] {
            let sql = format!("ALTER ROLE annex_app IN DATABASE \"{name}\" SET {setting}");
            client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("`{sql}`: {error:?}"));
        }
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'annex_app' AND datname = $1";
        client.execute(cut, &[name]).await.expect("the connections are cut");
        Self { log: Cluster::shared().folder().join("log"), mark: format!("annex_app@{name} "), watcher: client }
    }

    /// What ran while `work` did, with its answer. Of other work of the product at the same time the answer's reader
    /// has to know.
    pub async fn of<T>(&self, work: impl Future<Output = T>) -> (Vec<Plan>, T) {
        let mut log = File::open(&self.log).unwrap_or_else(|error| panic!("{}: {error}", self.log.display()));
        log.seek(SeekFrom::End(0)).expect("the end of the log");
        let answer = work.await;
        // The last statement of a transaction is logged at its end, which a refusal does not wait for.
        eventually(SETTLED, "the product's transactions have ended", || async {
            self.watcher.query_one(AT_REST, &[]).await.expect("what runs").get(0)
        })
        .await;
        let mut written = Vec::new();
        log.read_to_end(&mut written).expect("the log");
        (self.read(&String::from_utf8_lossy(&written)), answer)
    }

    fn read(&self, log: &str) -> Vec<Plan> {
        let mut entries: Vec<String> = Vec::new();
        for line in log.lines() {
            match (line.starts_with('\t'), entries.last_mut()) {
                (true, Some(entry)) => {
                    entry.push('\n');
                    entry.push_str(line);
                }
                _ => entries.push(line.to_owned()),
            }
        }
        let ours = entries.into_iter().filter(|entry| entry.contains(&self.mark) && entry.contains("  plan:"));
        ours.map(|text| Plan { text }).collect()
    }
}
