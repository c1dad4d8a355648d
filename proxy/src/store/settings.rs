//! What a workspace says of itself: the columns of `workspaces` that people write.

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Transaction};

use crate::ports::Particulars;

/// One workspace's row, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub particulars: Particulars,
    pub logo_url: Option<String>,
    pub owner: Option<String>,
    pub sponsor: Option<String>,
    pub created_by: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

/// The version that a row has when it comes into being, with nothing said.
pub const FIRST_VERSION: i64 = 1;

/// The workspace's row, if there is one.
pub async fn shown(client: &impl GenericClient, workspace: &str) -> Result<Option<Shown>, Error> {
    let Some(row) = client.query_opt(SHOWN, &[&workspace]).await? else { return Ok(None) };
    Ok(Some(Shown {
        particulars: Particulars {
            name: row.try_get("name")?,
            business_type: row.try_get("business_type")?,
            industry: row.try_get("industry")?,
            address: row.try_get("address")?,
            email: row.try_get("contact_email")?,
            phone: row.try_get("phone")?,
            currency: row.try_get("currency")?,
            time_zone: row.try_get("timezone")?,
            language: row.try_get("language")?,
        },
        logo_url: row.try_get("logo_url")?,
        owner: row.try_get("owner_user_id")?,
        sponsor: row.try_get("sponsor_tenant_id")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        version: row.try_get("version")?,
    }))
}

/// In which language a workspace is kept (BCP 47), if anybody said so.
pub async fn language(client: &impl GenericClient, workspace: &str) -> Result<Option<String>, Error> {
    let row = client.query_opt(LANGUAGE, &[&workspace]).await?;
    row.map_or(Ok(None), |row| row.try_get(0))
}

const LANGUAGE: &str = "select language from annex.workspaces where tenant_id = $1";

/// Writes what is said from now on. The version rises by one, also if only the CRM's row has another name now.
pub async fn write(transaction: &Transaction<'_>, workspace: &str, said: &Particulars) -> Result<(), Error> {
    let Particulars { name, business_type, industry, address, email, phone, currency, time_zone, language } = said;
    transaction
        .execute(
            WRITE,
            &[&workspace, name, business_type, industry, address, email, phone, currency, time_zone, language],
        )
        .await
        .map(drop)
}

const SHOWN: &str = "
    select name, business_type, industry, address, contact_email, phone, currency, timezone, language, logo_url,
           owner_user_id, sponsor_tenant_id, created_by, created_at, updated_at, version
    from annex.workspaces where tenant_id = $1";

const WRITE: &str = "
    update annex.workspaces
    set name = $2, business_type = $3, industry = $4, address = $5, contact_email = $6, phone = $7, currency = $8,
        timezone = $9, language = $10, version = version + 1, updated_at = now()
    where tenant_id = $1";
