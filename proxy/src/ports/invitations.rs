//! Invitations: offers of a membership, made by those who may, taken by whom they are for.

use annex_policy::RoleView;
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Address, Asked, Denial, Denied, Role, SourceError, Trail};
use crate::{identity::Principal, snapshot::Snapshot};

/// What a link carries. Whoever holds it may accept, if the address is theirs.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    pub fn new(text: String) -> Self {
        Token(Zeroizing::new(text))
    }

    /// The text, for a link or a mail and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// In which language somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// The tag (BCP 47), in tables and in the API.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    pub fn of_tag(tag: &str) -> Option<Self> {
        [Language::English, Language::German].into_iter().find(|language| language.tag() == tag)
    }

    /// Of a tag that may say more than the language, such as `de-AT`.
    pub fn of_range(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Language::of_tag(&primary.to_ascii_lowercase())
    }
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Declined,
    Revoked,
    Expired,
}

impl InvitationStatus {
    const ALL: [Self; 5] = [Self::Pending, Self::Accepted, Self::Declined, Self::Revoked, Self::Expired];

    /// The word in the table and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What became of the last mail of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    Queued,
    Sent,
    Failed,
}

impl Delivery {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Delivery::Queued => "queued",
            Delivery::Sent => "sent",
            Delivery::Failed => "failed",
        }
    }
}

/// An invitation, as those who manage members see it.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: Uuid,
    pub workspace: String,
    /// As it was typed.
    pub email: String,
    /// `None`: ended, and the role is gone.
    pub role: Option<Role>,
    pub status: InvitationStatus,
    pub language: Language,
    pub invited_by: String,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub last_sent_at: Timestamp,
    /// The first mail and each one sent again.
    pub send_count: i32,
    /// `None`: nothing was to be mailed.
    pub delivery: Option<Delivery>,
}

/// A role, by what a client names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleNamed {
    Key(String),
    Id(Uuid),
}

/// An invitation that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationDraft {
    pub address: Address,
    pub role: RoleNamed,
    /// `None`: that of the workspace, if there are letters in it.
    pub language: Option<Language>,
    /// `None`: as long as the installation says.
    pub lifetime_days: Option<i32>,
}

/// An invitation with a link that nobody will see again.
#[derive(Debug, Clone)]
pub struct Issued {
    pub invitation: Invitation,
    /// `None`: an answer repeated after the link was made anew.
    pub link: Option<Token>,
}

/// What became of one row of many.
#[derive(Debug, Clone)]
pub enum RowOutcome {
    Invited(Box<Issued>),
    /// A dry run: it would be invited.
    Fine,
    Refused(Denial),
}

/// Whether many are invited or only checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    Real,
    Dry,
}

/// Which invitations of a workspace, newest first.
#[derive(Debug, Clone, Default)]
pub struct InvitationPage {
    pub status: Option<InvitationStatus>,
    /// The last one of the page before.
    pub after: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// Somebody to whom a workspace is offered, and the moment at which they ask. They need nothing but their account.
#[derive(Debug, Clone)]
pub struct Guest<'a> {
    pub principal: &'a Principal,
    pub snapshot: &'a Snapshot,
    pub trail: Trail,
}

/// By what a guest names an invitation.
#[derive(Debug, Clone, Copy)]
pub enum Ticket<'a> {
    /// The secret of a mail or of a link.
    Token(&'a str),
    /// Its id, by those who have proven that they read its address.
    Id(Uuid),
}

/// An invitation, as whom it is for sees it.
#[derive(Debug, Clone)]
pub struct InvitationOffer {
    pub invitation: Invitation,
    /// Of the address, as it is compared.
    pub address: String,
    pub workspace_name: String,
    pub logo_url: Option<String>,
    /// Who invites, by name.
    pub inviter_name: Option<String>,
}

/// A page of what is offered to somebody; what nobody could take is left out of it.
#[derive(Debug, Clone, Default)]
pub struct OfferPage {
    pub offers: Vec<InvitationOffer>,
    /// From where the next page goes on, if there is one.
    pub next: Option<(Timestamp, Uuid)>,
}

/// Those who manage members.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// A page of a workspace's invitations.
    async fn list(&self, asked: Asked<'_>, page: &InvitationPage) -> Result<Vec<Invitation>, Denied>;

    /// Offers a membership. The mail leaves after the commit.
    async fn invite(&self, asked: Asked<'_>, draft: &InvitationDraft) -> Result<Issued, Denied>;

    /// Offers many, each on its own: one outcome per draft.
    async fn invite_many(
        &self,
        asked: Asked<'_>,
        drafts: &[Option<InvitationDraft>],
        run: Run,
    ) -> Result<Vec<Option<RowOutcome>>, Denied>;

    /// Mails a new secret; the one mailed before is void.
    async fn resend(&self, asked: Asked<'_>, id: Uuid) -> Result<Invitation, Denied>;

    /// Makes a new link; the one shown before is void.
    async fn link(&self, asked: Asked<'_>, id: Uuid) -> Result<Issued, Denied>;

    /// Takes an offer back.
    async fn revoke(&self, asked: Asked<'_>, id: Uuid) -> Result<(), Denied>;
}

/// Those who are invited.
#[async_trait]
pub trait Offers: Send + Sync {
    /// What is offered to an address that the guest has proven, newest first: those after a place, from `limit` rows.
    async fn pending(
        &self,
        guest: &Guest<'_>,
        after: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<OfferPage, SourceError>;

    /// What a secret offers; `None`: nothing, whatever the reason.
    async fn preview(&self, token: &str, snapshot: &Snapshot) -> Result<Option<InvitationOffer>, SourceError>;

    /// Joins the workspace, and tells which. In force on this node when it returns.
    async fn accept(&self, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<String, Denied>;

    /// Turns the offer down.
    async fn decline(&self, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<(), Denied>;
}

/// Whether somebody with the role `held` may offer the role `offered`.
pub fn may_issue(held: RoleView<'_>, offered: RoleView<'_>) -> bool {
    held.permissions.contains(MANAGE_MEMBERS) && held.may_give(offered).is_ok()
}

/// What it takes to invite.
pub const MANAGE_MEMBERS: annex_policy::Permission =
    annex_policy::Permission::new(annex_policy::Module::Members, annex_policy::Verb::Manage);
