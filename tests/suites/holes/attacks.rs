//! The attacks, made from the contract and the profile: no route or key that they name can be forgotten.

use std::collections::BTreeSet;

use annex_config::shipped_profile;
use annex_policy::{BodyGuard, Obligations, RouteClass};
use annex_tests::http::json::{Answer, Client};
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::{Value, json};

use crate::matrix::requests::{Request, requests};

/// Stands for the key of a row that is the attacker's to name.
pub const OWN: &str = "{own}";
/// Stands for the key of a row of the other tenant.
pub const VICTIM: &str = "{victim}";
/// Stands for the other tenant's id.
pub const TENANT: &str = "{tenant}";

/// One request that names what is not the attacker's.
#[derive(Debug, Clone)]
pub struct Attack {
    pub name: String,
    pub verb: Method,
    pub target: String,
    pub body: Option<String>,
    /// Tables with a row of the attacker's own.
    pub own: Vec<&'static str>,
    /// Tables with a row of the other tenant's.
    pub theirs: Vec<&'static str>,
    /// Whether the contract says that the CRM lets it through.
    pub open: bool,
}

/// What the placeholders stand for in one attempt.
#[derive(Debug, Clone)]
pub struct Words {
    pub own: String,
    pub victim: String,
    pub tenant: String,
}

impl Words {
    fn fill(&self, text: &str) -> String {
        text.replace(OWN, &self.own).replace(VICTIM, &self.victim).replace(TENANT, &self.tenant)
    }
}

impl Attack {
    /// Tries it.
    pub async fn send(&self, client: &Client, words: &Words) -> Answer {
        let body = self.body.as_ref().map(|body| serde_json::from_str(&words.fill(body)).expect("JSON"));
        client.send(self.verb.clone(), &words.fill(&self.target), body).await
    }
}

/// A route of the profile that a member may be allowed, with its request.
struct Guarded {
    request: Request,
    obligations: Obligations,
}

/// All of them.
pub fn all() -> Vec<Attack> {
    let guarded = guarded();
    let ids = guarded.iter().filter(|one| one.request.route.path.contains(':')).flat_map(by_path);
    let moves = guarded.iter().filter(|one| matches!(one.request.route.method, "PATCH" | "PUT")).flat_map(by_tenant);
    let foreign = guarded.iter().filter_map(|one| Some((one, one.obligations.body.as_ref()?)));
    let attacks: Vec<Attack> =
        ids.chain(moves).chain(foreign.flat_map(|(one, guard)| by_foreign_id(one, guard))).collect();
    let unscoped = attacks.iter().filter(|attack| attack.name.ends_with("another tenant's ids") && attack.open);
    assert_eq!(unscoped.count(), 37, "the contract counts its unscoped child routes");
    attacks
}

fn guarded() -> Vec<Guarded> {
    let profile = shipped_profile("nexus").expect("it is shipped").expect("it is whole");
    let routes = profile.routes.routes().iter();
    let pairs = requests().into_iter().zip(routes);
    pairs
        .filter_map(|(request, route)| match &route.class {
            RouteClass::Mapped(_, obligations) => Some(Guarded { request, obligations: obligations.clone() }),
            RouteClass::Home | RouteClass::Unmapped => None,
        })
        .collect()
}

/// Ids of another tenant in the path; where it names two rows, also one's own first and theirs second.
fn by_path(guarded: &Guarded) -> Vec<Attack> {
    let Guarded { request, .. } = guarded;
    let open = request.route.scope.starts_with("UNSCOPED");
    let both = Attack {
        name: format!("{}: another tenant's ids", request.route.name()),
        verb: request.route.verb(),
        target: request.route.target(VICTIM),
        body: template(request, VICTIM),
        own: Vec::new(),
        theirs: request.rows.clone(),
        open,
    };
    let mut attacks = vec![both.clone()];
    let mut places = request.route.path.split('/').filter(|segment| segment.starts_with(':'));
    if let (Some(_), Some(_)) = (places.next(), places.next()) {
        let target = both.target.replacen(VICTIM, OWN, 1);
        let parent = if request.route.path.starts_with("/api/tasks") { "tasks" } else { "proposals" };
        let name = format!("{}: one's own parent, another tenant's child", request.route.name());
        attacks.push(Attack { name, target, own: vec![parent], open: false, ..both });
    }
    attacks
}

