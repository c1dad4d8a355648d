//! Rows of `branding`. No row reads as an empty one of version 0.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, GenericClient, Row, Transaction, types::Json};

use crate::brand::Look;

/// What a workspace chose, and what the CRM had before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrandRow {
    pub live: Look,
    pub draft: Option<Look>,
    pub logo: Option<String>,
    pub kept: Kept,
    pub version: i64,
    pub updated_by: Option<String>,
    pub updated_at: Option<Timestamp>,
}

/// By column of the CRM's table, what stood there and what we wrote.
pub type Kept = BTreeMap<String, KeptColumn>;

/// One column of the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptColumn {
    pub before: Option<String>,
    pub written: Option<String>,
}

/// What a workspace chose.
pub async fn read(client: &impl GenericClient, workspace: &str) -> Result<BrandRow, Error> {
    Ok(client.query_opt(READ, &[&workspace]).await?.as_ref().map(row).transpose()?.unwrap_or_default())
}

/// Writes a whole row; `by` is who wants it. The version rises by itself.
pub async fn put(transaction: &Transaction<'_>, workspace: &str, row: &BrandRow, by: &str) -> Result<(), Error> {
    let (live, draft, kept) = (Json(&row.live), row.draft.as_ref().map(Json), Json(&row.kept));
    transaction.execute(PUT, &[&workspace, &live, &draft, &row.logo, &kept, &by]).await.map(drop)
}

/// Shows a logo, or none, wherever the workspace is named.
pub async fn show_logo(transaction: &Transaction<'_>, workspace: &str, path: Option<&str>) -> Result<(), Error> {
    transaction.execute(SHOW_LOGO, &[&workspace, &path]).await.map(drop)
}

/// The workspaces whose look stands in the CRM's tables; none if this part of the schema is not there, or not any more.
pub async fn shown_in_crm(client: &impl GenericClient) -> Result<Vec<String>, Error> {
    if !client.query_one(STANDS, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    client.query(SHOWN, &[]).await?.iter().map(|row| row.try_get(0)).collect()
}

const READ: &str = "
    select live, draft, logo, crm_kept, version, updated_by, updated_at from annex.branding where tenant_id = $1";

const PUT: &str = "
    insert into annex.branding (tenant_id, live, draft, logo, crm_kept, updated_by) values ($1, $2, $3, $4, $5, $6)
    on conflict (tenant_id) do update
    set live = excluded.live, draft = excluded.draft, logo = excluded.logo, crm_kept = excluded.crm_kept,
        updated_by = excluded.updated_by";

const SHOW_LOGO: &str = "
    update annex.workspaces set logo_url = $2 where tenant_id = $1 and logo_url is distinct from $2";

const STANDS: &str = "select to_regclass('annex.branding') is not null";

const SHOWN: &str = "select tenant_id from annex.branding where crm_kept <> '{}' order by tenant_id";

fn row(row: &Row) -> Result<BrandRow, Error> {
    let Json(live) = row.try_get("live")?;
    let Json(kept) = row.try_get("crm_kept")?;
    Ok(BrandRow {
        live,
        draft: row.try_get::<_, Option<Json<Look>>>("draft")?.map(|Json(draft)| draft),
        logo: row.try_get("logo")?,
        kept,
        version: row.try_get("version")?,
        updated_by: row.try_get("updated_by")?,
        updated_at: Some(row.try_get("updated_at")?),
    })
}
