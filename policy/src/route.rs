//! The CRM's routes and what each of them needs.
//!
//! Promise: a route says its class once, and the class says everything that a decision about it needs.
//!
//! **Deliberately absent:** matching, which is `table.rs`, and any route of Annex's own API: those are not
//! the CRM's.

use crate::body::BodyGuard;
use crate::permission::{Permission, PermissionSet};

/// A request's method, as far as routing cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is the method of that name")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Head,
    /// Any other; no route has it.
    Other,
}

/// Where a route's requests may be served, and what they need there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteClass {
    /// Always at home, whatever context is named: login, own profile, public pages.
    Home,
    /// Allowed in a workspace to who holds the permission, once the obligations are met.
    Mapped(Permission, Obligations),
    /// Known to the CRM and refused in a workspace's context.
    Unmapped,
}

/// One route of the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its method; a GET route serves HEAD too.
    pub method: Method,
    /// Its path, literals and `:params`, as the CRM registered it.
    pub pattern: String,
    /// Its place in the CRM's order of registration: the smallest line that matches wins.
    pub line: u32,
    /// What it needs.
    pub class: RouteClass,
}

/// What must be done around a request that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Obligations {
    /// Rows that must belong to the workspace before the request goes upstream; else 404.
    pub parent: Vec<ParentCheck>,
    /// What the body may not say.
    pub body: Option<BodyGuard>,
    /// Take the profile's secret fields out of the answer.
    pub redact: bool,
    /// The CRM decides it by the caller's users row, not by claims. Holds in a workspace only: at home
    /// that row is the right one.
    pub admin_row: bool,
    /// Permissions needed besides the route's own, because its answer shows these modules too.
    pub also: PermissionSet,
}

/// A parameter of the path must be a row of a relation in the active workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentCheck {
    /// The parameter's name, without the colon.
    pub param: Box<str>,
    /// The relation's name in the CRM profile.
    pub relation: Box<str>,
}

impl Method {
    /// Reads a method as it stands in a request line: case-sensitive.
    pub fn parse(text: &str) -> Self {
        match text {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            "OPTIONS" => Method::Options,
            "HEAD" => Method::Head,
            _ => Method::Other,
        }
    }

    /// The method whose routes serve this one: HEAD is served by GET.
    #[must_use]
    pub const fn routed(self) -> Self {
        match self {
            Method::Head => Method::Get,
            Method::Get
            | Method::Post
            | Method::Put
            | Method::Patch
            | Method::Delete
            | Method::Options
            | Method::Other => self,
        }
    }

    /// The name in a request line; `OTHER` for the rest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
            Method::Head => "HEAD",
            Method::Other => "OTHER",
        }
    }
}

impl Obligations {
    /// No obligation at all.
    pub const NONE: Obligations =
        Obligations { parent: Vec::new(), body: None, redact: false, admin_row: false, also: PermissionSet::EMPTY };
}