/// A body that moves one's own row into another tenant, gives it another id, or takes its tenant away.
fn by_tenant(guarded: &Guarded) -> Vec<Attack> {
    let Guarded { request, .. } = guarded;
    let raw = request.route.notes.contains("mass assignment");
    let by_id = request.route.path.contains(':');
    let attack = |key: &str, value: Value, open: bool| {
        let mut body = base(request);
        body[key] = value.clone();
        Attack {
            name: format!("{}: {key} {value}", request.route.name()),
            verb: request.route.verb(),
            target: request.route.target(OWN),
            body: Some(body.to_string()),
            own: [request.rows.clone(), settings_row(request)].concat(),
            theirs: Vec::new(),
            open,
        }
    };
    let mut attacks = vec![
        attack("tenantId", json!(null), false),
        attack("tenantId", json!([TENANT]), false),
        attack("tenantId", json!(TENANT), raw),
    ];
    if by_id {
        attacks.push(attack("id", json!(format!("{TENANT}-{OWN}")), raw));
    }
    attacks
}

/// Ids of another tenant's rows, in every key that the profile guards and wherever the plain request has one.
fn by_foreign_id(guarded: &Guarded, guard: &BodyGuard) -> Vec<Attack> {
    let Guarded { request, .. } = guarded;
    if matches!(request.route.method, "GET" | "DELETE") {
        return Vec::new();
    }
    let attack = |name: String, body: String, theirs: Vec<&'static str>| Attack {
        name: format!("{}: {name}", request.route.name()),
        verb: request.route.verb(),
        target: request.route.target(OWN),
        body: Some(body),
        own: [request.rows.clone(), settings_row(request)].concat(),
        theirs,
        open: false,
    };
    let keys = guard.foreign.iter().filter(|(key, _)| &**key != annex_policy::EVERY_KEY);
    let mut attacks: Vec<Attack> = keys
        .map(|(key, relation)| {
            let mut body = base(request);
            body[&**key] = if &**key == "assignees" { json!([{"userId": VICTIM}]) } else { json!(VICTIM) };
            attack(format!("another tenant's {key}"), body.to_string(), vec![table_of(relation)])
        })
        .collect();
    let tables: BTreeSet<&'static str> = guard.foreign.iter().map(|(_, relation)| table_of(relation)).collect();
    if request.body.contains("\"$\"") {
        let body = template(request, VICTIM).expect("a body");
        attacks.push(attack("another tenant's ids throughout".to_owned(), body, tables.into_iter().collect()));
    }
    attacks
}

/// The plain body, every id one's own.
fn base(request: &Request) -> Value {
    serde_json::from_str(&template(request, OWN).expect("a body")).expect("JSON")
}

fn template(request: &Request, key: &str) -> Option<String> {
    let nobody = Person {
        id: String::new(),
        tenant: String::new(),
        email: String::new(),
        password: String::new(),
        access: String::new(),
        refresh: String::new(),
    };
    // The key of a body is unique per attempt where the CRM wants it so.
    request.json(key, &nobody).map(|body| body.to_string())
}

/// What a route without an id in its path writes.
fn settings_row(request: &Request) -> Vec<&'static str> {
    match request.route.path {
        "/api/company-profile" => vec!["company_profiles"],
        "/api/email/smtp-settings" => vec!["smtp_settings"],
        _ => Vec::new(),
    }
}

fn table_of(relation: &str) -> &'static str {
    match relation {
        "people" | "users" => "users",
        "visible_templates" => "proposal_templates",
        other => crate::matrix::rows::table(other),
    }
}
