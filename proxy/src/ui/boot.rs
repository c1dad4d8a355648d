//! The object that the loader reads: `Boot` of `proxy/ui/src/boot.ts`, every field of it.
//!
//! What all visits share is written once; a visit adds who, where, and the nonce.

use std::fmt::Write as _;

use annex_config::{Config, CrmProfile, UiLanguage};
use annex_policy::{MatchPath, Route, RouteClass, RouteMatch, RouteTable};
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
    /// The answer's own, if its policy has one. It stands in attributes alone, which browsers hide from the page
    /// (HTML, section 3.2.6.1): whoever reads the page's text does not learn it.
    pub nonce: Option<&'a str>,
    /// Whether the page's policy admits pictures of its own origin.
    pub pictures: bool,
}

/// What stands in every page alike.
pub(super) struct Standing {
    /// The object's fields after the visit's own, closed.
    fields: String,
    /// The loader's address.
    loader: String,
    /// The address of the admin listener's page.
    operator: String,
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
            language: config.ui.language.map(UiLanguage::tag),
            shortcut: config.ui.shortcut.as_deref(),
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
            operator: assets::address(assets::OPERATOR),
        }
    }

    pub(super) fn elements(&self, visit: &Visit<'_>) -> String {
        let Standing { loader, .. } = self;
        let nonce = nonce(visit);
        format!("{}<script src=\"{loader}\"{nonce}></script>", self.object(visit))
    }

    /// Beside the object, the module of the admin listener's page.
    pub(super) fn operators(&self, visit: &Visit<'_>) -> String {
        let Standing { operator, .. } = self;
        let nonce = nonce(visit);
        format!("{}<script type=\"module\" src=\"{operator}\"{nonce}></script>", self.object(visit))
    }

    fn object(&self, visit: &Visit<'_>) -> String {
        let nonce = nonce(visit);
        let own = json!({
            "version": VERSION, "document": visit.document, "principal": visit.principal, "pictures": visit.pictures,
        });
        let own = in_page(own.to_string().trim_end_matches('}'));
        let Standing { fields, .. } = self;
        format!("<script type=\"application/json\" id=\"annex-boot\"{nonce}>{own},{fields}</script>")
    }
}

fn nonce(visit: &Visit<'_>) -> String {
    visit.nonce.map(|nonce| format!(" nonce=\"{}\"", in_attribute(nonce))).unwrap_or_default()
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
    json!({
        "prefixes": profile.context.api_prefixes,
        "home": at_home(&profile.routes),
        "own": OWN_PREFIXES,
    })
}

/// The routes that are always at home. One that stands behind a wider route is never reached, and the loader, which knows
/// these alone, would take for home what the CRM takes for the other.
fn at_home(table: &RouteTable) -> Vec<String> {
    let is_reached = |route: &&Route| {
        let found = table.find(route.method, &MatchPath::lenient(&route.pattern));
        matches!(found, RouteMatch::Route { route: first, .. } if first.line == route.line)
    };
    let home = table.routes().iter().filter(|route| route.class == RouteClass::Home);
    home.filter(is_reached).map(spelled).collect()
}

/// `GET /api/customers/:id`.
fn spelled(route: &Route) -> String {
    format!("{} {}", route.method.as_str(), route.pattern)
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
pub(super) fn in_attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use annex_policy::Method;

    use super::*;

    fn standing() -> Standing {
        Standing {
            fields: in_page("\"mount\":\"</script>é\"}"),
            loader: "/l.js".to_owned(),
            operator: "/o.js".to_owned(),
        }
    }

    #[test]
    fn two_elements_say_who_where_and_with_what_nonce() {
        let visit = Visit { document: Document::Crm, principal: Some("u-1"), nonce: Some("a+/="), pictures: false };
        let wanted = "<script type=\"application/json\" id=\"annex-boot\" nonce=\"a+/=\">{\"version\":1,\"document\":\"crm\",\
            \"principal\":\"u-1\",\"pictures\":false,\"mount\":\"\\u003c/script>\\u00e9\"}</script>\
            <script src=\"/l.js\" nonce=\"a+/=\"></script>";
        assert_eq!(standing().elements(&visit), wanted);
        let nobody = Visit { document: Document::Annex, principal: None, nonce: None, pictures: true };
        let said = standing().elements(&nobody);
        assert!(
            said.contains("\"document\":\"annex\",\"principal\":null,\"pictures\":true") && !said.contains(" nonce="),
            "{said}"
        );
        assert!(standing().operators(&nobody).ends_with("<script type=\"module\" src=\"/o.js\"></script>"));
    }

    #[test]
    fn nothing_that_is_said_breaks_out() {
        let hostile = "</script><!--\u{2028}𝄞\"'";
        let visit =
            Visit { document: Document::Crm, principal: Some(hostile), nonce: Some("\"><img src=x>&"), pictures: true };
        let said = standing().elements(&visit);
        assert_eq!((said.matches('<').count(), said.matches("</script>").count()), (4, 2), "{said}");
        assert!(said.is_ascii() && said.contains("nonce=\"&quot;&gt;&lt;img src=x&gt;&amp;\""), "{said}");
        let (_, object) = said.split_once('>').unwrap_or_default();
        let object = object.split("</script>").next().unwrap_or_default();
        let read: Value = serde_json::from_str(object).unwrap_or_default();
        assert_eq!(read["principal"], hostile, "it is said all the same");
    }

    #[test]
    fn a_home_route_behind_a_wider_one_is_not_told() {
        let route = |line, method, pattern: &str, class| Route { method, pattern: pattern.to_owned(), line, class };
        let routes = vec![
            route(1, Method::Get, "/api/me", RouteClass::Home),
            route(2, Method::Get, "/api/things/:id", RouteClass::Unmapped),
            route(3, Method::Get, "/api/things/mine", RouteClass::Home),
            route(4, Method::Post, "/api/things/:id", RouteClass::Home),
        ];
        let table = RouteTable::new(routes, vec!["/api".to_owned()]).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        assert_eq!(at_home(&table), ["GET /api/me", "POST /api/things/:id"]);
    }
}
