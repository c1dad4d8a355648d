//! Whoever brings the outbox to the mail server: one mail at a time, on every node.
//!
//! One mail: reserve → derive its secret → compose → open the talk → begin (committed) → deliver → end.
//!
//! **Invariant:** no secret is kept on the way: what is mailed is derived here and dropped here.
//! **Invariant:** with one key nothing goes out twice. Whatever happens before `begin` may be done again; after it only the
//! server's own refusal leads back, and a mail whose fate nobody knows has failed.

use std::{sync::Arc, time::Duration};

use annex_policy::WorkspaceState;

use super::secrets::{self, Way};
use crate::{
    crm::{Signboard, Statements, names_among},
    keyring::Keyring,
    mail::{Composed, Fault, Letter, Letterhead, MailError, Post, Sender, Signature, compose},
    ports::InvitationStatus,
    snapshot::{Schema, SnapshotHub},
    store::{
        PoolError, Postgres,
        invitations::{self, InvitationRow},
        outbox::{self, Claim, Due, Ended},
        workspaces,
    },
    telemetry::{Mailed, Metrics},
};

/// What every mail needs.
pub struct Postman {
    pub postgres: Postgres,
    pub crm: Arc<Statements>,
    pub signboard: Signboard,
    pub keyring: Arc<Keyring>,
    pub hub: Arc<SnapshotHub>,
    pub metrics: Arc<Metrics>,
    pub post: Post,
    pub sender: Sender,
    /// Within which a talk with the server ends, one way or the other.
    pub lease: Duration,
}

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// A mail was dealt with; there may be another.
    Done,
    /// Nothing is due.
    Idle,
}

/// Seconds before the second attempt; each later pause is twice the one before.
const FIRST_PAUSE_S: f64 = 30.0;
const LONGEST_PAUSE_S: f64 = 3600.0;

/// With the pauses above: given up after about two hours.
const MOST_ATTEMPTS: i32 = 9;

/// A mail that is not to be sent.
enum Unsent {
    Dropped,
    /// Its link would lead nowhere.
    WorkspaceOff,
    Failed(&'static str),
}

impl Postman {
    /// Deals with the mail that has been due longest.
    pub async fn round(&self) -> Result<Round, PoolError> {
        if self.hub.current().schema != Schema::Ready {
            return Ok(Round::Idle);
        }
        let lease_s = self.lease.as_secs_f64();
        let client = self.postgres.get().await?;
        let Some(due) = outbox::reserve(&**client, lease_s).await? else { return Ok(Round::Idle) };
        // The talk may take as long as it takes: no connection of the pool waits for it.
        drop(client);
        let composed = match self.write(&due).await? {
            Ok(composed) => composed,
            Err(Unsent::Dropped) => return self.end(&due, Ended::Dropped, Mailed::Dropped).await,
            Err(Unsent::WorkspaceOff) => {
                return self.end(&due, Ended::Failed("workspace_off"), Mailed::Dropped).await;
            }
            Err(Unsent::Failed(reason)) => return self.end(&due, Ended::Failed(reason), Mailed::Failed).await,
        };
        let opened = match self.post.open(composed).await {
            Ok(opened) => opened,
            Err(fault) => return self.fall_back(&due, fault).await,
        };
        if outbox::begin(&**self.postgres.get().await?, &due, lease_s).await? == Claim::Lost {
            return self.end(&due, Ended::Dropped, Mailed::Dropped).await;
        }
        match opened.deliver().await {
            Ok(()) => self.end(&due, Ended::Sent, Mailed::Sent).await,
            Err(fault) => self.fall_back(&due, fault).await,
        }
    }

    /// Ends what nobody will: mails of processes that are gone, invitations past their expiry, windows that are over.
    pub async fn tidy(&self) -> Result<(), PoolError> {
        if self.hub.current().schema != Schema::Ready {
            return Ok(());
        }
        let client = self.postgres.get().await?;
        let interrupted = outbox::give_up_interrupted(&**client).await?;
        if interrupted > 0 {
            self.metrics.mail(Mailed::Interrupted, interrupted);
            tracing::warn!(mails = interrupted, "mails were begun by a process that is gone; they may have arrived");
        }
        invitations::expire_due(&**client, None).await?;
        invitations::forget_old(&**client).await?;
        let waiting = outbox::waiting(&**client).await?;
        self.metrics.mail_waits(waiting.mails, waiting.oldest_s);
        Ok(())
    }

