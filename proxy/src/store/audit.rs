//! Audit events, in the transaction of the change that they tell of.
//!
//! **Invariant:** no commit, no event; no event, no commit. Append last: the chain is locked until the end.

use serde_json::Value;
use tokio_postgres::{Error, Transaction};

use crate::ports::Trail;

/// What happened. Closed: the names stand in the tables and in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    WorkspaceCreated,
    WorkspaceSwitched,
    WorkspaceUpdated,
    WorkspaceDeleted,
    WorkspaceRestored,
    WorkspacePurged,
    OwnershipOffered,
    OwnershipTransferred,
    OwnershipOfferEnded,
    MemberJoined,
    MemberRemoved,
    MemberRoleChanged,
    MemberSuspended,
    MemberResumed,
    MemberLeft,
    AdminAssigned,
    RoleCreated,
    RoleChanged,
    RoleDeleted,
    MemberInvited,
    InvitationResent,
    InvitationLinkShown,
    InvitationRevoked,
    InvitationDeclined,
    FlagChanged,
    RolloutChanged,
    AccessDenied,
    ActivityExported,
    WebhookCreated,
    WebhookChanged,
    WebhookDeleted,
    WebhookSecretRotated,
    WebhookDisabled,
    WebhookTested,
    WebhookReplayed,
    /// A workspace came from the CRM's later version.
    WorkspaceImported,
    /// Something that happened there, with its own time in the details.
    ActivityImported,
    ShadowAccepted,
    ShadowForgotten,
    BrandingChanged,
    OnboardingChanged,
}

impl Action {
    /// The name in `audit_events.action`.
    pub fn name(self) -> &'static str {
        match self {
            Action::WorkspaceCreated => "workspace.created",
            Action::WorkspaceSwitched => "workspace.switched",
            Action::WorkspaceUpdated => "workspace.updated",
            Action::WorkspaceDeleted => "workspace.deleted",
            Action::WorkspaceRestored => "workspace.restored",
            Action::WorkspacePurged => "workspace.purged",
            Action::OwnershipOffered => "workspace.ownership_offered",
            Action::OwnershipTransferred => "workspace.ownership_transferred",
            Action::OwnershipOfferEnded => "workspace.ownership_offer_ended",
            Action::MemberJoined => "member.joined",
            Action::MemberRemoved => "member.removed",
            Action::MemberRoleChanged => "member.role_changed",
            Action::MemberSuspended => "member.suspended",
            Action::MemberResumed => "member.resumed",
            Action::MemberLeft => "member.left",
            Action::AdminAssigned => "workspace.admin_assigned",
            Action::RoleCreated => "role.created",
            Action::RoleChanged => "role.changed",
            Action::RoleDeleted => "role.deleted",
            Action::MemberInvited => "member.invited",
            Action::InvitationResent => "invitation.resent",
            Action::InvitationLinkShown => "invitation.link_shown",
            Action::InvitationRevoked => "invitation.revoked",
            Action::InvitationDeclined => "invitation.declined",
            Action::FlagChanged => "flag.changed",
            Action::RolloutChanged => "flag.rollout_changed",
            Action::AccessDenied => "access.denied",
            Action::ActivityExported => "activity.exported",
            Action::WebhookCreated => "webhook.created",
            Action::WebhookChanged => "webhook.changed",
            Action::WebhookDeleted => "webhook.deleted",
            Action::WebhookSecretRotated => "webhook.secret_rotated",
            Action::WebhookDisabled => "webhook.disabled",
            Action::WebhookTested => "webhook.tested",
            Action::WebhookReplayed => "webhook.replayed",
            Action::WorkspaceImported => "workspace.imported",
            Action::ActivityImported => "activity.imported",
            Action::ShadowAccepted => "shadow.accepted",
            Action::ShadowForgotten => "shadow.forgotten",
            Action::BrandingChanged => "branding.changed",
            Action::OnboardingChanged => "onboarding.changed",
        }
    }
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// `None`: the platform's own chain.
    pub workspace: Option<&'a str>,
    pub action: Action,
    /// What kind of thing it was done to, and its id.
    pub target: (&'static str, &'a str),
    /// An object.
    pub details: Value,
}

const APPEND: &str = "
    select id from annex.append_audit_event(
        p_tenant_id => $1, p_action => $2, p_actor_kind => $3, p_actor_id => $4, p_target_kind => $5, p_target_id => $6,
        p_details => $7, p_ip => $8, p_user_agent => $9, p_request_id => $10)";

/// Appends `event` to its chain.
pub async fn append(transaction: &Transaction<'_>, trail: &Trail, event: &Event<'_>) -> Result<(), Error> {
    let (target_kind, target_id) = event.target;
    let (workspace, action) = (event.workspace.unwrap_or_default(), event.action.name());
    let (kind, actor) = (trail.actor.kind(), trail.actor.id());
    transaction
        .query_one(
            APPEND,
            &[
                &workspace,
                &action,
                &kind,
                &actor,
                &target_kind,
                &target_id,
                &event.details,
                &trail.ip,
                &trail.user_agent,
                &trail.request_id,
            ],
        )
        .await
        .map(drop)
}
