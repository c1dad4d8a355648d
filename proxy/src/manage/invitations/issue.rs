//! Offering memberships: one, or up to a hundred in one transaction with one number of statements.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::{Invitations, Mail, READ_MEMBERS, Remembered};
use crate::{
    crm::{Statements, addresses_within},
    manage::{
        Change, Standing,
        change::failed,
        secrets::{self, Way},
    },
    ports::{
        Address, Asked, Denial, Denied, InvitationDraft, Issued, Language, MANAGE_MEMBERS, Role, RoleNamed, RowOutcome,
        Run, Token,
    },
    store::{
        audit::Action,
        invitations::{self, NewInvitation, Scope},
        outbox, roles, settings,
    },
};

/// A draft that nothing speaks against so far.
struct Candidate<'d> {
    /// Its place among the drafts.
    at: usize,
    draft: &'d InvitationDraft,
    role: Role,
}

/// A mailbox that was invited too often.
struct Over {
    mailbox: String,
    /// How many rows of this request it may still have.
    room: usize,
    retry_after_s: u32,
}

fn mailbox(candidate: &Candidate<'_>) -> String {
    Address::mailbox(candidate.draft.address.compared())
}

/// What was written down.
struct Written {
    at: usize,
    id: Uuid,
    link: Token,
}

/// Said of an address that stands twice in one request.
const TWICE: Denial = Denial::Conflict("This address stands in an earlier row");

/// Said of an address at which no person is.
const NOBODYS: Denial = Denial::Invalid { path: "email", code: "not_an_email_address" };

/// Until the limit of members, which time alone does not lift, is worth trying again.
const FULL_RETRY_S: u32 = 86_400;

impl Invitations {
    pub(super) async fn invite_one(&self, mut change: Change<'_>, draft: &InvitationDraft) -> Result<Issued, Denied> {
        let (written, mut refused) = self.write(&change, &[Some(draft.clone())]).await?;
        let Some(Written { id, link, .. }) = written.into_iter().next() else {
            let why = refused.pop().map_or(Denial::AlreadyInvited, |(_, denial)| denial);
            return Err(why.into());
        };
        let issued = self.read_back(&change, id, Some(link)).await?;
        let role = issued.invitation.role.as_ref().map(|role| role.key.to_string());
        let details = json!({ "email": draft.address.typed(), "role": role });
        change.tell(Action::MemberInvited, ("invitation", &id.to_string()), details);
        self.desk.finish(change, &json!(Remembered { id, link: 1 })).await?;
        self.due.notify_one();
        Ok(issued)
    }

    pub(super) async fn invite_all(
        &self,
        mut change: Change<'_>,
        drafts: &[Option<InvitationDraft>],
        run: Run,
    ) -> Result<Vec<Option<RowOutcome>>, Denied> {
        let (written, refused) = self.write(&change, drafts).await?;
        let mut outcomes: Vec<Option<RowOutcome>> = drafts.iter().map(|_| None).collect();
        let mut kept: Vec<Option<Kept>> = drafts.iter().map(|_| None).collect();
        for (at, denial) in refused {
            put(&mut kept, at, Kept::Refused(Word::of(&denial)));
            put(&mut outcomes, at, RowOutcome::Refused(denial));
        }
        if run == Run::Dry {
            // What was tried goes with the transaction.
            for Written { at, .. } in written {
                put(&mut outcomes, at, RowOutcome::Fine);
            }
            return Ok(outcomes);
        }
        let ids: Vec<Uuid> = written.iter().map(|one| one.id).collect();
        let mut rows = self.rows(&*change.transaction, &change.workspace, &ids).await?;
        let mut told = Vec::new();
        for Written { at, id, link } in written {
            let Some(place) = rows.iter().position(|row| row.shown.id == id) else { continue };
            let invitation = rows.swap_remove(place).shown;
            let role = invitation.role.as_ref().map(|role| role.key.to_string());
            told.push(json!({ "id": id, "email": invitation.email, "role": role }));
            put(&mut kept, at, Kept::Invited(Remembered { id, link: 1 }));
            put(&mut outcomes, at, RowOutcome::Invited(Box::new(Issued { invitation, link: Some(link) })));
        }
        if !told.is_empty() {
            let workspace = change.workspace.clone();
            change.tell(Action::MemberInvited, ("workspace", &workspace), json!({ "invitations": told }));
        }
        self.desk.finish(change, &json!({ "rows": kept })).await?;
        self.due.notify_one();
        Ok(outcomes)
    }