    async fn write(&self, due: &Due) -> Result<Result<Composed, Unsent>, PoolError> {
        let client = self.postgres.get().await?;
        let Some(row) = invitations::by_id(&**client, due.invitation).await? else { return Ok(Err(Unsent::Dropped)) };
        if row.shown.status != InvitationStatus::Pending {
            return Ok(Err(Unsent::Dropped));
        }
        let id = row.shown.workspace.clone();
        let kept = workspaces::kept_among(&**client, std::slice::from_ref(&id)).await?;
        let state = kept.first().map(|kept| self.hub.current().state_of_new(&id, &kept.row));
        if state != Some(WorkspaceState::On) {
            return Ok(Err(Unsent::WorkspaceOff));
        }
        let inviter = row.shown.invited_by.clone();
        let mut people = names_among(&**client, &self.crm, &[inviter]).await?;
        let brand = self.signboard.of(&**client, &id).await?;
        // Strangers read it: no words of somebody's choice lead to an address that is not shown.
        let signature = brand.signature.map(|signature| signature.unlinked());
        let signature = signature.map(|plain| Signature { text: plain.text(), html: plain.html().to_owned() });
        let head = Letterhead { logo_url: brand.logo_url, color: brand.primary_color, signature };
        let letter = self.letter(due, &row, &brand.name, people.remove(&row.shown.invited_by), head);
        Ok(match letter {
            None => Err(Unsent::Failed("key_gone")),
            Some(Ok(composed)) => Ok(composed),
            Some(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a letter cannot be put together");
                Err(Unsent::Failed("not_composed"))
            }
        })
    }

    /// `None`: the key that made the secret is gone.
    fn letter(
        &self,
        due: &Due,
        row: &InvitationRow,
        workspace: &str,
        inviter: Option<String>,
        head: Letterhead,
    ) -> Option<Result<Composed, MailError>> {
        let token = secrets::derive(&self.keyring, row, Way::Mail)?;
        let role = row.shown.role.as_ref();
        let letter = Letter {
            key: &due.key,
            language: row.shown.language,
            to: &row.address,
            workspace,
            inviter: inviter.as_deref(),
            role_key: role.map_or("", |role| &role.key),
            role_name: role.map_or("", |role| &role.name),
            expires_at: row.shown.expires_at,
            token: &token,
            head,
        };
        Some(compose(&self.sender, &letter))
    }

    async fn fall_back(&self, due: &Due, fault: Fault) -> Result<Round, PoolError> {
        let reason = match fault {
            Fault::Unknown => return self.end(due, Ended::Failed("interrupted"), Mailed::Interrupted).await,
            Fault::Final(reason) => return self.end(due, Ended::Failed(reason), Mailed::Refused).await,
            Fault::Passing(reason) if due.attempts >= MOST_ATTEMPTS => {
                return self.end(due, Ended::Failed(reason), Mailed::Failed).await;
            }
            Fault::Passing(reason) => reason,
        };
        let pause_s = (FIRST_PAUSE_S * 2f64.powi(due.attempts - 1)).min(LONGEST_PAUSE_S);
        outbox::postpone(&**self.postgres.get().await?, due, pause_s, reason).await?;
        self.metrics.mail(Mailed::Postponed, 1);
        tracing::info!(mail.key = due.key, mail.reason = reason, mail.attempts = due.attempts, "a mail waits");
        Ok(Round::Done)
    }

    async fn end(&self, due: &Due, ended: Ended, outcome: Mailed) -> Result<Round, PoolError> {
        outbox::end(&**self.postgres.get().await?, due, ended).await?;
        self.metrics.mail(outcome, 1);
        tracing::info!(
            mail.key = due.key,
            mail.outcome = outcome.label(),
            mail.attempts = due.attempts,
            "a mail ended"
        );
        Ok(Round::Done)
    }
}
