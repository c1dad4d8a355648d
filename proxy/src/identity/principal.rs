//! The principal: the person behind a verified credential.

use std::sync::Arc;

use serde_json::{Map, Value};

/// What sort of account the CRM says this is. Closed: everything that is neither of the named ones is ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// Staff of an agency: may have many workspaces.
    Ordinary,
    /// A client of an agency, with the CRM's customer portal: never has the feature, is never a native (rule R2).
    Customer,
    /// An administrator of the whole platform: derives no role anywhere (rule R2).
    SaasAdmin,
}

/// Whether the token can stand as a bearer outside home (rule R3: a refresh token is not a bearer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// `exp − iat` is within the profile's access lifetime.
    AccessToken,
    /// It lives longer than an access token may: good for nothing but what the CRM makes of it.
    LongLived,
}

/// Whose name something bears: a principal's, or what our own cookie remembers of one. Gives no right to anything.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    pub issuer: &'a Arc<str>,
    pub id: &'a Arc<str>,
    pub home: &'a Arc<str>,
    pub kind: PrincipalKind,
}

impl Who<'_> {
    /// Whether the person may ever have the feature; customers never do (rule R2).
    pub fn may_have_feature(&self) -> bool {
        match self.kind {
            PrincipalKind::Customer => false,
            PrincipalKind::Ordinary | PrincipalKind::SaasAdmin => true,
        }
    }
}

/// A verified credential, in the words of Annex. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Principal {
    /// A number of this process for this verified token: what is derived from the token is remembered under it.
    pub serial: u64,
    /// The profile's issuer label: two CRMs with the same user id do not meet in a cache.
    pub issuer: Arc<str>,
    /// The CRM's user id.
    pub id: Arc<str>,
    /// The tenant of the token: the home workspace.
    pub home: Arc<str>,
    /// The e-mail of the claim: for display only, never compared (rule R6).
    pub email: Option<Arc<str>>,
    pub kind: PrincipalKind,
    pub vouched: Vouched,
    /// The claim `activeWorkspaceId`, if the token carries one.
    pub active_workspace: Option<Arc<str>>,
    /// Seconds since the Unix epoch.
    pub issued_at: i64,
    /// Seconds since the Unix epoch; leeway 0.
    pub expires_at: i64,
    /// All claims as presented; what is re-signed starts from them.
    pub claims: Arc<Map<String, Value>>,
}

impl Principal {
    /// The person's name, without the credential.
    pub fn who(&self) -> Who<'_> {
        Who { issuer: &self.issuer, id: &self.id, home: &self.home, kind: self.kind }
    }

    /// Whether the person may ever have the feature (rule R2).
    pub fn may_have_feature(&self) -> bool {
        self.who().may_have_feature()
    }
}