    /// What the same request did before.
    pub(super) async fn recalled_many(
        &self,
        client: &impl GenericClient,
        asked: &Asked<'_>,
        done: Value,
    ) -> Result<Vec<Option<RowOutcome>>, Denied> {
        let kept: KeptRows = serde_json::from_value(done).map_err(|_| Denial::KeyReused)?;
        let done: Vec<Remembered> = kept.rows.iter().filter_map(Kept::invited).collect();
        let mut issued = self.recall(client, asked, &done).await?;
        let outcomes = kept.rows.into_iter().map(|row| match row? {
            Kept::Refused(word) => Some(RowOutcome::Refused(word.denial())),
            Kept::Invited(Remembered { id, .. }) => {
                let at = issued.iter().position(|one| one.invitation.id == id)?;
                Some(RowOutcome::Invited(Box::new(issued.swap_remove(at))))
            }
        });
        Ok(outcomes.collect())
    }

    /// Writes down what nothing speaks against, and tells what speaks against the rest.
    async fn write(
        &self,
        change: &Change<'_>,
        drafts: &[Option<InvitationDraft>],
    ) -> Result<(Vec<Written>, Vec<(usize, Denial)>), Denied> {
        change.caller.need(MANAGE_MEMBERS)?;
        let (transaction, workspace) = (&*change.transaction, change.workspace.as_str());
        invitations::expire_due(transaction, Some(workspace)).await.map_err(failed)?;
        let joined = invitations::joined(transaction, workspace).await.map_err(failed)?;
        if joined >= i64::from(self.limits.members_per_workspace) {
            return Err(full().into());
        }
        let rows = roles::all(transaction, workspace).await.map_err(failed)?;
        let roles: Vec<Role> = rows.into_iter().map(|row| row.role).collect();
        let (mut candidates, mut refused) = candidates(&change.caller, &self.desk.crm, &roles, drafts);
        self.drop_known(change, &mut candidates, &mut refused).await?;
        self.drop_too_many(change, &mut candidates, &mut refused).await?;
        Ok((self.insert(change, candidates).await?, refused))
    }

    /// Members, as far as the caller may know them, and the invited. The statements are the same whoever is asked for.
    async fn drop_known(
        &self,
        change: &Change<'_>,
        candidates: &mut Vec<Candidate<'_>>,
        refused: &mut Vec<(usize, Denial)>,
    ) -> Result<(), Denied> {
        let (transaction, workspace) = (&*change.transaction, change.workspace.as_str());
        let addresses: Vec<&str> = candidates.iter().map(|one| one.draft.address.compared()).collect();
        let members = addresses_within(transaction, &self.desk.crm, workspace, &addresses).await.map_err(failed)?;
        let invited = invitations::pending_among(transaction, workspace, &addresses).await.map_err(failed)?;
        let knows_members = change.caller.permissions.contains(READ_MEMBERS);
        candidates.retain(|one| {
            let is_in = |list: &[String]| list.iter().any(|address| address == one.draft.address.compared());
            let denial = match (knows_members && is_in(&members), is_in(&invited)) {
                (true, _) => Denial::AlreadyMember,
                (false, true) => Denial::AlreadyInvited,
                (false, false) => return true,
            };
            refused.push((one.at, denial));
            false
        });
        Ok(())
    }

