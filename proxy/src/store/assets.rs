//! Rows of `assets`: pictures that we drew, by a name that nobody guesses.

use tokio_postgres::{Error, GenericClient, Transaction};

/// One size of a logo: width in pixels, name, PNG.
pub type Asset = (u16, String, Vec<u8>);

/// A workspace keeps so many logos that it showed before: mails that were sent point at them.
const KEPT: i64 = 5;

/// Adds a logo in all sizes, unless it stands, and lets the oldest ones go.
pub async fn put(transaction: &Transaction<'_>, workspace: &str, logo: &str, sizes: &[Asset]) -> Result<(), Error> {
    let px: Vec<i16> = sizes.iter().map(|(px, ..)| i16::try_from(*px).unwrap_or_default()).collect();
    let names: Vec<&str> = sizes.iter().map(|(_, name, _)| name.as_str()).collect();
    let pngs: Vec<&[u8]> = sizes.iter().map(|(.., png)| png.as_slice()).collect();
    transaction.execute(PUT, &[&workspace, &logo, &names, &px, &pngs]).await?;
    transaction.execute(TRIM, &[&workspace, &logo, &KEPT]).await.map(drop)
}

/// Forgets every picture of a workspace.
pub async fn forget(transaction: &Transaction<'_>, workspace: &str) -> Result<(), Error> {
    transaction.execute(FORGET, &[&workspace]).await.map(drop)
}

/// The names of a logo by width, the smallest first.
pub async fn names(client: &impl GenericClient, workspace: &str, logo: &str) -> Result<Vec<(u16, String)>, Error> {
    let rows = client.query(NAMES, &[&workspace, &logo]).await?;
    rows.iter().map(|row| Ok((u16::try_from(row.try_get::<_, i16>(0)?).unwrap_or_default(), row.try_get(1)?))).collect()
}

/// The PNG of a name.
pub async fn picture(client: &impl GenericClient, name: &str) -> Result<Option<Vec<u8>>, Error> {
    client.query_opt(PICTURE, &[&name]).await?.map(|row| row.try_get(0)).transpose()
}

const PUT: &str = "
    insert into annex.assets (name, tenant_id, logo, px, bytes)
    select s.name, $1, $2, s.px, s.bytes from unnest($3::text[], $4::smallint[], $5::bytea[]) as s (name, px, bytes)
    on conflict do nothing";

const TRIM: &str = "
    delete from annex.assets a where a.tenant_id = $1 and a.logo <> $2 and a.logo not in (
        select k.logo from annex.assets k where k.tenant_id = $1 and k.logo <> $2
        group by k.logo order by max(k.created_at) desc limit $3)";

const FORGET: &str = "delete from annex.assets where tenant_id = $1";

const NAMES: &str = "select px, name from annex.assets where tenant_id = $1 and logo = $2 order by px";

const PICTURE: &str = "select bytes from annex.assets where name = $1";
