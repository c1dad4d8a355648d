//! One good request for every operation.
//!
//! `{id}` is the workspace, in which everybody with a role has it; `{person}` is a plain member of it; what else a path or a
//! body names stands in `rows`: the statement makes it in the workspace `$1` and answers its id as text.

use crate::openapi::Operation;

/// A good request.
pub struct Example {
    /// Method and path, as in the document.
    pub operation: &'static str,
    /// JSON, or empty for none.
    pub body: &'static str,
    /// Further names, each with the statement that makes it.
    pub rows: &'static [(&'static str, &'static str)],
}

const fn plain(operation: &'static str) -> Example {
    Example { operation, body: "", rows: &[] }
}

const fn sends(operation: &'static str, body: &'static str) -> Example {
    Example { operation, body, rows: &[] }
}

const fn about(operation: &'static str, body: &'static str, rows: &'static [(&'static str, &'static str)]) -> Example {
    Example { operation, body, rows }
}

const WEBHOOK: &[(&str, &str)] = &[(
    "webhookId",
    "INSERT INTO annex.webhooks (tenant_id, url, events, secret, created_by)
     VALUES ($1, 'https://example.com/', '{member.*}', decode(repeat('00', 80), 'hex'), 'somebody') RETURNING id::text",
)];

const DELIVERY: &[(&str, &str)] = &[
    WEBHOOK[0],
    (
        "deliveryId",
        "INSERT INTO annex.webhook_deliveries (webhook_id, tenant_id, event, payload, state, ended_at)
         SELECT id, tenant_id, 'member.joined', '{}', 'failed', now() FROM annex.webhooks WHERE tenant_id = $1
         RETURNING id::text",
    ),
];

/// For somebody else, from the Admin, long enough ago to be sent again.
const INVITATION: &[(&str, &str)] = &[(
    "invitationId",
    "INSERT INTO annex.workspace_invitations
       (id, tenant_id, email, address, role_id, mail_seed, mail_hash, link_seed, link_hash, invited_by, last_sent_at)
     SELECT gen_random_uuid(), w.tenant_id, 'guest@example.com', 'guest@example.com', r.id, sha256('a'), sha256(random()::text::bytea),
       sha256('b'), sha256(random()::text::bytea), w.owner_user_id, now() - interval '1 hour'
     FROM annex.workspaces w JOIN annex.workspace_roles r ON r.tenant_id = w.tenant_id AND r.key = 'viewer'
     WHERE w.tenant_id = $1 RETURNING id::text",
)];

/// Stands for the token of an invitation to the stranger with the feature: it leaves the program alone, in the answer to
/// whoever invites (`super::with_token`).
pub const TOKEN: &str = "a-token";

const WITH_TOKEN: &[(&str, &str)] = &[("token", "SELECT 'a-token' WHERE $1::text IS NOT NULL")];

/// A picture and no JSON.
pub const PICTURE: &str = "a picture";

/// What [`PICTURE`] stands for: one pixel of PNG, in base64.
pub const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A picture of the workspace, as far as a server looks at one.
const FILE: &[(&str, &str)] = &[(
    "file",
    "INSERT INTO annex.assets (name, tenant_id, logo, px, bytes)
     SELECT n.name, $1, n.name, 32, decode('89504e470d0a1a0a', 'hex') FROM (SELECT encode(sha256($1::text::bytea), 'hex') AS name) n
     RETURNING name || '.png'",
)];

const STEP: &[(&str, &str)] = &[("step", "SELECT 'invite_team' WHERE $1::text IS NOT NULL")];

/// Nobody has it.
const ROLE: &[(&str, &str)] = &[(
    "roleId",
    "INSERT INTO annex.workspace_roles (tenant_id, key, name) VALUES ($1, 'spare', 'Spare') RETURNING id::text",
)];

/// It can be restored still.
const DELETED: &[(&str, &str)] = &[(
    "deleted",
    "UPDATE annex.workspaces SET deleted_at = now(), deleted_by = 'somebody', purge_after = now() + interval '30 days'
     WHERE tenant_id = $1 RETURNING tenant_id",
)];

/// From the owner, who is the Admin, to the manager.
const OFFER: &[(&str, &str)] = &[(
    "transferId",
    "INSERT INTO annex.ownership_transfers (tenant_id, from_user_id, opened_by, to_user_id)
     SELECT w.tenant_id, w.owner_user_id, w.owner_user_id, u.user_id
     FROM annex.workspaces w JOIN annex.workspace_users u ON u.tenant_id = w.tenant_id
     JOIN annex.workspace_roles r ON r.id = u.role_id AND r.key = 'manager' AND u.status = 'active'
     WHERE w.tenant_id = $1 RETURNING id::text",
)];

