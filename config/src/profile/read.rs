//! From a document to a [`CrmProfile`].
//!
//! Promise: one pass, section by section; every mistake is noted with its line.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

use annex_policy::{ContextStrategy, SystemRole};

use super::reader::{Reader, Said};
use super::routes::{self, Known};
use super::{
    CanaryProfile, ClaimNames, ClaimValue, ContextProfile, CredentialProfile, CrmProfile, ProfileUpstream,
    RedactProfile, Relation, Rewrite, RewriteField, RewriteKind, RoleClaims, branding, browser, guards, shadow, sql,
};
use crate::credential::Algorithm;
use crate::document::{Document, Table, Value};
use crate::mistake::Mistake;

/// Claims that say who somebody is or how long; no role may set them.
const REGISTERED_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

pub(super) fn profile(document: &Document, mistakes: &mut Vec<Mistake>) -> CrmProfile {
    let notes = RefCell::new(Vec::new());
    let mut root = Reader::root(document, &notes);
    let name = root.text("name").text;
    let body_limit_bytes = usize::try_from(root.number("body_limit_bytes")).unwrap_or(usize::MAX);
    let upstream = upstream(root.section("upstream"));
    let credential = credential(root.section("credential"));
    let context = context(root.section("context"));
    let database = sql::database(root.section("database"));
    let shadow = shadow::read(&mut root, context.strategy);
    let roles = roles(&root.section("roles"), &credential);
    let relations = relations(&root.section("relations"));
    let names: HashSet<String> = relations.keys().cloned().collect();
    let guards = guards::read(&root.section("body"), &names);
    let known = Known { relations: &names, guards: &guards, api_prefixes: &context.api_prefixes };
    let routes = routes::read(&mut root, &known);
    let redact = redact(root.section("redact"));
    let canary = canary(root.section("canary"));
    let browser = browser::read(root.section("browser"));
    let onboarding = branding::onboarding(&root.section("onboarding"));
    let rewrites = rewrites(&mut root, &routes);
    root.finish();
    mistakes.append(&mut notes.into_inner());
    CrmProfile {
        name,
        upstream,
        credential,
        context,
        database,
        shadow,
        roles,
        routes,
        relations,
        redact,
        canary,
        browser,
        rewrites,
        body_limit_bytes,
        onboarding,
    }
}

fn upstream(mut table: Reader<'_>) -> ProfileUpstream {
    let upstream = ProfileUpstream { idle_timeout_ms: table.number("idle_timeout_ms") };
    table.finish();
    upstream
}

fn credential(mut table: Reader<'_>) -> CredentialProfile {
    let algorithm = table.text("algorithm");
    let algorithm = parsed(&table, &algorithm, "write one of those").unwrap_or(Algorithm::HS256);
    let profile = CredentialProfile {
        scheme: table.text("scheme").text,
        algorithm,
        issuer: table.text("issuer").text,
        access_lifetime_s: table.number("access_lifetime_s"),
        max_bytes: usize::try_from(table.number("max_bytes")).unwrap_or(usize::MAX),
        claims: claims(table.section("claims")),
        customer_kinds: texts(table.texts("customer_kinds")),
        saas_admin_kinds: texts(table.texts("saas_admin_kinds")),
    };
    table.finish();
    profile
}

fn claims(mut table: Reader<'_>) -> ClaimNames {
    let names = ClaimNames {
        principal: table.text("principal").text,
        tenant: table.text("tenant").text,
        email: table.text("email").text,
        kind: table.text("kind").text,
        admin: table.text("admin").text,
        active_workspace: table.text("active_workspace").text,
    };
    table.finish();
    names
}

fn context(mut table: Reader<'_>) -> ContextProfile {
    let strategy = table.text("strategy");
    match strategy.text.as_str() {
        "claims" | "" | "member_row" => {}
        other => table.note(strategy.line, format!("`{other}` is not a strategy"), "write `claims` or `member_row`"),
    }
    let api_prefixes = table.texts("api_prefixes");
    for prefix in api_prefixes
        .iter()
        .filter(|prefix| !prefix.text.starts_with('/') || prefix.text.len() < 2 || prefix.text.ends_with('/'))
    {
        table.note(prefix.line, format!("`{}` is not a prefix of paths", prefix.text), "write it as `/api`");
    }
    if api_prefixes.is_empty() {
        table.note(
            table.line,
            "`context.api_prefixes` is empty, so no path would be the API's",
            "write `api_prefixes = [\"/api\"]`",
        );
    }
    let header = table.text("header");
    let trusted = table.texts("trusted_headers");
    for said in [&header].into_iter().chain(&trusted).filter(|said| !said.text.bytes().all(is_header_byte)) {
        table.note(said.line, format!("`{}` is not a header's name", said.text), "use letters, digits and `-`");
    }
    let profile = ContextProfile {
        header: header.text.to_ascii_lowercase(),
        query: table.text("query").text,
        trusted_headers: trusted.into_iter().map(|said| said.text.to_ascii_lowercase()).collect(),
        api_prefixes: texts(api_prefixes),
        strategy: match strategy.text.as_str() {
            "member_row" => ContextStrategy::MemberRow,
            _ => ContextStrategy::Claims,
        },
    };
    table.finish();
    profile
}

