//! One change of one workspace, from the lock to the commit.

use std::sync::Arc;

use deadpool_postgres::{Object, Transaction};
use serde_json::Value;

use super::{
    Standing,
    turn::{Turn, Turns},
};
use crate::{
    crm::{Statements, leading},
    ports::{Asked, Denial, Denied, Expected, Once, SourceError, Trail},
    store::{
        Announcer, PoolError, Postgres,
        audit::{self, Action, Event},
        idempotency, members as rows,
    },
};

/// What every change needs.
#[derive(Clone)]
pub struct Desk {
    pub postgres: Postgres,
    pub crm: Arc<Statements>,
    pub announcer: Arc<Announcer>,
    /// Its clones share them.
    pub turns: Arc<Turns>,
}

/// A change that has begun: the workspace is locked until it ends, the caller is who they still are.
pub struct Change<'c> {
    pub transaction: Transaction<'c>,
    pub workspace: String,
    pub caller: Standing,
    /// The caller's id.
    pub principal: String,
    pub owner: Option<String>,
    turn: &'c Turn<'c>,
    trail: Trail,
    once: Option<Once>,
    told: Vec<Told>,
    had_admin: bool,
}

/// What a beginning leads to.
#[allow(clippy::large_enum_variant, reason = "it lives on one stack for one request")]
pub enum Begun<'c> {
    Change(Change<'c>),
    /// The same request was done before; this is what it did.
    Done(Value),
}

impl<'c> Begun<'c> {
    /// The change of a request that takes no key, so that none was done before.
    pub fn fresh(self) -> Result<Change<'c>, Denied> {
        match self {
            Begun::Change(change) => Ok(change),
            Begun::Done(_) => Err(Denial::KeyReused.into()),
        }
    }
}

/// What the same request did before; `None`: it is this one's to do.
pub async fn claim(transaction: &Transaction<'_>, once: &Once) -> Result<Option<Value>, Denied> {
    Ok(idempotency::claim(transaction, once).await.map_err(failed)?.done()?)
}

/// An event that waits for the end of the transaction.
struct Told {
    action: Action,
    kind: &'static str,
    target: String,
    details: Value,
}

impl Turn<'_> {
    /// Locks the workspace for a caller who may be there. Strangers lock nothing and write nothing.
    pub async fn begin<'c>(&'c self, client: &'c mut Object, asked: &Asked<'_>) -> Result<Begun<'c>, Denied> {
        let crm = &self.desk.crm;
        let transaction = client.transaction().await.map_err(failed)?;
        let (_, state) = Standing::find(&*transaction, crm, asked).await?;
        if let Some(once) = asked.once {
            asked.life.check_again(state)?;
            if let Some(result) = claim(&transaction, once).await? {
                return Ok(Begun::Done(result));
            }
        }
        asked.life.check(state)?;
        let owner = rows::lock(&transaction, asked.workspace).await.map_err(failed)?;
        let caller = Standing::read(&*transaction, crm, asked).await?;
        Ok(Begun::Change(Change {
            turn: self,
            transaction,
            workspace: asked.workspace.to_owned(),
            caller,
            principal: asked.principal.id.to_string(),
            owner,
            trail: asked.trail.clone(),
            once: asked.once.cloned(),
            told: Vec::new(),
            // What is restored comes back with an Admin who can sign in.
            had_admin: asked.life == Expected::Deleted,
        }))
    }
}

impl Desk {
    /// Commits, unless it would leave nobody who can administer; in force on this node when the turn has ended.
    pub async fn finish(&self, change: Change<'_>, result: &Value) -> Result<(), Denied> {
        let Change { turn, transaction, workspace, trail, once, told, had_admin, .. } = change;
        if had_admin {
            if !leading::has_admin(&*transaction, &self.crm, &workspace).await.map_err(failed)? {
                return Err(Denial::LastAdmin.into());
            }
            rows::vouch_for_admin(&transaction, &workspace).await.map_err(failed)?;
        }
        if let Some(once) = &once {
            idempotency::keep(&transaction, once, result).await.map_err(failed)?;
        }
        for Told { action, kind, target, details } in told {
            let event = Event { workspace: Some(&workspace), action, target: (kind, &target), details };
            audit::append(&transaction, &trail, &event).await.map_err(failed)?;
        }
        turn.commit(transaction).await
    }

    /// Gives up on `work` when PostgreSQL is silent.
    pub async fn within<T>(&self, work: impl Future<Output = Result<T, Denied>>) -> Result<T, Denied> {
        let timeout = || Err(Denied::Source(PoolError::Timeout.into()));
        tokio::time::timeout(self.postgres.patience, work).await.unwrap_or_else(|_| timeout())
    }

    /// A connection.
    pub async fn client(&self) -> Result<Object, Denied> {
        self.postgres.get().await.map_err(|error| Denied::Source(error.into()))
    }
}

impl Change<'_> {
    /// To be called before any write that could take an Admin away: the commit then checks that one is left. A
    /// workspace that had none already is not held to it: its rescue must be possible.
    pub async fn guard_admins(&mut self, desk: &Desk) -> Result<(), Denied> {
        self.had_admin = leading::has_admin(&*self.transaction, &desk.crm, &self.workspace).await.map_err(failed)?;
        Ok(())
    }

    /// Tells the audit log at the end.
    pub fn tell(&mut self, action: Action, target: (&'static str, &str), details: Value) {
        let (kind, target) = (target.0, target.1.to_owned());
        self.told.push(Told { action, kind, target, details });
    }
}

/// An error of PostgreSQL on the way out.
pub fn failed(error: impl Into<PoolError>) -> Denied {
    Denied::Source(SourceError::from(error.into()))
}
