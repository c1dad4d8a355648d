//! One request to every route of the CRM that succeeds for who may: the rows that it needs and its body.

use std::collections::BTreeMap;

use annex_tests::story::Person;
use reqwest::Method;
use serde_json::Value;

/// The routes as they were observed.
const OBSERVED: &str = include_str!("../../crm/contract/crm-routes.tsv");
/// Route, tables of its rows, body; `$` is the key. A route that is not here needs neither.
const REQUESTS: &str = include_str!("requests.tsv");

/// A line of the contract's table.
#[derive(Debug, Clone, Copy)]
pub struct Observed {
    /// GET, POST, …
    pub method: &'static str,
    /// With its `:params`.
    pub path: &'static str,
    /// Where it was registered.
    pub line: &'static str,
    /// What the CRM itself asks for.
    pub guards: &'static str,
    /// Where the CRM takes the tenant from.
    pub scope: &'static str,
    /// What else was seen.
    pub notes: &'static str,
}

/// A request that needs rows.
#[derive(Debug, Clone)]
pub struct Request {
    /// The route.
    pub route: Observed,
    /// Tables that must hold a row of the key.
    pub rows: Vec<&'static str>,
    /// JSON with `$` for the key; empty for none; `image` for a picture.
    pub body: &'static str,
}

impl Observed {
    /// `GET /api/tasks/:id`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The method.
    pub fn verb(&self) -> Method {
        self.method.parse().expect("a method")
    }

    /// The path with `key` for every parameter.
    pub fn target(&self, key: &str) -> String {
        let filled = self.path.split('/').map(|segment| if segment.starts_with(':') { key } else { segment });
        filled.collect::<Vec<_>>().join("/")
    }
}

impl Request {
    /// The JSON body for `key`, said by `person`.
    pub fn json(&self, key: &str, person: &Person) -> Option<Value> {
        let personal = [("$email", &person.email), ("$password", &person.password), ("$refresh", &person.refresh)];
        let text = personal.into_iter().fold(self.body.to_owned(), |text, (name, value)| text.replace(name, value));
        let text = text.replace('$', key);
        let has_json = !text.is_empty() && text != "image";
        has_json.then(|| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", self.route.name())))
    }
}

/// All routes, in the order of their registration.
pub fn observed() -> Vec<Observed> {
    let line = |text: &'static str| {
        let cells: Vec<&str> = text.split('\t').collect();
        let [method, path, line, guards, scope, notes] = cells[..] else { panic!("six cells in `{text}`") };
        Observed { method, path, line, guards, scope, notes }
    };
    OBSERVED.lines().skip(1).map(line).collect()
}

/// A request to every route.
pub fn requests() -> Vec<Request> {
    let mut told: BTreeMap<&str, (Vec<&str>, &str)> = REQUESTS
        .lines()
        .map(|line| {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            (next(), (next().split_whitespace().collect(), next()))
        })
        .collect();
    let request = |route: Observed| {
        let fallback = if matches!(route.method, "GET" | "DELETE") { "" } else { "{}" };
        let (rows, body) = told.remove(route.name().as_str()).unwrap_or((Vec::new(), fallback));
        Request { route, rows, body }
    };
    let requests: Vec<Request> = observed().into_iter().map(request).collect();
    assert!(told.is_empty(), "requests.tsv names routes that are not there: {:?}", told.keys());
    requests
}
