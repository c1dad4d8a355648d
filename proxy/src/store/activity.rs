//! Audit events as they are read: one workspace, newest first.

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row};

use crate::ports::{Deed, Wanted};

/// The newest events that are wanted, older than number `before`. Each of the three filters has an index (0002_audit);
/// the statement is planned with its values, so that the one that fits is taken.
pub async fn page(
    client: &impl GenericClient,
    workspace: &str,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Deed>, Error> {
    let Wanted { action, actor, from, to } = wanted;
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&workspace, action, actor, from, to, &before, &limit];
    client.query(PAGE, &values).await?.iter().map(deed).collect()
}

const PAGE: &str = "
    select id, seq, at, action, actor_kind, actor_id, target_kind, target_id, details, ip, user_agent, request_id
    from annex.audit_events
    where tenant_id = $1
      and ($2::text is null or action = $2)
      and ($3::text is null or actor_id = $3)
      and ($4::timestamptz is null or at >= $4)
      and ($5::timestamptz is null or at < $5)
      and ($6::bigint is null or seq < $6)
    order by seq desc
    limit $7";

fn deed(row: &Row) -> Result<Deed, Error> {
    Ok(Deed {
        id: row.try_get("id")?,
        seq: row.try_get("seq")?,
        at: row.try_get::<_, Timestamp>("at")?,
        action: row.try_get("action")?,
        actor_kind: row.try_get("actor_kind")?,
        actor: row.try_get("actor_id")?,
        actor_name: None,
        target_kind: row.try_get("target_kind")?,
        target: row.try_get("target_id")?,
        details: row.try_get("details")?,
        ip: row.try_get("ip")?,
        user_agent: row.try_get("user_agent")?,
        request_id: row.try_get("request_id")?,
    })
}

/// A broken link of a chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Break {
    /// `None`: the platform's own chain.
    pub workspace_id: Option<String>,
    pub seq: i64,
    pub problem: String,
}

/// How much was walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    pub chains: i64,
    pub events: i64,
}

/// The last event of a chain at one moment. Kept elsewhere it proves later that nobody wrote the chain anew.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// `None`: the platform's own chain.
    pub workspace_id: Option<String>,
    pub seq: i64,
    /// In hexadecimal digits.
    pub hash: String,
}

/// The heads of one chain, or with `None` of all.
pub async fn heads(client: &impl GenericClient, workspace: Option<&str>) -> Result<Vec<Head>, Error> {
    let rows = client.query(HEADS, &[&workspace]).await?;
    let head = |row: &Row| {
        let workspace: String = row.try_get("tenant_id")?;
        let workspace_id = Some(workspace).filter(|id| !id.is_empty());
        Ok(Head { workspace_id, seq: row.try_get("seq")?, hash: row.try_get("hash")? })
    };
    rows.iter().map(head).collect()
}

const HEADS: &str = "
    select tenant_id, seq, encode(hash, 'hex') as hash
    from annex.audit_heads where seq > 0 and ($1::text is null or tenant_id = $1) order by tenant_id";

/// Which of the heads that were kept are not in their chains any more.
pub async fn rewritten(client: &impl GenericClient, kept: &[Head]) -> Result<Vec<Break>, Error> {
    let workspaces: Vec<&str> = kept.iter().map(|head| head.workspace_id.as_deref().unwrap_or_default()).collect();
    let numbers: Vec<i64> = kept.iter().map(|head| head.seq).collect();
    let hashes: Vec<&str> = kept.iter().map(|head| head.hash.as_str()).collect();
    client.query(REWRITTEN, &[&workspaces, &numbers, &hashes]).await?.iter().map(link).collect()
}

const REWRITTEN: &str = "
    select k.tenant_id, k.seq, 'is not the event that it was' as problem
    from unnest($1::text[], $2::bigint[], $3::text[]) as k (tenant_id, seq, hash)
    where not exists (
      select from annex.audit_events e
      where e.tenant_id = k.tenant_id and e.seq = k.seq and encode(e.hash, 'hex') = k.hash)
    order by k.tenant_id, k.seq";

fn link(row: &Row) -> Result<Break, Error> {
    let workspace: String = row.try_get("tenant_id")?;
    Ok(Break {
        workspace_id: Some(workspace).filter(|id| !id.is_empty()),
        seq: row.try_get("seq")?,
        problem: row.try_get("problem")?,
    })
}

/// Walks one chain, or with `None` all of them.
pub async fn verify(client: &impl GenericClient, workspace: Option<&str>) -> Result<(Walked, Vec<Break>), Error> {
    let row = client.query_one(WALKED, &[&workspace]).await?;
    let walked = Walked { chains: row.try_get("chains")?, events: row.try_get("events")? };
    let broken = client.query(BROKEN, &[&workspace]).await?;
    Ok((walked, broken.iter().map(link).collect::<Result<_, Error>>()?))
}

const WALKED: &str = "
    select (select count(*) from annex.audit_heads where $1::text is null or tenant_id = $1) as chains,
           (select count(*) from annex.audit_events where $1::text is null or tenant_id = $1) as events";

const BROKEN: &str = "select tenant_id, seq, problem from annex.verify_audit_chain(p_tenant_id => $1)";
