//! How much was invited lately: to one address, by one person, from one workspace.
//!
//! Windows are fixed, an hour or a day of the clock, so that one row per subject is all there is to keep.

use tokio_postgres::{Error, GenericClient, Transaction};

/// Whose invitations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// To a mailbox, in a day.
    Recipient,
    /// By a person, in an hour.
    Person,
    /// Of a workspace, in a day.
    Workspace,
}

impl Scope {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Recipient => "recipient",
            Scope::Person => "person",
            Scope::Workspace => "workspace",
        }
    }
}

/// A counter, with what was just added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub scope: Scope,
    pub subject: String,
    pub count: i64,
    /// Until the window ends.
    pub left_s: i32,
}

/// Adds to counters, to one that is named twice both, in one order, so that two that share some do not wait for each other in a circle.
pub async fn take(transaction: &Transaction<'_>, counts: &[(Scope, &str, i64)]) -> Result<Vec<Counted>, Error> {
    let scopes: Vec<&str> = counts.iter().map(|(scope, ..)| scope.name()).collect();
    let subjects: Vec<&str> = counts.iter().map(|(_, subject, _)| *subject).collect();
    let numbers: Vec<i64> = counts.iter().map(|(.., number)| *number).collect();
    let rows = transaction.query(TAKE, &[&scopes, &subjects, &numbers]).await?;
    rows.iter()
        .map(|row| {
            Ok(Counted {
                scope: match row.try_get("scope")? {
                    "recipient" => Scope::Recipient,
                    "person" => Scope::Person,
                    _ => Scope::Workspace,
                },
                subject: row.try_get("subject")?,
                count: row.try_get("count")?,
                left_s: row.try_get("left_s")?,
            })
        })
        .collect()
}

/// Takes back what was added in vain, in the same transaction; of a subject as often as it is named.
pub async fn give_back(transaction: &Transaction<'_>, scope: Scope, subjects: &[&str], each: i64) -> Result<(), Error> {
    transaction.execute(GIVE_BACK, &[&scope.name(), &subjects, &each]).await.map(drop)
}

/// Forgets windows that are over.
pub async fn forget_old(client: &impl GenericClient) -> Result<u64, Error> {
    client.execute(FORGET_OLD, &[]).await
}

const TAKE: &str = "
    insert into annex.invitation_counters as c (scope, subject, starts_at, count)
    select n.scope, n.subject, date_trunc(case n.scope when 'person' then 'hour' else 'day' end, now(), 'UTC'),
           sum(n.number)::bigint
    from unnest($1::text[], $2::text[], $3::bigint[]) as n (scope, subject, number)
    group by n.scope, n.subject
    order by n.scope, n.subject
    on conflict (scope, subject, starts_at) do update set count = c.count + excluded.count
    returning c.scope, c.subject, c.count,
      ceil(extract(epoch from c.starts_at + case c.scope when 'person' then interval '1 hour' else interval '1 day' end
                              - now()))::int as left_s";

const GIVE_BACK: &str = "
    update annex.invitation_counters c set count = c.count - n.times * $3
    from (select subject, count(*) as times from unnest($2::text[]) as u (subject) group by subject) n
    where c.scope = $1 and c.subject = n.subject
      and c.starts_at = date_trunc(case c.scope when 'person' then 'hour' else 'day' end, now(), 'UTC')";

const FORGET_OLD: &str = "delete from annex.invitation_counters where starts_at < now() - interval '2 days'";