    /// Counts, and drops rows whose address was invited too often; the person and the workspace stand for all rows.
    async fn drop_too_many(
        &self,
        change: &Change<'_>,
        candidates: &mut Vec<Candidate<'_>>,
        refused: &mut Vec<(usize, Denial)>,
    ) -> Result<(), Denied> {
        if candidates.is_empty() {
            return Ok(());
        }
        let number = i64::try_from(candidates.len()).unwrap_or(i64::MAX);
        let mut counts = vec![
            (Scope::Person, change.principal.as_str(), number),
            (Scope::Workspace, change.workspace.as_str(), number),
        ];
        let mailboxes: Vec<String> = candidates.iter().map(mailbox).collect();
        counts.extend(mailboxes.iter().map(|mailbox| (Scope::Recipient, mailbox.as_str(), 1)));
        let counted = invitations::take(&change.transaction, &counts).await.map_err(failed)?;
        let mut over: Vec<Over> = Vec::new();
        for one in counted {
            let (limit, what) = self.limit(one.scope);
            if one.count <= i64::from(limit) {
                continue;
            }
            let retry_after_s = u32::try_from(one.left_s).unwrap_or(1).max(1);
            match one.scope {
                Scope::Recipient => {
                    let here = mailboxes.iter().filter(|mailbox| **mailbox == one.subject).count();
                    let excess = usize::try_from(one.count - i64::from(limit)).unwrap_or(here);
                    over.push(Over { mailbox: one.subject, room: here.saturating_sub(excess), retry_after_s });
                }
                Scope::Person | Scope::Workspace => return Err(Denial::TooMany { retry_after_s, what }.into()),
            }
        }
        let what = self.limit(Scope::Recipient).1;
        let mut dropped = Vec::new();
        candidates.retain(|one| {
            let mailbox = mailbox(one);
            let Some(over) = over.iter_mut().find(|over| over.mailbox == mailbox) else { return true };
            if over.room > 0 {
                over.room -= 1;
                return true;
            }
            refused.push((one.at, Denial::TooMany { retry_after_s: over.retry_after_s, what }));
            dropped.push(mailbox);
            false
        });
        self.give_back(change, &dropped).await
    }

    async fn give_back(&self, change: &Change<'_>, dropped: &[String]) -> Result<(), Denied> {
        let number = i64::try_from(dropped.len()).unwrap_or(i64::MAX);
        let mailboxes: Vec<&str> = dropped.iter().map(String::as_str).collect();
        for (scope, subjects, each) in [
            (Scope::Recipient, mailboxes.as_slice(), 1),
            (Scope::Person, &[change.principal.as_str()][..], number),
            (Scope::Workspace, &[change.workspace.as_str()][..], number),
        ] {
            if number > 0 {
                invitations::give_back(&change.transaction, scope, subjects, each).await.map_err(failed)?;
            }
        }
        Ok(())
    }

    pub(super) fn limit(&self, scope: Scope) -> (u32, &'static str) {
        match scope {
            Scope::Recipient => (self.limits.per_address_day, "This address was invited too often today"),
            Scope::Person => (self.limits.per_person_hour, "You have sent too many invitations in this hour"),
            Scope::Workspace => (self.limits.per_workspace_day, "This workspace has sent too many invitations today"),
        }
    }

    async fn insert(&self, change: &Change<'_>, candidates: Vec<Candidate<'_>>) -> Result<Vec<Written>, Denied> {
        let (transaction, workspace) = (&*change.transaction, change.workspace.as_str());
        let theirs = settings::language(transaction, workspace).await.map_err(failed)?;
        let theirs = theirs.as_deref().and_then(Language::of_range).unwrap_or_default();
        let mut written = Vec::new();
        let mut rows = Vec::new();
        for Candidate { at, draft, role } in candidates {
            let id = Uuid::new_v4();
            let (_, mail) = secrets::mint(&self.keyring, id, Way::Mail);
            let (link, link_row) = secrets::mint(&self.keyring, id, Way::Link);
            rows.push(NewInvitation {
                id,
                email: draft.address.typed(),
                address: draft.address.compared(),
                role: role.id,
                language: draft.language.unwrap_or(theirs),
                lifetime_days: draft.lifetime_days.unwrap_or(self.limits.lifetime_days),
                mail,
                link: link_row,
            });
            written.push(Written { at, id, link });
        }
        if rows.is_empty() {
            return Ok(written);
        }
        invitations::add(transaction, workspace, &change.principal, &rows).await.map_err(failed)?;
        if self.limits.mail == Mail::On {
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            outbox::add(transaction, &ids, 1).await.map_err(failed)?;
        }
        Ok(written)
    }

