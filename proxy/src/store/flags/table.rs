//! What the flag comes to, scope by scope, for whoever has no snapshot: the command line.

use std::collections::HashMap;

use annex_policy::{Evaluation, FlagTable, Scope};
use tokio_postgres::{Error, GenericClient};

use crate::store::{PoolError, load};

/// The whole table, read at one moment.
pub struct Evaluator {
    table: FlagTable,
    sponsors: HashMap<String, Box<str>>,
}

/// Reads the table. `environment` is `MULTI_WORKSPACE_ENABLED`, `redis_on` whether Redis may turn on.
pub async fn evaluator(client: &impl GenericClient, environment: bool, redis_on: bool) -> Result<Evaluator, PoolError> {
    let table = load::flag_table(client, environment, redis_on).await?;
    let rows = client.query(SPONSORS, &[]).await?;
    let sponsor = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get::<_, String>(1)?.into_boxed_str()));
    let sponsors = rows.iter().map(sponsor).collect::<Result<_, Error>>()?;
    Ok(Evaluator { table, sponsors })
}

const SPONSORS: &str = "
    select tenant_id, sponsor_tenant_id from annex.workspaces where sponsor_tenant_id is not null";

impl Evaluator {
    /// The value in force for `scope`, and what decided it.
    pub fn evaluate(&self, scope: &Scope) -> Evaluation {
        match scope {
            Scope::Tenant(tenant) => self.table.evaluate(tenant, &|tenant| self.sponsors.get(tenant).cloned()),
            Scope::Global => self.table.evaluate_global(),
        }
    }
}