/// All of them.
pub const EXAMPLES: &[Example] = &[
    plain("GET /api/features"),
    plain("GET /api/workspaces"),
    sends("POST /api/workspaces", r#"{"name": "One more"}"#),
    plain("GET /api/workspaces/events"),
    plain("GET /api/workspaces/summary"),
    plain("GET /api/workspaces/deleted"),
    plain("GET /api/workspaces/{id}"),
    sends("PATCH /api/workspaces/{id}", r#"{"name": "Another name"}"#),
    sends("DELETE /api/workspaces/{id}", r#"{"confirmName": "A workspace"}"#),
    about("POST /api/workspaces/{id}/restore", "", DELETED),
    plain("GET /api/workspaces/{id}/ownership-transfer"),
    sends("POST /api/workspaces/{id}/ownership-transfer", r#"{"userId": "{person}"}"#),
    about("POST /api/workspaces/{id}/ownership-transfer/{transferId}/accept", "", OFFER),
    about("POST /api/workspaces/{id}/ownership-transfer/{transferId}/decline", "", OFFER),
    about("POST /api/workspaces/{id}/ownership-transfer/{transferId}/cancel", "", OFFER),
    plain("POST /api/workspaces/{id}/switch"),
    plain("GET /api/workspaces/{id}/members"),
    plain("GET /api/workspaces/{id}/members/{userId}"),
    sends("PATCH /api/workspaces/{id}/members/{userId}", r#"{"role": "viewer"}"#),
    plain("DELETE /api/workspaces/{id}/members/{userId}"),
    plain("POST /api/workspaces/{id}/leave"),
    plain("GET /api/workspaces/{id}/roles"),
    sends("POST /api/workspaces/{id}/roles", r#"{"name": "Reader", "permissions": ["contacts:read"]}"#),
    about("PATCH /api/workspaces/{id}/roles/{roleId}", r#"{"name": "Other"}"#, ROLE),
    about("DELETE /api/workspaces/{id}/roles/{roleId}", "", ROLE),
    plain("GET /api/permissions"),
    plain("GET /api/workspaces/{id}/branding"),
    sends("PUT /api/workspaces/{id}/branding", r##"{"primaryColor": "#336699"}"##),
    plain("DELETE /api/workspaces/{id}/branding"),
    plain("POST /api/workspaces/{id}/branding/publish"),
    plain("POST /api/workspaces/{id}/branding/discard"),
    sends("PUT /api/workspaces/{id}/logo", PICTURE),
    plain("DELETE /api/workspaces/{id}/logo"),
    about("GET /_annex/assets/{file}", "", FILE),
    plain("GET /api/workspaces/{id}/onboarding"),
    about("PUT /api/workspaces/{id}/onboarding/{step}", r#"{"status": "skipped"}"#, STEP),
    plain("POST /api/workspaces/{id}/onboarding/dismiss"),
    plain("POST /api/workspaces/{id}/onboarding/reopen"),
    plain("GET /api/workspaces/{id}/invitations"),
    sends("POST /api/workspaces/{id}/invitations", r#"{"email": "{id}@example.com", "role": "viewer"}"#),
    sends(
        "POST /api/workspaces/{id}/invitations/bulk",
        r#"{"invitations": [{"email": "{id}@example.com", "role": "viewer"}], "dryRun": true}"#,
    ),
    about("DELETE /api/workspaces/{id}/invitations/{invitationId}", "", INVITATION),
    about("POST /api/workspaces/{id}/invitations/{invitationId}/resend", "", INVITATION),
    about("POST /api/workspaces/{id}/invitations/{invitationId}/link", "", INVITATION),
    plain("GET /api/invitations/pending"),
    about("POST /api/invitations/preview", r#"{"token": "{token}"}"#, WITH_TOKEN),
    about("POST /api/invitations/{token}/accept", "", WITH_TOKEN),
    about("POST /api/invitations/{token}/decline", "", WITH_TOKEN),
    about("POST /api/invitations/by-id/{invitationId}/accept", "", INVITATION),
    about("POST /api/invitations/by-id/{invitationId}/decline", "", INVITATION),
    plain("GET /api/workspaces/{id}/activity"),
    plain("GET /api/workspaces/{id}/activity/export"),
    plain("GET /api/workspaces/{id}/webhooks"),
    sends("POST /api/workspaces/{id}/webhooks", r#"{"url": "https://example.com/", "events": ["member.*"]}"#),
    about("POST /api/workspaces/{id}/webhooks/{webhookId}/deliveries/{deliveryId}/replay", "", DELIVERY),
    about("PATCH /api/workspaces/{id}/webhooks/{webhookId}", r#"{"enabled": false}"#, WEBHOOK),
    about("DELETE /api/workspaces/{id}/webhooks/{webhookId}", "", WEBHOOK),
    about("POST /api/workspaces/{id}/webhooks/{webhookId}/rotate-secret", "", WEBHOOK),
    about("POST /api/workspaces/{id}/webhooks/{webhookId}/test", "", WEBHOOK),
    about("GET /api/workspaces/{id}/webhooks/{webhookId}/deliveries", "", WEBHOOK),
    plain("GET /api/admin/workspaces"),
    sends("POST /api/admin/workspaces/{id}/assign-admin", r#"{"userId": "{person}"}"#),
    plain("GET /api/admin/feature-flags"),
    sends(
        "POST /api/admin/feature-flags",
        r#"{"key": "multi_workspace_enabled", "enabled": true, "tenantId": "{id}"}"#,
    ),
    plain("POST /api/admin/tenants/{id}/enable-multi-workspace"),
    plain("POST /api/admin/tenants/{id}/disable-multi-workspace"),
    plain("GET /api/admin/rollout"),
    plain("GET /api/admin/health"),
    sends("POST /api/admin/rollout", r#"{"percentage": 100}"#),
];

/// The example of an operation.
///
/// # Panics
/// With its name, if it has none.
pub fn of((method, path): &Operation) -> &'static Example {
    let name = format!("{method} {path}");
    let mut examples = EXAMPLES.iter();
    examples.find(|example| example.operation == name).unwrap_or_else(|| panic!("`{name}` has no row in examples.rs"))
}
