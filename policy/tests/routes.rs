//! Matching as Express 4 does it: tables, attacks, and a second implementation that was written from the expression that
//! Express compiles a path to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use annex_policy::{
    MatchPath, Method, Obligations, ParentCheck, Permission, Route, RouteClass, RouteMatch, RouteTable,
};
use proptest::prelude::*;

fn route(line: u32, at: &str) -> Route {
    let (method, pattern) = at.split_once(' ').unwrap();
    Route { method: Method::parse(method), pattern: pattern.into(), line, class: RouteClass::Unmapped }
}

fn table(routes: &[&str]) -> RouteTable {
    let routes = routes.iter().zip(1..).map(|(at, line)| route(line, at)).collect();
    RouteTable::new(routes, vec!["/api".into()]).unwrap()
}

fn crm() -> RouteTable {
    table(&[
        "GET /api/tasks",
        "GET /api/tasks/analytics",
        "GET /api/tasks/:id",
        "POST /api/tasks",
        "GET /api/proposals/:id",
        "GET /api/proposals/section-types",
        "PATCH /api/tasks/:id/comments/:commentId",
    ])
}

/// `METHOD /path` → the pattern matched, `static` or `none`.
fn found(table: &RouteTable, request: &str) -> String {
    let (method, path) = request.split_once(' ').unwrap();
    match table.find(Method::parse(method), &MatchPath::lenient(path)) {
        RouteMatch::Route { route, .. } => route.pattern.clone(),
        RouteMatch::Static => "static".into(),
        RouteMatch::None => "none".into(),
    }
}

#[test]
fn a_request_reaches_what_express_would_run() {
    let crm = crm();
    let rows = [
        ("a literal matches", "GET /api/tasks", "/api/tasks"),
        ("case does not matter", "GET /API/Tasks", "/api/tasks"),
        ("one trailing slash does not matter", "GET /api/tasks/", "/api/tasks"),
        ("two do", "GET /api/tasks//", "none"),
        ("a literal that stands first wins", "GET /api/tasks/analytics", "/api/tasks/analytics"),
        ("a parameter that stands first wins", "GET /api/proposals/section-types", "/api/proposals/:id"),
        ("a literal is not decoded", "GET /api/tasks/an%61lytics", "/api/tasks/:id"),
        ("nor is a literal prefix", "GET /api/t%61sks", "none"),
        ("a parameter is not empty", "GET /api/tasks//comments", "none"),
        ("a parameter is one segment", "GET /api/tasks/1/2", "none"),
        ("HEAD is served by GET", "HEAD /api/tasks/1", "/api/tasks/:id"),
        ("another method is another route", "DELETE /api/tasks/1", "none"),
        ("OPTIONS reaches no route", "OPTIONS /api/tasks", "none"),
        ("an invented method reaches nothing", "BREW /api/tasks", "none"),
        ("a method in lower case reaches nothing", "get /api/tasks", "none"),
        ("an unknown path of the API is unknown", "GET /api/nothing", "none"),
        ("the API's root is unknown", "GET /api", "none"),
        ("a page is static", "GET /dashboard", "static"),
        ("the root is static", "GET /", "static"),
        ("HEAD of a file is static", "HEAD /assets/index.js", "static"),
        ("POST outside the API is unknown", "POST /dashboard", "none"),
        ("a name that only begins like the API is a page", "GET /apis", "static"),
        ("the API is the API in capitals too", "GET /API/nothing", "none"),
    ];
    for (name, request, wanted) in rows {
        assert_eq!(found(&crm, request), wanted, "{name}: {request}");
    }
}

#[test]
fn attack_an_encoded_prefix_does_not_pass_for_a_static_file() {
    for path in ["/%61pi/tasks", "/ap%69/nothing", "/%41PI/tasks", "/ap%zz/x"] {
        let match_ = crm().find(Method::Get, &MatchPath::lenient(path)).clone_class();
        assert_eq!(match_, "none", "{path}");
    }
}

trait Class {
    fn clone_class(&self) -> &'static str;
}
impl Class for RouteMatch<'_> {
    fn clone_class(&self) -> &'static str {
        match self {
            RouteMatch::Route { .. } => "route",
            RouteMatch::Static => "static",
            RouteMatch::None => "none",
        }
    }
}

#[test]
fn parameters_are_decoded_once_and_named() {
    let crm = crm();
    let RouteMatch::Route { params, .. } =
        crm.find(Method::Patch, &MatchPath::parse("/api/tasks/a%20b/comments/C%C3%A9/").unwrap())
    else {
        panic!()
    };
    assert_eq!(
        (params.get("id").as_deref(), params.get("commentId").as_deref(), params.last().as_deref(), params.get("no")),
        (Some("a b"), Some("Cé"), Some("Cé"), None)
    );
    assert_eq!(params.iter().collect::<Vec<_>>(), [("id", "a b".into()), ("commentId", "Cé".into())]);
}

#[test]
fn registration_order_is_the_line_not_the_place_in_the_list() {
    let routes = vec![route(20, "GET /api/x/:id"), route(10, "GET /api/x/new")];
    let table = RouteTable::new(routes, vec!["/api".into()]).unwrap();
    assert_eq!(found(&table, "GET /api/x/new"), "/api/x/new");
    assert_eq!(table.routes()[0].line, 10);
}

