//! Memberships that count while the CRM would still let the person in.
//!
//! **Invariant:** a member whose users row is gone, inactive or a customer's is a stranger, 30 s after the CRM wrote it at
//! the latest: the published bound for what it changes behind us (rule R4). Rows of ours know nothing of it, no epoch rises.
//! **Deliberately absent:** a memory of its own. The users row is the [`Directory`]'s, the membership that of whoever is asked.

use std::sync::Arc;

use async_trait::async_trait;

use super::Directory;
use crate::{
    identity::{Principal, Who},
    ports::{Directory as _, Found, Memberships, Standing, Unavailable},
    snapshot::Snapshot,
};

/// What `rows` says of people whose account is open.
pub struct OpenMemberships<M> {
    rows: M,
    directory: Arc<Directory>,
}

impl<M: Memberships> OpenMemberships<M> {
    pub fn new(rows: M, directory: Arc<Directory>) -> Self {
        OpenMemberships { rows, directory }
    }
}

#[async_trait]
impl<M: Memberships> Memberships for OpenMemberships<M> {
    fn remembered(&self, snapshot: &Snapshot, principal: &Principal, workspace: &str) -> Option<Found> {
        let found = self.rows.remembered(snapshot, principal, workspace)?;
        if !depends_on_account(&found, principal) {
            return Some(found);
        }
        self.directory.remembers_open(principal).map(|open| judged(found, open))
    }

    async fn standing(
        &self,
        snapshot: &Snapshot,
        principal: &Principal,
        workspace: &str,
    ) -> Result<Found, Unavailable> {
        let found = self.rows.standing(snapshot, principal, workspace).await?;
        if !depends_on_account(&found, principal) {
            return Ok(found);
        }
        match self.directory.is_open(principal).await {
            Ok(open) => Ok(judged(found, open)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a member's account cannot be read");
                Err(Unavailable)
            }
        }
    }

    async fn joined(&self, who: Who<'_>) -> Result<Arc<[Arc<str>]>, Unavailable> {
        self.rows.joined(who).await
    }
}

/// Only a member has anything to lose; a customer's token never has the feature, whatever row names them (rule R2).
fn depends_on_account(found: &Found, principal: &Principal) -> bool {
    matches!(found.standing, Standing::Member(_)) && principal.may_have_feature()
}

fn judged(found: Found, is_open: bool) -> Found {
    if is_open { found } else { Found { standing: Standing::Stranger, ..found } }
}
