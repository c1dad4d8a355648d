//! The files as they are written.

use std::collections::{BTreeMap, BTreeSet};

use annex_policy::SystemRole;
use serde::Deserialize;

/// Every file of decisions.
pub const RULES: [(&str, &str); 6] = [
    ("r2-feature", include_str!("r2-feature.json")),
    ("r3-context", include_str!("r3-context.json")),
    ("r4-home", include_str!("r4-home.json")),
    ("r5-deleted", include_str!("r5-deleted.json")),
    ("r8-limits", include_str!("r8-limits.json")),
    ("r9-bodies", include_str!("r9-bodies.json")),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub rule: String,
    pub about: String,
    pub cases: Vec<Case>,
}

/// One rule in words, for every combination of its lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    standing: Words,
    role: Option<Words>,
    permissions: Option<BTreeSet<String>>,
    workspace: Option<Words>,
    naming: Option<Words>,
    feature: Option<Words>,
    request: Words,
    pub expect: Answer,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Several(Vec<String>),
}

/// One question, all of it said.
#[derive(Debug, Clone)]
pub struct Question {
    pub standing: String,
    pub permissions: BTreeSet<String>,
    pub workspace: String,
    pub naming: String,
    pub feature: String,
    pub request: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub effect: String,
    pub place: Option<String>,
    pub permission: Option<String>,
    pub obligations: Option<Owed>,
    pub params: Option<BTreeMap<String, String>>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Owed {
    pub parent: BTreeMap<String, String>,
    pub body: BTreeSet<String>,
    pub redact: bool,
    pub admin_row: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Routes {
    pub api_prefixes: Vec<String>,
    pub routes: Vec<RouteRow>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteRow {
    pub at: String,
    pub class: String,
    #[serde(default)]
    pub also: Vec<String>,
    #[serde(default)]
    pub parent: BTreeMap<String, String>,
    pub body: Option<Body>,
    #[serde(default)]
    pub redact: bool,
    #[serde(default)]
    pub admin_row: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
pub struct Body {
    pub pinned: Vec<String>,
    pub forbidden_or_path: Vec<String>,
    pub foreign: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    pub status: u16,
    pub code: String,
}

pub fn routes() -> Routes {
    serde_json::from_str(include_str!("routes.json")).unwrap()
}

pub fn reasons() -> BTreeMap<String, Told> {
    serde_json::from_str(include_str!("reasons.json")).unwrap()
}

/// Every pattern of the routes, as a path.
pub fn paths() -> Vec<String> {
    routes().routes.into_iter().map(|row| row.at.split_once(' ').unwrap().1.replace(':', "")).collect()
}

impl Case {
    /// Every combination.
    pub fn questions(&self) -> Vec<Question> {
        assert!(self.role.is_none() || self.permissions.is_none(), "{}: a role or permissions", self.name);
        let or = |said: &Option<Words>, default: &[&str]| match said {
            Some(words) => words.all(),
            None => default.iter().map(ToString::to_string).collect(),
        };
        let roles: Vec<BTreeSet<String>> = match &self.role {
            Some(roles) => roles.all().iter().map(|role| permissions_of(role)).collect(),
            None => vec![self.permissions.clone().unwrap_or_default()],
        };
        let mut questions = Vec::new();
        for standing in self.standing.all() {
            for permissions in &roles {
                for workspace in or(&self.workspace, &["on"]) {
                    for naming in or(&self.naming, &["pinned", "named"]) {
                        for feature in or(&self.feature, &["has"]) {
                            questions.extend(self.request.all().into_iter().map(|request| Question {
                                standing: standing.clone(),
                                permissions: permissions.clone(),
                                workspace: workspace.clone(),
                                naming: naming.clone(),
                                feature: feature.clone(),
                                request,
                            }));
                        }
                    }
                }
            }
        }
        questions
    }
}

impl Answer {
    /// As far as the case says it: parameters count only where it names them.
    pub fn told_as(&self, case: &Answer) -> Answer {
        Answer { params: self.params.clone().filter(|_| case.params.is_some()), ..self.clone() }
    }
}

impl Words {
    fn all(&self) -> Vec<String> {
        match self {
            Words::One(word) => vec![word.clone()],
            Words::Several(words) => words.clone(),
        }
    }
}

fn permissions_of(role: &str) -> BTreeSet<String> {
    let role: SystemRole = role.parse().unwrap();
    role.permissions().iter().map(|permission| permission.to_string()).collect()
}
