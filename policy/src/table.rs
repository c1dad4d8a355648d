//! Which route of the CRM a request reaches: Express 4's answer.
//!
//! Promise: [`RouteTable::find`] names the route that the CRM's router would run, or says that none does.
//!
//! **Invariant:** the first route in registration order wins, never the most specific; literals compare without
//! case and without decoding; a `:param` takes one segment that is not empty, decoded once.
//!
//! **Deliberately absent:** wildcards, optional and regular-expression parameters. A profile that needs them is
//! refused when it is read, not matched wrongly.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::path::{MatchPath, decode_once};
use crate::route::{Method, Route, RouteClass};

/// Every route of the CRM, ready to be matched.
#[derive(Debug, Clone)]
pub struct RouteTable {
    routes: Vec<Route>,
    /// Candidates by method and number of segments, in registration order.
    shelves: HashMap<(Method, usize), Vec<Candidate>>,
    api_prefixes: Vec<Vec<Box<str>>>,
}

/// What a request reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMatch<'t> {
    /// A route of the CRM.
    Route {
        /// Its index in [`RouteTable::routes`].
        index: usize,
        /// The route.
        route: &'t Route,
        /// The path's parameters.
        params: Params,
    },
    /// GET or HEAD outside the API prefixes: pages and files, always at home.
    Static,
    /// Nothing that the CRM registered.
    None,
}

/// The decoded parameters of a matched path, in the order of the pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(Vec<(Arc<str>, Box<str>)>);

/// Why a list of routes is not a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("route {index} (line {line}): {what}")]
pub struct RouteMistake {
    /// The route's index in the list given.
    pub index: usize,
    /// The route's line of registration.
    pub line: u32,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

#[derive(Debug, Clone)]
struct Candidate {
    index: usize,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Segment {
    /// In lower case.
    Literal(Box<str>),
    Param(Arc<str>),
}

impl RouteTable {
    /// Builds the table. `static_outside` are the API prefixes: outside them GET and HEAD are static.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn new(mut routes: Vec<Route>, static_outside: Vec<String>) -> Result<Self, Vec<RouteMistake>> {
        let mut mistakes = Vec::new();
        let mut compiled = Vec::with_capacity(routes.len());
        for (index, route) in routes.iter().enumerate() {
            let note =
                |(what, remedy): (String, &str)| RouteMistake { index, line: route.line, what, remedy: remedy.into() };
            match compile(&route.pattern) {
                Ok(segments) => {
                    mistakes.extend(class_mistakes(route, &segments).into_iter().map(note));
                    compiled.push((route.line, segments));
                }
                Err(mistake) => {
                    mistakes.push(note(mistake));
                    compiled.push((route.line, Vec::new()));
                }
            }
        }
        mistakes.extend(collisions(&routes, &compiled));
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        // Stable, and no two lines are equal, so both lists come out in the same order.
        routes.sort_by_key(|route| route.line);
        compiled.sort_by_key(|(line, _)| *line);
        let shelves = shelve(&routes, compiled);
        let api_prefixes = static_outside.iter().map(|prefix| prefix_segments(prefix)).collect();
        Ok(Self { routes, shelves, api_prefixes })
    }

    /// A table of no routes: outside a CRM everything is unknown.
    pub fn empty() -> Self {
        Self { routes: Vec::new(), shelves: HashMap::new(), api_prefixes: vec![prefix_segments("/")] }
    }

    /// What `method` on `path` reaches.
    pub fn find(&self, method: Method, path: &MatchPath) -> RouteMatch<'_> {
        let method = method.routed();
        // Split once: there may be a hundred candidates of the same length.
        let texts: Vec<&str> = path.segments().collect();
        let shelf = self.shelves.get(&(method, texts.len())).map_or(&[][..], Vec::as_slice);
        let found = shelf.iter().find(|candidate| fits(&candidate.segments, &texts));
        let route = found.and_then(|candidate| Some((candidate, self.routes.get(candidate.index)?)));
        match route {
            Some((candidate, route)) => {
                RouteMatch::Route { index: candidate.index, route, params: params(&candidate.segments, &texts) }
            }
            None if method == Method::Get && !self.is_api(path) => RouteMatch::Static,
            None => RouteMatch::None,
        }
    }

    /// The routes in registration order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn is_api(&self, path: &MatchPath) -> bool {
        self.api_prefixes.iter().any(|prefix| {
            let mut segments = path.segments();
            // Decoded: a path that only some programs read as the API's must not count as a static file.
            prefix.iter().all(|wanted| {
                segments.next().is_some_and(|segment| {
                    decode_once(segment).is_none_or(|decoded| decoded.eq_ignore_ascii_case(wanted))
                })
            })
        })
    }
}

