//! All that Annex knows of one CRM.
//!
//! Promise: a [`CrmProfile`] has been checked as a whole: its relations exist, its patterns match, its names are plain
//! SQL names, and no role's claims make anybody more than an administrator of one tenant.
//!
//! **Deliberately absent:** keys and addresses. A profile is the same in every installation of its CRM; what differs is
//! in the configuration.

mod branding;
mod browser;
mod find;
mod guards;
mod read;
mod reader;
mod routes;
mod shadow;
mod sql;

use std::collections::BTreeMap;

use annex_policy::{ContextStrategy, Method, RouteTable};

pub use branding::{BrandColumns, BrandValue};
pub use browser::BrowserProfile;
pub(crate) use find::find;
pub use find::shipped_profile;

use crate::credential::Algorithm;

/// All that Annex knows of one CRM.
#[derive(Debug, Clone)]
pub struct CrmProfile {
    /// Its name.
    pub name: String,
    /// How its server behaves.
    pub upstream: ProfileUpstream,
    /// Its credential.
    pub credential: CredentialProfile,
    /// How a workspace is named in a request.
    pub context: ContextProfile,
    /// Its tables.
    pub database: CrmDatabase,
    /// How a shadow user is kept; only with the strategy `member_row`.
    pub shadow: Option<ShadowProfile>,
    /// What a role says in its claims.
    pub roles: RoleClaims,
    /// Its routes.
    pub routes: RouteTable,
    /// How a row finds its tenant.
    pub relations: BTreeMap<String, Relation>,
    /// What never leaves.
    pub redact: RedactProfile,
    /// What tells whose an answer is.
    pub canary: CanaryProfile,
    /// Its pages.
    pub browser: BrowserProfile,
    /// Answers that name the home where the active workspace belongs.
    pub rewrites: Vec<Rewrite>,
    /// The largest body that it takes.
    pub body_limit_bytes: usize,
    /// How the first steps of a workspace are seen in its rows: by step, `select exists(…)` with `$1` the tenant's id.
    pub onboarding: BTreeMap<String, String>,
}

/// How the CRM's server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileUpstream {
    /// When an idle connection to it must be dropped: sooner than it drops it itself.
    pub idle_timeout_ms: u64,
}

/// The CRM's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialProfile {
    /// The word before the token in `Authorization`, case-sensitive.
    pub scheme: String,
    /// How tokens are signed.
    pub algorithm: Algorithm,
    /// A label for cache keys, so that two CRMs with the same user id do not meet.
    pub issuer: String,
    /// How long an access token lives. A longer one is a refresh token and no bearer.
    pub access_lifetime_s: u64,
    /// The largest token read.
    pub max_bytes: usize,
    /// What its claims are called.
    pub claims: ClaimNames,
    /// Kinds of principal that never have the feature.
    pub customer_kinds: Vec<String>,
    /// Kinds of principal that administer the platform; never written into a token.
    pub saas_admin_kinds: Vec<String>,
}

/// The names of claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The principal's id.
    pub principal: String,
    /// The tenant's id.
    pub tenant: String,
    /// The e-mail address.
    pub email: String,
    /// The kind of principal.
    pub kind: String,
    /// Whether they administer their tenant.
    pub admin: String,
    /// The workspace switched to; the one claim that Annex adds.
    pub active_workspace: String,
}

/// How a workspace is named in a request, and how the CRM is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextProfile {
    /// The header, in lower case.
    pub header: String,
    /// The query parameter.
    pub query: String,
    /// Headers that the CRM believes, in lower case: stripped from every request.
    pub trusted_headers: Vec<String>,
    /// Where the CRM's API lives; outside, GET and HEAD are pages and files.
    pub api_prefixes: Vec<String>,
    /// How the CRM is told.
    pub strategy: ContextStrategy,
}