#[test]
fn every_mistake_of_a_table_is_told_at_once() {
    let read = "tasks:read".parse::<Permission>().unwrap();
    let check = ParentCheck { param: "other".into(), relation: "tasks".into() };
    let misnamed = RouteClass::Mapped(read, Obligations { parent: vec![check], ..Obligations::default() });
    let guarded = RouteClass::Mapped(read, Obligations { body: Some(Default::default()), ..Obligations::default() });
    let with = |line, at, class| Route { class, ..route(line, at) };
    let rows: Vec<(Route, &str)> = vec![
        (route(1, "GET api/x"), "does not begin"),
        (route(2, "GET /api//x"), "empty segment"),
        (route(3, "GET /api/x/"), "empty segment"),
        (route(4, "GET /api/:"), "not one word"),
        (route(5, "GET /api/:a-:b"), "not one word"),
        (route(6, "GET /api/*"), "not matched literally"),
        (route(7, "GET /api/(x)?"), "not matched literally"),
        (route(8, "GET /api/%61"), "not matched literally"),
        (route(9, "GET /api/:a/:a"), "twice"),
        (with(10, "GET /api/p/:id", misnamed), "`:other`"),
        (with(11, "GET /api/g", guarded), "no body to guard"),
        (route(12, "GET /api/same/:a"), ""),
        (route(13, "GET /API/Same/:b"), "never reached"),
        (route(13, "GET /api/line"), "line 13"),
    ];
    let wanted: Vec<&str> = rows.iter().map(|(_, what)| *what).filter(|what| !what.is_empty()).collect();
    let mistakes = RouteTable::new(rows.into_iter().map(|(route, _)| route).collect(), Vec::new()).unwrap_err();
    let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    for what in &wanted {
        assert!(said.iter().any(|one| one.contains(what)), "{what} is missing in {said:#?}");
    }
    assert_eq!(said.len(), wanted.len(), "{said:#?}");
}

#[test]
fn an_empty_table_knows_nothing_and_serves_nothing_static() {
    let table = RouteTable::empty();
    for request in ["GET /", "GET /api", "POST /x"] {
        assert_eq!(found(&table, request), "none", "{request}");
    }
}

/// Express compiles `/a/:b` to `^\/a\/(?:([^\/]+?))\/?$` with the flag `i`, tries the routes one by one and takes the first.
/// This says that expression letter by letter, with backtracking, and shares nothing with the table.
fn naive(routes: &[Route], method: &str, path: &str) -> Option<usize> {
    let method = if method == "HEAD" { "GET" } else { method };
    routes.iter().position(|route| route.method.as_str() == method && regex(route.pattern.as_bytes(), path.as_bytes()))
}

fn regex(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], [] | [b'/']) => true,
        ([], _) => false,
        ([b':', rest @ ..], _) => {
            let after = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let longest = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (1..=longest).any(|taken| regex(&rest[after..], &text[taken..]))
        }
        ([letter, rest @ ..], [first, more @ ..]) => letter.eq_ignore_ascii_case(first) && regex(rest, more),
        (_, []) => false,
    }
}

fn pattern() -> impl Strategy<Value = String> {
    let segment = prop_oneof![Just("a"), Just("bc"), Just(":x"), Just(":y"), Just("A")];
    proptest::collection::vec(segment, 1..4).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn path() -> impl Strategy<Value = String> {
    let segment =
        prop_oneof![Just("a"), Just("A"), Just("bc"), Just("Bc"), Just("d%20"), Just(""), Just("%61"), Just(":x")];
    (proptest::collection::vec(segment, 1..5), any::<bool>())
        .prop_map(|(segments, slash)| format!("/{}{}", segments.join("/"), if slash { "/" } else { "" }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_table_agrees_with_the_expression_of_express(
        patterns in proptest::collection::vec((pattern(), prop_oneof![Just("GET"), Just("POST")]), 1..8),
        path in path(),
        method in prop_oneof![Just("GET"), Just("HEAD"), Just("POST"), Just("PUT")],
    ) {
        let routes: Vec<Route> = patterns.iter().zip(1..).map(|((pattern, method), line)| route(line, &format!("{method} {pattern}"))).collect();
        // What the table refuses (a parameter twice, a route twice) Express would take; no profile may say it.
        let Ok(table) = RouteTable::new(routes.clone(), vec!["/".into()]) else { return Ok(()) };
        let matched = match table.find(Method::parse(method), &MatchPath::lenient(&path)) {
            RouteMatch::Route { index, .. } => Some(index),
            RouteMatch::Static | RouteMatch::None => None,
        };
        prop_assert_eq!(matched, naive(&routes, method, &path));
    }

    #[test]
    fn a_path_that_parse_takes_is_the_path_that_lenient_reads(path in "/[a-zA-Z0-9%/.;\\\\-]{0,24}") {
        if let Ok(parsed) = MatchPath::parse(&path) {
            prop_assert_eq!(parsed, MatchPath::lenient(&path));
        }
    }
}
