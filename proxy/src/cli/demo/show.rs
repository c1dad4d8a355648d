//! What a person needs to try the demo by hand.

use super::stage::Stage;

/// The logins that the reference CRM's seed makes.
const LOGINS: [(&str, &str, &str); 5] = [
    ("SaaS admin", "saas@nexus.test", "demo-saas-1"),
    ("Aurora Studio, owner", "ada@aurora.test", "demo-ada-1"),
    ("Aurora Studio, team member", "tom@aurora.test", "demo-tom-1"),
    ("Borealis Media, owner", "bo@borealis.test", "demo-bo-1"),
    ("Borealis Media, team member", "bea@borealis.test", "demo-bea-1"),
];

/// URLs, logins and commands.
pub fn everything(stage: &Stage) -> String {
    let logins = LOGINS.map(|(who, email, password)| format!("  {who:<28} {email:<20} {password}")).join("\n");
    let cache = if stage.has_redis() { "a private Redis" } else { "memory alone: this machine has no redis-server" };
    format!(
        "Annex runs in front of the CRM. Cache: {cache}.

  The CRM through Annex   {annex}
  The CRM directly        {crm}
  For operators           {admin}/  {admin}/readyz  {admin}/metrics
  PostgreSQL              {postgres}
  Mail becomes files in   {mails}

{logins}

The runtime role annex_app was given, by the CRM's owner:

{grants}

Turn the feature on for Aurora Studio, make a workspace, work in it. In a browser, from the seventh line on: sign in as ada@aurora.test,
and the switcher stands in the header of the next page. {annex}/_annex/admin is the SaaS admin's.

  A={annex}
  token() {{ curl -s $A/api/auth/login -H 'Content-Type: application/json' -d \"{{\\\"email\\\":\\\"$1\\\",\\\"password\\\":\\\"$2\\\"}}\"; }}
  field() {{ node -pe \"JSON.parse(require('fs').readFileSync(0))$1\"; }}
  SAAS=$(token saas@nexus.test demo-saas-1 | field .accessToken)
  ADA=$(token ada@aurora.test demo-ada-1 | field .accessToken)
  TENANT=$(token ada@aurora.test demo-ada-1 | field .user.tenantId)
  curl -s -X POST -H \"Authorization: Bearer $SAAS\" $A/api/admin/tenants/$TENANT/enable-multi-workspace
  curl -s -H \"Authorization: Bearer $ADA\" $A/api/features
  W=$(curl -s -H \"Authorization: Bearer $ADA\" -H 'Content-Type: application/json' -d '{{\"name\":\"Aurora North\"}}' $A/api/workspaces | field .id)
  curl -s -H \"Authorization: Bearer $ADA\" $A/api/workspaces
  curl -s -H \"Authorization: Bearer $ADA\" -H \"X-Workspace-Id: $W\" $A/api/customers

Invite somebody of another agency, and read the mail:

  curl -s -H \"Authorization: Bearer $ADA\" -H 'Content-Type: application/json' -d '{{\"email\":\"bo@borealis.test\",\"role\":\"viewer\"}}' $A/api/workspaces/$W/invitations
  cat {mails}/*.eml

Ctrl-C ends it all and leaves nothing behind.",
        annex = stage.annex_url,
        crm = stage.crm.url,
        admin = stage.admin_url,
        mails = stage.mails.display(),
        grants = stage.grants.iter().map(|grant| format!("  {grant}")).collect::<Vec<_>>().join("\n"),
        postgres = stage.postgres.url("annex_owner"),
    )
}