/// The CRM's tables, as far as Annex reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmDatabase {
    /// The schema.
    pub schema: String,
    /// The users.
    pub users: UserColumns,
    /// The tenants.
    pub tenants: TenantColumns,
    /// What makes a tenant, in order, in one transaction: `$1` its id, `$2` its name, `$3` its currency or NULL. A
    /// statement uses `$1` to `$n` without a gap; bind that many.
    pub create_tenant: Vec<String>,
    /// What gives a person's open work in one tenant to another person: `$1` the tenant, `$2` from, `$3` to. May be none.
    pub reassign: Vec<String>,
    /// What gives a tenant another name: `$1` its id, `$2` the name. Without it Annex keeps the name to itself.
    pub rename_tenant: Option<String>,
    /// What deletes a tenant with all that is its own, in order: `$1` its id. Without it `annex purge` leaves it alone.
    pub purge_tenant: Vec<String>,
    /// What counts somebody's unread notifications: `$1` the person's id, `$2` the ids of tenants; rows of tenant and
    /// count.
    pub unread: Option<String>,
    /// What the runtime role needs besides the users' and tenants' columns.
    pub grants: Grants,
    /// Where the CRM keeps what its own documents and mails show; `None`: nowhere that Annex may write.
    pub branding: Option<BrandColumns>,
}

/// Tables of the CRM's schema that the runtime role must reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// To read.
    pub select: Vec<String>,
    /// To add to.
    pub insert: Vec<String>,
    /// To delete from.
    pub delete: Vec<String>,
    /// To read further columns of, by table.
    pub select_columns: BTreeMap<String, Vec<String>>,
    /// To change columns of, by table.
    pub update_columns: BTreeMap<String, Vec<String>>,
}

/// How the CRM's users rows of the strategy `member_row` are kept. Every statement binds its parameters from `$1` on
/// without a gap: `$1` id, `$2` kind, `$3` administrator or not, `$4` first name, `$5` last name, `$6` picture, `$7`
/// tenant, `$8` e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowProfile {
    /// Under which addresses are made that nobody reads; the operator's own, and no mail is taken for it.
    pub mail_domain: String,
    /// Makes the row, active, with a password's hash that no password verifies.
    pub make: String,
    /// Makes it active again and has it say the role. No row: it is gone and is made again.
    pub stand: String,
    /// Makes it inactive. `$1` alone.
    pub rest: String,
    /// Deletes its tokens. `$1` alone.
    pub forget: String,
}

/// The users table. Every name is a plain SQL name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the column of that meaning")]
pub struct UserColumns {
    pub table: String,
    pub id: String,
    pub tenant: String,
    pub email: String,
    pub kind: String,
    pub admin: String,
    pub active: String,
    pub first_name: String,
    pub last_name: String,
    pub profile_image: String,
}

/// The tenants table. Every name is a plain SQL name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the column of that meaning")]
pub struct TenantColumns {
    pub table: String,
    pub id: String,
    pub name: String,
}

/// What each role says in the claims of an upstream token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleClaims {
    by_key: BTreeMap<String, BTreeMap<String, ClaimValue>>,
    custom: BTreeMap<String, ClaimValue>,
}

/// A claim's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimValue {
    /// A text.
    Text(String),
    /// A boolean.
    Bool(bool),
}

/// How a row finds its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// `select exists(…)` with `$1` the row's id and `$2` the tenant's.
    pub sql: String,
}

/// What never leaves in a guarded answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactProfile {
    /// JSON keys, at any depth.
    pub fields: Vec<String>,
}

/// What tells in an answer whose it is. A profile may leave it out; then only ids of known workspaces tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CanaryProfile {
    /// JSON keys that hold a row's tenant, at any depth.
    pub fields: Vec<String>,
    /// The JSON key that holds a row's own id. In the row of a person who joined from elsewhere the tenant is theirs.
    pub id: Option<String>,
}

/// An answer that Annex corrects in a workspace's context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The route's method.
    pub method: Method,
    /// The route's pattern, one of the profile's.
    pub pattern: String,
    /// What is done.
    pub kind: RewriteKind,
    /// JSON keys and what stands in them.
    pub fields: BTreeMap<String, RewriteField>,
}

/// What is done to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewriteKind {
    /// It is about the caller: the fields get the active workspace's values.
    Identity,
    /// It lists the tenant's users: members who joined from elsewhere are added.
    People,
}

/// What stands in a field of a rewritten answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the value of that meaning")]
pub enum RewriteField {
    Id,
    Tenant,
    Email,
    Kind,
    Admin,
    Active,
    FirstName,
    LastName,
    ProfileImage,
    Permissions,
}

impl RoleClaims {
    /// The claims of the role `key`; a key that is not a system role's is a custom role's.
    pub fn by_role(&self, key: &str) -> &BTreeMap<String, ClaimValue> {
        self.by_key.get(key).unwrap_or(&self.custom)
    }
}