impl Params {
    /// The value of the parameter `name`, decoded.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| &**value)
    }

    /// The last parameter's value: the row that the path is about.
    pub fn last(&self) -> Option<&str> {
        self.0.last().map(|(_, value)| &**value)
    }

    /// Names and values, in the order of the pattern.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

fn fits(segments: &[Segment], texts: &[&str]) -> bool {
    segments.iter().zip(texts).all(|(segment, text)| match segment {
        Segment::Literal(literal) => literal.eq_ignore_ascii_case(text),
        Segment::Param(_) => !text.is_empty(),
    })
}

fn params(segments: &[Segment], texts: &[&str]) -> Params {
    let pairs = segments.iter().zip(texts);
    let values = pairs.filter_map(|(segment, text)| match segment {
        // Express would answer 400 to what does not decode; only a lenient path gets here with one.
        Segment::Param(name) => Some((Arc::clone(name), decode_once(text).unwrap_or_else(|| (*text).into()))),
        Segment::Literal(_) => None,
    });
    Params(values.collect())
}

fn shelve(routes: &[Route], compiled: Vec<(u32, Vec<Segment>)>) -> HashMap<(Method, usize), Vec<Candidate>> {
    let mut shelves: HashMap<_, Vec<Candidate>> = HashMap::new();
    for (index, (route, (_, segments))) in routes.iter().zip(compiled).enumerate() {
        let shelf = shelves.entry((route.method.routed(), segments.len())).or_default();
        shelf.push(Candidate { index, segments });
    }
    shelves
}

/// `/api` is one segment; `/` is none, and so holds every path.
fn prefix_segments(prefix: &str) -> Vec<Box<str>> {
    prefix.split('/').filter(|segment| !segment.is_empty()).map(Into::into).collect()
}

fn compile(pattern: &str) -> Result<Vec<Segment>, (String, &'static str)> {
    let bad = |what: &str, remedy| Err((format!("the path `{pattern}` {what}"), remedy));
    let Some(rest) = pattern.strip_prefix('/') else {
        return bad("does not begin with `/`", "write it as the CRM registers it, such as `/api/tasks/:id`");
    };
    let mut segments = Vec::new();
    for text in rest.split('/') {
        let segment = match text.strip_prefix(':') {
            Some(name) if is_word(name) => Segment::Param(name.into()),
            Some(_) => {
                return bad("has a parameter that is not one word", "write `:name` with letters, digits and `_` only");
            }
            None if text.is_empty() && !rest.is_empty() => {
                return bad("has an empty segment", "write no `//` and no slash at the end");
            }
            None if text.bytes().all(is_literal) => Segment::Literal(text.to_ascii_lowercase().into()),
            None => {
                return bad(
                    "has a character that is not matched literally",
                    "only literals and whole `:param` segments are known here",
                );
            }
        };
        if matches!(segment, Segment::Param(_)) && segments.contains(&segment) {
            return bad("names a parameter twice", "give each parameter its own name");
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn class_mistakes(route: &Route, segments: &[Segment]) -> Vec<(String, &'static str)> {
    let RouteClass::Mapped(_, obligations) = &route.class else { return Vec::new() };
    let mut mistakes = Vec::new();
    for check in &obligations.parent {
        if !segments.contains(&Segment::Param(Arc::from(&*check.param))) {
            let what = format!("the parent check names `:{}`, which `{}` does not have", check.param, route.pattern);
            mistakes.push((what, "name a parameter of the path"));
        }
    }
    if obligations.body.is_some() && route.method.routed() == Method::Get {
        let what = format!("`{} {}` has no body to guard", route.method.as_str(), route.pattern);
        mistakes.push((what, "take the body guard away"));
    }
    mistakes
}

fn collisions(routes: &[Route], compiled: &[(u32, Vec<Segment>)]) -> Vec<RouteMistake> {
    let mut lines = HashSet::new();
    let mut shapes = HashSet::new();
    let mut mistakes = Vec::new();
    for (index, (route, (_, segments))) in routes.iter().zip(compiled).enumerate() {
        let mut note =
            |what, remedy: &str| mistakes.push(RouteMistake { index, line: route.line, what, remedy: remedy.into() });
        if !lines.insert(route.line) {
            note(
                format!("two routes stand at line {}", route.line),
                "give each its own place in the order of registration",
            );
        }
        let shape: Vec<Option<Box<str>>> = segments.iter().map(literal_of).collect();
        if !segments.is_empty() && !shapes.insert((route.method, shape)) {
            note(
                format!("`{} {}` stands twice; the later one is never reached", route.method.as_str(), route.pattern),
                "remove one of them",
            );
        }
    }
    mistakes
}

fn literal_of(segment: &Segment) -> Option<Box<str>> {
    match segment {
        Segment::Literal(literal) => Some(literal.clone()),
        Segment::Param(_) => None,
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'@')
}