    pub(super) async fn read_back(&self, change: &Change<'_>, id: Uuid, link: Option<Token>) -> Result<Issued, Denied> {
        let rows = self.rows(&*change.transaction, &change.workspace, &[id]).await?;
        let row = rows.into_iter().next().ok_or(Denial::InvitationNotFound)?;
        Ok(Issued { invitation: row.shown, link })
    }
}

/// Said where no seat is left.
pub(in crate::manage) fn full() -> Denial {
    Denial::TooMany { retry_after_s: FULL_RETRY_S, what: "This workspace has no room for another member" }
}

fn candidates<'d>(
    caller: &Standing,
    crm: &Statements,
    roles: &[Role],
    drafts: &'d [Option<InvitationDraft>],
) -> (Vec<Candidate<'d>>, Vec<(usize, Denial)>) {
    let (mut candidates, mut refused) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(draft) = draft else { continue };
        let role = roles.iter().find(|role| match &draft.role {
            RoleNamed::Key(key) => *role.key == **key,
            RoleNamed::Id(id) => role.id == *id,
        });
        let checked = match role {
            _ if crm.is_nobodys(draft.address.compared()) => Err(NOBODYS),
            None => Err(Denial::Invalid { path: "role", code: "unknown_role" }),
            Some(role) => caller.may_give(role.view()).map(|()| role.clone()),
        };
        match checked {
            Ok(_) if !seen.insert(draft.address.compared()) => refused.push((at, TWICE)),
            Ok(role) => candidates.push(Candidate { at, draft, role }),
            Err(denial) => refused.push((at, denial)),
        }
    }
    (candidates, refused)
}

fn put<T>(list: &mut [Option<T>], at: usize, value: T) {
    if let Some(place) = list.get_mut(at) {
        *place = Some(value);
    }
}

/// What an idempotency key remembers of many.
#[derive(Debug, Deserialize)]
struct KeptRows {
    rows: Vec<Option<Kept>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Invited(Remembered),
    Refused(Word),
}

impl Kept {
    fn invited(row: &Option<Kept>) -> Option<Remembered> {
        match row {
            Some(Kept::Invited(remembered)) => Some(*remembered),
            Some(Kept::Refused(_)) | None => None,
        }
    }
}

/// Why a row was refused, in a word.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Nobodys,
    UnknownRole,
    RoleExceeds,
    AdminOnly,
    Member,
    Invited,
    Twice,
    TooMany,
}

impl Word {
    fn of(denial: &Denial) -> Self {
        match denial {
            Denial::AlreadyMember => Word::Member,
            Denial::AlreadyInvited => Word::Invited,
            Denial::Conflict(_) => Word::Twice,
            Denial::TooMany { .. } => Word::TooMany,
            Denial::Invalid { path: "email", .. } => Word::Nobodys,
            Denial::Invalid { .. } => Word::UnknownRole,
            Denial::AdminOnly => Word::AdminOnly,
            _ => Word::RoleExceeds,
        }
    }

    fn denial(self) -> Denial {
        match self {
            Word::Nobodys => NOBODYS,
            Word::UnknownRole => Denial::Invalid { path: "role", code: "unknown_role" },
            Word::RoleExceeds => Denial::RoleExceedsCaller(annex_policy::PermissionSet::EMPTY),
            Word::AdminOnly => Denial::AdminOnly,
            Word::Member => Denial::AlreadyMember,
            Word::Invited => Denial::AlreadyInvited,
            Word::Twice => TWICE,
            Word::TooMany => Denial::TooMany { retry_after_s: 1, what: "This address was invited too often today" },
        }
    }
}
