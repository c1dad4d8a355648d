//! Connections to PostgreSQL: a pool for questions, and single ones for listening.

use std::time::Duration;

use annex_config::DatabaseConfig;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio_postgres::Config as PgConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    #[error("the database URL is not understood")]
    Url(#[source] tokio_postgres::Error),
    #[error("the pool of connections cannot be made")]
    Build(#[source] deadpool_postgres::BuildError),
    #[error("no connection to PostgreSQL")]
    Connection(#[source] deadpool_postgres::PoolError),
    #[error("PostgreSQL refused a statement")]
    Statement(#[from] tokio_postgres::Error),
    #[error("PostgreSQL did not answer in time")]
    Timeout,
}

/// The runtime role's connections.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
    config: PgConfig,
    tls: MakeRustlsConnect,
    /// How long one question on the request path may take.
    pub patience: Duration,
}

impl Postgres {
    /// Connects to nothing yet.
    pub fn new(config: &DatabaseConfig) -> Result<Self, PoolError> {
        let patience = Duration::from_millis(config.statement_timeout_ms);
        let mut pg = config.url.expose_str().parse::<PgConfig>().map_err(PoolError::Url)?;
        pg.application_name("annex")
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
            // No name is ever looked up in a schema that somebody else may write to.
            .options(format!("-c search_path=pg_catalog -c statement_timeout={}", config.statement_timeout_ms));
        let tls = MakeRustlsConnect::new(tls_roots());
        let manager =
            Manager::from_config(pg.clone(), tls.clone(), ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(config.pool_size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(patience))
            .create_timeout(Some(Duration::from_millis(config.connect_timeout_ms)))
            .recycle_timeout(Some(patience))
            .build()
            .map_err(PoolError::Build)?;
        Ok(Postgres { pool, config: pg, tls, patience })
    }

    /// A connection of the pool.
    pub async fn get(&self) -> Result<Object, PoolError> {
        self.pool.get().await.map_err(PoolError::Connection)
    }

    /// Gives up on `question` when PostgreSQL is silent: a paused server must not hold a request.
    pub async fn within<T>(&self, question: impl Future<Output = Result<T, PoolError>>) -> Result<T, PoolError> {
        tokio::time::timeout(self.patience, question).await.unwrap_or(Err(PoolError::Timeout))
    }

    /// What a connection of one's own is made with.
    pub fn parts(&self) -> (&PgConfig, MakeRustlsConnect) {
        (&self.config, self.tls.clone())
    }
}

fn tls_roots() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
