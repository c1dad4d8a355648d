//! Which route of the CRM a request reaches: Express 4's answer.
//!
//! Promise: [`RouteTable::find`] names the route that the CRM's router would run, or says that none does.
//!
//! **Invariant:** the first route in registration order wins, never the most specific; literals compare without
//! case and without decoding; a `:param` takes one segment that is not empty, decoded once.
//!
//! **Invariant (cost):** a match costs what the path has segments, not what the table has routes, and allocates nothing;
//! `tests/allocations.rs` holds the second.
//!
//! **Deliberately absent:** wildcards, optional and regular-expression parameters. A profile that needs them is
//! refused when it is read, not matched wrongly.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::path::{MatchPath, decode_once};
use crate::route::{Method, Route, RouteClass};

/// Every route of the CRM, ready to be matched.
#[derive(Debug, Clone)]
pub struct RouteTable {
    routes: Vec<Route>,
    /// The pattern of each route.
    patterns: Vec<Vec<Segment>>,
    /// Where each method's patterns begin in `nodes`.
    roots: Vec<(Method, usize)>,
    nodes: Vec<Node>,
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
        params: Params<'t>,
    },
    /// GET or HEAD outside the API prefixes: pages and files, always at home.
    Static,
    /// Nothing that the CRM registered.
    None,
}

/// The parameters of a matched path, in the order of the pattern, decoded when they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params<'t> {
    pattern: &'t [Segment],
    path: MatchPath<'t>,
}

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

/// What may follow after some segments. Patterns that begin alike share their nodes.
#[derive(Debug, Clone, Default)]
struct Node {
    /// In lower case, sorted.
    literals: Vec<(Box<str>, usize)>,
    param: Option<usize>,
    /// The first route in registration order whose pattern ends here.
    route: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Segment {
    /// In lower case.
    Literal(Box<str>),
    Param(Box<str>),
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
        let patterns: Vec<Vec<Segment>> = compiled.into_iter().map(|(_, segments)| segments).collect();
        let api_prefixes = static_outside.iter().map(|prefix| prefix_segments(prefix)).collect();
        let mut table = Self { routes, patterns, roots: Vec::new(), nodes: Vec::new(), api_prefixes };
        table.plant();
        Ok(table)
    }

    /// A table of no routes: outside a CRM everything is unknown.
    pub fn empty() -> Self {
        let api_prefixes = vec![prefix_segments("/")];
        Self { routes: Vec::new(), patterns: Vec::new(), roots: Vec::new(), nodes: Vec::new(), api_prefixes }
    }

    /// What `method` on `path` reaches.
    pub fn find<'t>(&'t self, method: Method, path: &MatchPath<'t>) -> RouteMatch<'t> {
        let method = method.routed();
        let root = self.roots.iter().find(|(known, _)| *known == method).map(|(_, root)| *root);
        let found = root.and_then(|root| self.first(root, path.segments()));
        let route = found.and_then(|index| Some((index, self.routes.get(index)?, self.patterns.get(index)?)));
        match route {
            Some((index, route, pattern)) => {
                RouteMatch::Route { index, route, params: Params { pattern, path: *path } }
            }
            None if method == Method::Get && !self.is_api(path) => RouteMatch::Static,
            None => RouteMatch::None,
        }
    }

    /// The first route in registration order that matches what is left of a path. Both ways are walked where a literal
    /// and a parameter fit: the less specific one may have been registered first.
    fn first<'p>(&self, node: usize, mut left: impl Iterator<Item = &'p str> + Clone) -> Option<usize> {
        let node = self.nodes.get(node)?;
        let Some(text) = left.next() else { return node.route };
        let same = |(literal, _): &(Box<str>, usize)| compare_without_case(literal, text);
        let literal = node.literals.binary_search_by(same).ok().and_then(|at| node.literals.get(at));
        let by_literal = literal.and_then(|(_, next)| self.first(*next, left.clone()));
        let by_param = node.param.filter(|_| !text.is_empty()).and_then(|next| self.first(next, left));
        match (by_literal, by_param) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Makes the nodes of all patterns.
    fn plant(&mut self) {
        for (index, (route, pattern)) in self.routes.iter().zip(&self.patterns).enumerate() {
            let method = route.method.routed();
            let root = self.roots.iter().find(|(known, _)| *known == method).map(|(_, root)| *root);
            let mut at = root.unwrap_or_else(|| {
                let root = grow(&mut self.nodes);
                self.roots.push((method, root));
                root
            });
            for segment in pattern {
                at = follow(&mut self.nodes, at, segment);
            }
            if let Some(end) = self.nodes.get_mut(at) {
                end.route = end.route.or(Some(index));
            }
        }
    }

    /// The routes in registration order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn is_api(&self, path: &MatchPath<'_>) -> bool {
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

impl<'t> Params<'t> {
    /// The value of the parameter `name`, decoded.
    pub fn get(&self, name: &str) -> Option<Cow<'t, str>> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The last parameter's value: the row that the path is about.
    pub fn last(&self) -> Option<Cow<'t, str>> {
        self.iter().last().map(|(_, value)| value)
    }

    /// Names and values, in the order of the pattern.
    pub fn iter(&self) -> impl Iterator<Item = (&'t str, Cow<'t, str>)> + use<'t> {
        let pairs = self.pattern.iter().zip(self.path.segments());
        pairs.filter_map(|(segment, text)| match segment {
            // Express would answer 400 to what does not decode; only a lenient path gets here with one.
            Segment::Param(name) => Some((&**name, decode_once(text).unwrap_or(Cow::Borrowed(text)))),
            Segment::Literal(_) => None,
        })
    }
}

/// A literal in lower case against a text in any.
fn compare_without_case(literal: &str, text: &str) -> std::cmp::Ordering {
    literal.bytes().cmp(text.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// A new node's place.
fn grow(nodes: &mut Vec<Node>) -> usize {
    nodes.push(Node::default());
    nodes.len() - 1
}

/// The node behind `at` by `segment`, made if there is none.
fn follow(nodes: &mut Vec<Node>, at: usize, segment: &Segment) -> usize {
    let fresh = nodes.len();
    let Some(node) = nodes.get_mut(at) else { return fresh };
    let next = match segment {
        Segment::Param(_) => *node.param.get_or_insert(fresh),
        Segment::Literal(literal) => match node.literals.binary_search_by(|(known, _)| known.cmp(literal)) {
            Ok(place) => node.literals.get(place).map_or(fresh, |(_, next)| *next),
            Err(place) => {
                node.literals.insert(place, (literal.clone(), fresh));
                fresh
            }
        },
    };
    if next == fresh { grow(nodes) } else { next }
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
        if !segments.contains(&Segment::Param(check.param.clone())) {
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