fn roles(table: &Reader<'_>, credential: &CredentialProfile) -> RoleClaims {
    let mut by_key = BTreeMap::new();
    let wanted = SystemRole::ALL.into_iter().map(SystemRole::key).chain(["custom"]);
    for key in wanted.clone() {
        if !table.all().iter().any(|entry| entry.key == key) {
            table.note(table.line, format!("`roles.{key}` is missing"), "say what its claims are");
        }
    }
    for entry in table.all() {
        if !wanted.clone().any(|key| key == entry.key) {
            table.note(
                entry.line,
                format!("`{}` is not a system role", entry.key),
                "write admin, manager, member, finance, viewer or custom",
            );
        }
        match &entry.node.value {
            Value::Table(inner) => {
                let section = table.of(&format!("roles.{}", entry.key), entry.line, inner);
                by_key.insert(entry.key.clone(), role(&section, inner, credential));
            }
            Value::Text(_) | Value::Bool(_) | Value::Plain(_) | Value::List(_) => {
                table.note(
                    entry.line,
                    format!("`roles.{}` is not a table", entry.key),
                    "write `[roles.<role>]` and its claims below",
                );
            }
        }
    }
    let custom = by_key.remove("custom").unwrap_or_default();
    RoleClaims { by_key, custom }
}

fn role(section: &Reader<'_>, table: &Table, credential: &CredentialProfile) -> BTreeMap<String, ClaimValue> {
    let names = &credential.claims;
    let identity = [&names.principal, &names.tenant, &names.email, &names.active_workspace];
    let mut claims = BTreeMap::new();
    for entry in &table.0 {
        let claim = entry.key.as_str();
        if identity.into_iter().any(|name| name == claim) || REGISTERED_CLAIMS.contains(&claim) {
            section.note(entry.line, format!("a role may not set the claim `{claim}`"), "Annex sets it itself");
        }
        let value = match &entry.node.value {
            Value::Text(text) => ClaimValue::Text(text.clone()),
            Value::Bool(value) => ClaimValue::Bool(*value),
            Value::Plain(_) | Value::List(_) | Value::Table(_) => {
                section.note(
                    entry.line,
                    format!("the claim `{claim}` is neither a text nor true nor false"),
                    "write one of those",
                );
                continue;
            }
        };
        let beyond = credential.saas_admin_kinds.iter().chain(&credential.customer_kinds);
        if beyond.into_iter().any(|kind| value == ClaimValue::Text(kind.clone())) {
            section.note(
                entry.line,
                format!("no role may carry this value of `{claim}`"),
                "a member of a workspace is neither a platform administrator nor a customer",
            );
        }
        claims.insert(claim.to_owned(), value);
    }
    if !claims.contains_key(&names.kind) || !claims.contains_key(&names.admin) {
        section.note(
            section.line,
            "a role must set the claims of kind and admin",
            "otherwise those of the caller's home would be believed",
        );
    }
    claims
}

fn relations(table: &Reader<'_>) -> BTreeMap<String, Relation> {
    let said = table.all_texts().into_iter();
    said.map(|(key, said)| {
        let relation = sql::relation(table, &key, said);
        (key, relation)
    })
    .collect()
}

fn redact(mut table: Reader<'_>) -> RedactProfile {
    let profile = RedactProfile { fields: texts(table.texts("fields")) };
    table.finish();
    profile
}

fn canary(mut table: Reader<'_>) -> CanaryProfile {
    let profile =
        CanaryProfile { fields: texts(table.texts("fields")), id: table.optional_text("id").map(|said| said.text) };
    table.finish();
    profile
}

fn rewrites(root: &mut Reader<'_>, routes: &annex_policy::RouteTable) -> Vec<Rewrite> {
    let mut rewrites = Vec::new();
    for node in root.nodes("rewrites") {
        let Value::Table(table) = &node.value else {
            root.note(node.line, "a rewrite is not a table", "write `[[rewrites]]` and its keys below");
            continue;
        };
        let mut table = root.of("rewrites", node.line, table);
        let (method, pattern) = routes::at(&mut table);
        let stands = |route: &annex_policy::Route| route.method == method && route.pattern == pattern;
        if !routes.routes().is_empty() && !routes.routes().iter().any(stands) {
            table.note(
                table.line,
                format!("`{pattern}` is not one of the profile's routes"),
                "write it as it stands under `routes`",
            );
        }
        let kind = table.text("kind");
        let kind = parsed(&table, &kind, "write `identity` or `people`").unwrap_or(RewriteKind::Identity);
        let section = table.section("fields");
        let fields = section.all_texts().into_iter();
        let fields = fields
            .filter_map(|(key, said)| {
                Some((key, parsed(&section, &said, "write the meaning of a column, such as `tenant`")?))
            })
            .collect();
        table.finish();
        rewrites.push(Rewrite { method, pattern, kind, fields });
    }
    rewrites
}

fn parsed<T: std::str::FromStr<Err = String>>(table: &Reader<'_>, said: &Said, remedy: &str) -> Option<T> {
    if said.text.is_empty() {
        return None;
    }
    said.text.parse().map_err(|what: String| table.note(said.line, what, remedy)).ok()
}

fn texts(said: Vec<Said>) -> Vec<String> {
    said.into_iter().map(|said| said.text).collect()
}

fn is_header_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

impl std::str::FromStr for RewriteKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "identity" => Ok(Self::Identity),
            "people" => Ok(Self::People),
            _ => Err(format!("`{text}` is not a kind of rewrite")),
        }
    }
}

impl std::str::FromStr for RewriteField {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "id" => Ok(Self::Id),
            "tenant" => Ok(Self::Tenant),
            "email" => Ok(Self::Email),
            "kind" => Ok(Self::Kind),
            "admin" => Ok(Self::Admin),
            "active" => Ok(Self::Active),
            "first_name" => Ok(Self::FirstName),
            "last_name" => Ok(Self::LastName),
            "profile_image" => Ok(Self::ProfileImage),
            "permissions" => Ok(Self::Permissions),
            _ => Err(format!("`{text}` is not a field of a user")),
        }
    }
}
