//! Rows of `outbox`: mail that leaves after the commit that wrote it down.
//!
//! A row is *reserved* (nobody else takes it for a while), then *begun*, then *ended*. Until it is begun nothing of its
//! text has left this machine, and whoever comes after may start over. From then on only the server's own word that it took
//! nothing leads back: a process that dies between the last byte and the server's answer leaves a mail that may or may not have arrived, and the row
//! says `interrupted`. Rather none than two (ADR 11).

use tokio_postgres::{Error, GenericClient, Transaction};
use uuid::Uuid;

/// A mail that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: i64,
    /// The same for every attempt.
    pub key: String,
    pub invitation: Uuid,
    /// This one included.
    pub attempts: i32,
}

/// How a mail ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Sent,
    /// In one word.
    Failed(&'static str),
    /// What it would say holds no more.
    Dropped,
}

/// Whether a mail may be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is ours to send, now.
    Ours,
    /// Its invitation ended, or has another secret by now, or somebody else was quicker.
    Lost,
}

/// Writes down that invitations are to be mailed, each for the `nth` time.
pub async fn add(transaction: &Transaction<'_>, invitations: &[Uuid], nth: i32) -> Result<(), Error> {
    transaction.execute(SUPERSEDE, &[&invitations]).await?;
    transaction.execute(ADD, &[&invitations, &nth]).await.map(drop)
}

/// Takes the mail that has been due longest, for `lease_s` seconds; of two nodes that ask, each gets another one.
pub async fn reserve(client: &impl GenericClient, lease_s: f64) -> Result<Option<Due>, Error> {
    let Some(row) = client.query_opt(RESERVE, &[&lease_s]).await? else { return Ok(None) };
    Ok(Some(Due {
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        invitation: row.try_get("invitation_id")?,
        attempts: row.try_get("attempts")?,
    }))
}

/// The point of no return: committed before the first byte of the mail's text goes out.
pub async fn begin(client: &impl GenericClient, due: &Due, lease_s: f64) -> Result<Claim, Error> {
    let begun = client.execute(BEGIN, &[&due.id, &due.attempts, &lease_s]).await?;
    Ok(if begun == 1 { Claim::Ours } else { Claim::Lost })
}

/// Says how it ended.
pub async fn end(client: &impl GenericClient, due: &Due, ended: Ended) -> Result<(), Error> {
    let (state, reason) = match ended {
        Ended::Sent => ("sent", None),
        Ended::Failed(reason) => ("failed", Some(reason)),
        Ended::Dropped => ("dropped", None),
    };
    client.execute(END, &[&due.id, &due.attempts, &state, &reason]).await.map(drop)
}

/// The server did not take it, and nothing of it is there: once more in `pause_s` seconds.
pub async fn postpone(client: &impl GenericClient, due: &Due, pause_s: f64, reason: &str) -> Result<(), Error> {
    client.execute(POSTPONE, &[&due.id, &due.attempts, &pause_s, &reason]).await.map(drop)
}

/// Ends what was begun by a process that is gone; tells how many.
pub async fn give_up_interrupted(client: &impl GenericClient) -> Result<u64, Error> {
    client.execute(GIVE_UP_INTERRUPTED, &[]).await
}

/// What waits to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub mails: i64,
    /// Since the oldest was written down; 0: nothing waits.
    pub oldest_s: i64,
}

/// How much waits, of all nodes.
pub async fn waiting(client: &impl GenericClient) -> Result<Waiting, Error> {
    let row = client.query_one(WAITING, &[]).await?;
    Ok(Waiting { mails: row.try_get("mails")?, oldest_s: row.try_get("oldest_s")? })
}

const SUPERSEDE: &str = "
    update annex.outbox set state = 'dropped', ended_at = now() where invitation_id = any($1) and state = 'queued'";

const ADD: &str = "
    insert into annex.outbox (key, invitation_id)
    select 'invitation/' || id || '/' || $2::int, id from unnest($1::uuid[]) as id";

const RESERVE: &str = "
    update annex.outbox set attempts = attempts + 1, next_at = now() + make_interval(secs => $1)
    where id = (select id from annex.outbox where state = 'queued' and next_at <= now()
                order by next_at, id limit 1 for update skip locked)
    returning id, key, invitation_id, attempts";

const BEGIN: &str = "
    update annex.outbox o set state = 'sending', next_at = now() + make_interval(secs => $3)
    from annex.workspace_invitations i
    where o.id = $1 and o.state = 'queued' and o.attempts = $2
      and i.id = o.invitation_id and i.status = 'pending' and i.expires_at > now()";

const END: &str = "
    update annex.outbox set state = $3, reason = $4, ended_at = now()
    where id = $1 and attempts = $2 and state in ('queued', 'sending')";

const POSTPONE: &str = "
    update annex.outbox set state = 'queued', next_at = now() + make_interval(secs => $3), reason = $4
    where id = $1 and attempts = $2 and state in ('queued', 'sending')";

const GIVE_UP_INTERRUPTED: &str = "
    update annex.outbox set state = 'failed', reason = 'interrupted', ended_at = now()
    where state = 'sending' and next_at <= now()";

const WAITING: &str = "
    select count(*) as mails, coalesce(extract(epoch from now() - min(created_at))::bigint, 0) as oldest_s
    from annex.outbox where state in ('queued', 'sending')";
