//! The routes of a profile.
//!
//! Promise: every route comes out with its class, or its mistake with its line.

use std::collections::HashSet;

use annex_policy::{
    Method, Obligations, ParentCheck, Permission, PermissionSet, Route, RouteClass, RouteMistake, RouteTable,
};

use super::guards::{Guards, unknown_relation};
use super::reader::{Reader, Said};
use crate::document::Value;

/// What a route may refer to.
pub(super) struct Known<'k> {
    pub(super) relations: &'k HashSet<String>,
    pub(super) guards: &'k Guards,
    pub(super) api_prefixes: &'k [String],
}

/// A route with the profile's line where it stands.
struct Placed {
    route: Route,
    line: u32,
}

/// Reads the list `routes` of the root.
pub(super) fn read(root: &mut Reader<'_>, known: &Known<'_>) -> RouteTable {
    let mut placed = Vec::new();
    let mut used = HashSet::new();
    for node in root.nodes("routes") {
        match &node.value {
            Value::Table(table) => placed.push(route(root.of("routes", node.line, table), known, &mut used)),
            Value::Text(_) | Value::Bool(_) | Value::Plain(_) | Value::List(_) => {
                root.note(
                    node.line,
                    "a route is not a table",
                    "write `{ line = …, at = \"GET /path\", class = \"…\" }`",
                );
            }
        }
    }
    for (name, guard) in known.guards.iter().filter(|(name, _)| !used.contains(*name)) {
        root.note(guard.line, format!("no route names the body guard `{name}`"), "name it in a route or remove it");
    }
    if placed.is_empty() {
        root.note(root.line, "the profile has no routes", "list the CRM's routes under `routes`");
    }
    let lines: Vec<u32> = placed.iter().map(|placed| placed.line).collect();
    let routes = placed.into_iter().map(|placed| placed.route).collect();
    table(root, routes, &lines, known.api_prefixes.to_vec())
}

fn table(root: &Reader<'_>, routes: Vec<Route>, lines: &[u32], api_prefixes: Vec<String>) -> RouteTable {
    RouteTable::new(routes, api_prefixes).unwrap_or_else(|mistakes| {
        for RouteMistake { index, what, remedy, .. } in mistakes {
            root.note(lines.get(index).copied().unwrap_or(root.line), what, remedy);
        }
        RouteTable::empty()
    })
}

fn route(mut table: Reader<'_>, known: &Known<'_>, used: &mut HashSet<String>) -> Placed {
    let line = table.line;
    let registered = u32::try_from(table.number("line")).unwrap_or(u32::MAX);
    let (method, pattern) = at(&mut table);
    let class = table.text("class");
    let obligations = obligations(&mut table, known, used);
    let class = class_of(&table, &class, obligations);
    table.finish();
    Placed { route: Route { method, pattern, line: registered, class }, line }
}

/// `GET /api/tasks`.
pub(super) fn at(table: &mut Reader<'_>) -> (Method, String) {
    let said = table.text("at");
    let (method, pattern) = said.text.split_once(' ').unwrap_or(("", &said.text));
    let method = Method::parse(method);
    // HEAD is served by GET's route, and no router of ours is asked about the rest.
    if matches!(method, Method::Other | Method::Head | Method::Options) && !said.text.is_empty() {
        table.note(
            said.line,
            format!("`{}` is not a method and a path", said.text),
            "write it as `GET /api/tasks/:id`; GET, POST, PUT, PATCH or DELETE",
        );
    }
    (method, pattern.to_owned())
}

fn class_of(table: &Reader<'_>, said: &Said, obligations: Obligations) -> RouteClass {
    let plain = |class: RouteClass| {
        if obligations != Obligations::NONE {
            table.note(
                said.line,
                format!("a route of class `{}` has nothing to check", said.text),
                "take `parent`, `body`, `redact`, `admin_row` and `also` away, or give it a permission",
            );
        }
        class
    };
    match said.text.as_str() {
        "home" => plain(RouteClass::Home),
        "unmapped" => plain(RouteClass::Unmapped),
        text => match text.parse() {
            Ok(permission) => RouteClass::Mapped(permission, obligations),
            Err(_) if text.is_empty() => RouteClass::Unmapped,
            Err(_) => {
                table.note(
                    said.line,
                    format!("`{text}` is neither a class nor a permission"),
                    "write `home`, `unmapped`, or `module:verb` such as `customers:read`",
                );
                RouteClass::Unmapped
            }
        },
    }
}

fn obligations(table: &mut Reader<'_>, known: &Known<'_>, used: &mut HashSet<String>) -> Obligations {
    let mut parent = Vec::new();
    let parents = table.section("parent");
    for (param, relation) in parents.all_texts() {
        if !known.relations.contains(&relation.text) {
            unknown_relation(&parents, &relation, known.relations);
        }
        parent.push(ParentCheck { param: param.into(), relation: relation.text.into() });
    }
    let body = table.optional_text("body").and_then(|named| {
        let guard = known.guards.get(&named.text);
        if guard.is_none() {
            table.note(
                named.line,
                format!("there is no body guard `{}`", named.text),
                "define it under `[body.<name>]`",
            );
        }
        used.insert(named.text);
        guard.map(|named| named.guard.clone())
    });
    let also = table.texts("also").into_iter().filter_map(|said| permission(table, said)).collect::<PermissionSet>();
    Obligations { parent, body, redact: table.boolean("redact"), admin_row: table.boolean("admin_row"), also }
}

fn permission(table: &Reader<'_>, said: Said) -> Option<Permission> {
    let parsed = said.text.parse();
    if parsed.is_err() {
        table.note(
            said.line,
            format!("`{}` is not a permission", said.text),
            "write `module:verb` such as `customers:read`",
        );
    }
    parsed.ok()
}
