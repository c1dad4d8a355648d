//! The cases of the flag.

use std::collections::{BTreeMap, HashMap, HashSet};

use annex_policy::{FlagRow, FlagTable, Mode, Rollout, Scope};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: String,
    about: String,
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    name: String,
    tenant: String,
    #[serde(default)]
    rows: BTreeMap<String, String>,
    #[serde(default)]
    overrides: BTreeMap<String, bool>,
    #[serde(default)]
    sponsors: BTreeMap<String, String>,
    #[serde(default)]
    rollout: Option<Narrowing>,
    #[serde(default)]
    environment: bool,
    #[serde(default = "yes")]
    redis_on: bool,
    #[serde(default = "yes")]
    loaded: bool,
    expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Narrowing {
    percentage: u8,
    #[serde(default)]
    deny: HashSet<Box<str>>,
    mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    mode: String,
    source: String,
}

fn yes() -> bool {
    true
}

/// Every case holds, and every mode and every source is decided by one.
pub fn hold() {
    let file: File = serde_json::from_str(include_str!("r1-flag.json")).unwrap();
    assert!(file.rule == "R1" && !file.about.is_empty());
    let mut sources = HashSet::new();
    for case in file.cases {
        let evaluation =
            table(&case).evaluate(&case.tenant, &|tenant| case.sponsors.get(tenant).map(|one| one.as_str().into()));
        let told = (evaluation.mode.as_str(), evaluation.source.label());
        assert_eq!(told, (case.expect.mode.as_str(), case.expect.source.as_str()), "{}", case.name);
        sources.insert(evaluation.source.label());
    }
    let all =
        ["override", "tenant_row", "sponsor", "global_override", "global_row", "rollout", "environment", "unknown"];
    let missing: Vec<_> = all.into_iter().filter(|source| !sources.contains(source)).collect();
    assert!(missing.is_empty(), "no case is decided by {missing:?}");
}

fn table(case: &Case) -> FlagTable {
    let scope = |id: &String| if id == "*" { Scope::Global } else { Scope::Tenant(id.as_str().into()) };
    let row = |word: &String| match word.as_str() {
        "on" => FlagRow { enabled: Some(true), shadow: false },
        "off" => FlagRow { enabled: Some(false), shadow: false },
        "shadow" => FlagRow { enabled: Some(false), shadow: true },
        "unset" => FlagRow { enabled: None, shadow: false },
        other => panic!("`{other}` is no row"),
    };
    let rollout = case.rollout.as_ref().map_or_else(Rollout::default, |said| Rollout {
        percentage: said.percentage,
        deny: said.deny.clone(),
        mode: said.mode.as_deref().map_or(Mode::Enforce, |mode| mode.parse().unwrap()),
    });
    FlagTable {
        overrides: case.overrides.iter().map(|(id, on)| (scope(id), *on)).collect::<HashMap<_, _>>(),
        rows: case.rows.iter().map(|(id, word)| (scope(id), row(word))).collect(),
        rollout,
        environment: case.environment,
        redis_on: case.redis_on,
        loaded: case.loaded,
    }
}
