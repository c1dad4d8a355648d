//! One database of a cluster, with the roles that production has.
//!
//! | Role | Who it is | May |
//! |---|---|---|
//! | `postgres` ([`Database::url`]) | the test itself | everything |
//! | `crm` ([`Database::crm_url`]) | the CRM | owns schema `public` and its tables |
//! | `annex_owner` ([`Database::owner_url`]) | `annex migrate` | make schemas; read the CRM's tables |
//! | `annex_app` ([`Database::runtime_url`]) | `annex serve` | what `docs/` grants it, nothing more |

use uuid::Uuid;

use crate::janitor::Janitor;
use crate::postgres::{Cluster, connect};

/// A database that is dropped, clients or not, when this value goes.
#[derive(Debug)]
pub struct Database {
    /// For the superuser.
    pub url: String,
    /// For the role that migrates: it may make the schema `annex` and owns it then.
    pub owner_url: String,
    /// For the role that serves; it owns nothing.
    pub runtime_url: String,
    /// For the CRM.
    pub crm_url: String,
    /// Its name, unique in the cluster.
    pub name: String,
    janitor: Janitor,
}

impl Database {
    /// A client for the superuser, driven by a task of the current runtime.
    pub async fn connect(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }

    /// A client for the role that migrates.
    pub async fn connect_as_owner(&self) -> tokio_postgres::Client {
        connect(&self.owner_url).await
    }

    /// A client for the role that serves.
    pub async fn connect_as_runtime(&self) -> tokio_postgres::Client {
        connect(&self.runtime_url).await
    }

    pub(crate) async fn create(cluster: &Cluster, label: &str, template: &str) -> Self {
        let unique = Uuid::new_v4().simple().to_string();
        let label: String = label.chars().filter(char::is_ascii_alphanumeric).take(30).collect();
        let name = format!("{}_{}", label.to_ascii_lowercase(), &unique[..8]);
        cluster.janitor.run(format!("CREATE DATABASE \"{name}\" TEMPLATE {template}")).await;
        let grants = format!("GRANT CREATE, CONNECT, TEMPORARY ON DATABASE \"{name}\" TO annex_owner, crm");
        cluster.janitor.run(grants).await;
        Self {
            url: cluster.url("postgres", &name),
            owner_url: cluster.url("annex_owner", &name),
            runtime_url: cluster.url("annex_app", &name),
            crm_url: cluster.url("crm", &name),
            name,
            janitor: cluster.janitor.clone(),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.janitor.leave(format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
    }
}
