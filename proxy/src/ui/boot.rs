//! The object that the loader reads: `Boot` of `proxy/ui/src/boot.ts`, every field of it.
//!
//! What all visits share is written once; a visit adds who, where, and the nonce.

use std::fmt::Write as _;

use annex_config::{Config, CrmProfile};
use annex_policy::{Method, Route, RouteClass};
use serde::Serialize;
use serde_json::{Value, json};

use super::{assets, pages};

/// The version of the object's shape.
const VERSION: u32 = 1;

/// What the management API answers, as prefixes: never sent into a workspace.
pub const OWN_PREFIXES: [&str; 8] = [
    "/api/workspaces",
    "/api/invitations",
    "/api/features",
    "/api/permissions",
    "/api/admin/feature-flags",
    "/api/admin/rollout",
    "/api/admin/workspaces",
    "/api/admin/health",
];

/// Answered by Annex to everybody.
const PROBE: &str = "/api/features";

/// In front of a workspace's id: the pinned path.
const PIN: &str = "/_annex/w/";

/// Opens the switcher, until the configuration says otherwise.
const SHORTCUT: &str = "Alt+Shift+KeyW";

/// Whose document the elements stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Document {
    /// A page of the CRM.
    Crm,
    /// One of ours.
    Annex,
}

/// One document for one person.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    pub document: Document,
    /// Whom the marker cookie names.
    pub principal: Option<&'a str>,
    /// The answer's own, if its policy has one.
    pub nonce: Option<&'a str>,
}

/// What stands in every page alike.
pub(super) struct Standing {
    /// The object's fields after the visit's own, closed.
    fields: String,
    /// The loader's address.
    loader: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'c> {
    language: Option<&'c str>,
    shortcut: Option<&'c str>,
    credential: Value,
    routes: Value,
    calls: Value,
    mount: Value,
    paths: Value,
    assets: Value,
}

impl Standing {
    pub(super) fn new(config: &Config) -> Self {
        let profile = &*config.profile;
        let fields = Fields {
            language: None,
            shortcut: Some(SHORTCUT),
            credential: credential(profile),
            routes: routes(profile),
            calls: calls(profile),
            mount: json!({ "anchor": profile.browser.anchor, "header": profile.browser.header }),
            paths: paths(profile),
            assets: json!({
                "switcher": assets::address(assets::SWITCHER),
                "pages": assets::address(assets::PAGES),
            }),
        };
        let fields = serde_json::to_string(&fields).unwrap_or_default();
        Standing {
            fields: in_page(fields.strip_prefix('{').unwrap_or_default()),
            loader: assets::address(assets::LOADER),
        }
    }

    pub(super) fn elements(&self, visit: &Visit<'_>) -> String {
        let nonce = visit.nonce.map(|nonce| format!(" nonce=\"{}\"", in_attribute(nonce))).unwrap_or_default();
        let own = json!({
            "version": VERSION, "document": visit.document, "principal": visit.principal, "nonce": visit.nonce,
        });
        let own = in_page(own.to_string().trim_end_matches('}'));
        let Standing { fields, loader } = self;
        format!(
            "<script type=\"application/json\" id=\"annex-boot\"{nonce}>{own},{fields}</script>\
             <script src=\"{loader}\"{nonce}></script>"
        )
    }
}

/// Tokens stand in `localStorage`: a profile knows no other place, and the CRM's API reads no cookie.
fn credential(profile: &CrmProfile) -> Value {
    let (browser, claims) = (&profile.browser, &profile.credential.claims);
    json!({
        "kind": "local-storage",
        "accessToken": browser.access_token_key,
        "refreshToken": browser.refresh_token_key,
        "user": browser.user_key,
        "claims": { "principal": claims.principal, "home": claims.tenant },
    })
}

fn routes(profile: &CrmProfile) -> Value {
    let home = profile.routes.routes().iter().filter(|route| route.class == RouteClass::Home);
    json!({
        "prefixes": profile.context.api_prefixes,
        "home": home.map(spelled).collect::<Vec<_>>(),
        "own": OWN_PREFIXES,
    })
}

/// `GET /api/customers/:id`.
fn spelled(route: &Route) -> String {
    let method = match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
        Method::Head => "HEAD",
        Method::Other => "",
    };
    format!("{method} {}", route.pattern)
}

fn calls(profile: &CrmProfile) -> Value {
    let browser = &profile.browser;
    json!({
        "login": browser.login_call,
        "register": browser.register_call,
        "logout": browser.logout_call,
        "refresh": browser.refresh_path,
        "accessTokenField": browser.access_token_field,
        "refreshTokenField": browser.refresh_token_field,
    })
}

fn paths(profile: &CrmProfile) -> Value {
    let browser = &profile.browser;
    json!({
        "login": browser.login_path,
        "register": browser.register_path,
        "start": browser.start_path,
        "workspaces": pages::WORKSPACES,
        "create": pages::CREATE,
        "settings": pages::trimmed(&browser.settings_path),
        "onboarding": pages::ONBOARDING,
        "invite": pages::INVITE,
        "admin": pages::ADMIN,
        "pin": PIN,
        "probe": PROBE,
        "steps": browser.steps,
    })
}

/// JSON that ends no element, in ASCII: whatever a page's own encoding is, it reads the same.
fn in_page(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '<' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// The value of an attribute in double quotes.
fn in_attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
