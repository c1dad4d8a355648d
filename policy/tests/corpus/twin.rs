//! A second implementation: the rules as a list of sentences over the texts of the files. Nothing of the product is used,
//! not its types and not its matching.

use std::collections::BTreeMap;

use super::case::{Answer, Owed, Question, RouteRow, Routes};

pub fn answer(routes: &Routes, question: &Question) -> Answer {
    let (method, path) = question.request.split_once(' ').unwrap();
    if is_ambiguous(path) {
        return Answer { effect: "ambiguous".into(), ..Answer::default() };
    }
    let reached = reach(routes, method, path);
    let (row, params) = match &reached {
        Reached::Row(row, params) => (Some(*row), params.clone()),
        Reached::Page | Reached::Nothing => (None, BTreeMap::new()),
    };
    let home_route = matches!(reached, Reached::Page) || row.is_some_and(|row| row.class == "home");
    let mapped = row.filter(|row| !["home", "unmapped"].contains(&row.class.as_str()));
    let is = |standings: &[&str]| standings.contains(&question.standing.as_str());
    let (off, deleted) = (question.workspace == "off", question.workspace == "deleted");

    let deny = |reason: &str| Answer { effect: "deny".into(), reason: Some(reason.into()), ..Answer::default() };
    let lacking = mapped.and_then(|row| lacking(row, question));
    let missing = || Answer { permission: lacking.clone(), ..deny("permission_missing") };
    let allow = |place: &str, weighed: bool, owes: bool| Answer {
        effect: "allow".into(),
        place: Some(place.into()),
        permission: mapped.filter(|_| weighed).map(|row| row.class.clone()),
        obligations: mapped.filter(|_| owes).map(owed).filter(|owed| *owed != Owed::default()),
        params: Some(params.clone()),
        reason: None,
    };

    // Elsewhere (R2, R3, R5).
    if is(&["stranger", "suspended"]) {
        return deny("access_denied");
    }
    if is(&["member"]) {
        return match (question.workspace.as_str(), question.naming.as_str()) {
            ("absent", _) => deny("access_denied"),
            ("deleted", _) => deny("workspace_deleted"),
            ("off", "pinned") => deny("workspace_off"),
            ("off", _) => deny("feature_disabled"),
            _ if question.feature == "lacks" => deny("feature_disabled"),
            _ if home_route => allow("home", false, false),
            _ if mapped.is_none() => deny("route_not_mapped"),
            _ if lacking.is_some() => missing(),
            _ => allow("workspace", true, true),
        };
    }
    // At home (R4, R5).
    if home_route {
        return allow("home", false, false);
    }
    if off {
        return allow("home", false, is(&["guarded"]));
    }
    if is(&["blocked"]) {
        return deny("home_blocked");
    }
    if deleted {
        return deny("workspace_deleted");
    }
    match question.standing.as_str() {
        "native" => allow("home", false, false),
        "guarded" => allow("home", false, true),
        "restricted" if mapped.is_none() => deny("route_not_mapped"),
        "restricted" if lacking.is_some() => missing(),
        "restricted" => allow("home", true, true),
        other => panic!("`{other}` is no standing"),
    }
}

/// The first permission that is needed and not there: the route's own, then the further ones in the order of the modules.
fn lacking(row: &RouteRow, question: &Question) -> Option<String> {
    let mut also = row.also.clone();
    let order = annex_policy::Permission::all().map(|permission| permission.to_string()).collect::<Vec<_>>();
    also.sort_by_key(|one| order.iter().position(|known| known == one));
    let needed = [row.class.clone()].into_iter().chain(also);
    needed.into_iter().find(|one| !question.permissions.contains(one))
}

fn owed(row: &RouteRow) -> Owed {
    let keys =
        row.body.iter().flat_map(|body| body.pinned.iter().chain(&body.forbidden_or_path).chain(body.foreign.keys()));
    Owed { parent: row.parent.clone(), body: keys.cloned().collect(), redact: row.redact, admin_row: row.admin_row }
}

enum Reached<'r> {
    Row(&'r RouteRow, BTreeMap<String, String>),
    Page,
    Nothing,
}

fn reach<'r>(routes: &'r Routes, method: &str, path: &str) -> Reached<'r> {
    let method = if method == "HEAD" { "GET" } else { method };
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    for row in &routes.routes {
        let (verb, pattern) = row.at.split_once(' ').unwrap();
        if let Some(params) = Some(verb).filter(|verb| *verb == method).and_then(|_| params(pattern, path)) {
            return Reached::Row(row, params);
        }
    }
    let lower = decoded(path).to_lowercase();
    let api = routes.api_prefixes.iter().any(|prefix| lower == *prefix || lower.starts_with(&format!("{prefix}/")));
    if method == "GET" && !api { Reached::Page } else { Reached::Nothing }
}

fn params(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (wanted, said): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let mut params = BTreeMap::new();
    for (wanted, said) in wanted.iter().zip(&said) {
        match wanted.strip_prefix(':') {
            Some(name) if !said.is_empty() => drop(params.insert(name.to_owned(), decoded(said))),
            Some(_) => return None,
            None if wanted.eq_ignore_ascii_case(said) => {}
            None => return None,
        }
    }
    (wanted.len() == said.len()).then_some(params)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        match rest.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[at + 3..];
            }
            None => {
                bytes.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What two programs could read differently.
fn is_ambiguous(whole: &str) -> bool {
    let path = if whole.len() > 1 { whole.strip_suffix('/').unwrap_or(whole) } else { whole };
    let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let well_encoded = path.match_indices('%').all(|(at, _)| {
        path.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    let strange = |c: char| c.is_control() || "\\;?#/\u{fffd}".contains(c);
    let twice = |text: &String| decoded(text) != *text;
    let dotted = |text: &String| text == "." || text == "..";
    let empty = whole != "/" && segments.iter().any(String::is_empty);
    !path.starts_with('/')
        || !well_encoded
        || empty
        || path.bytes().any(|byte| !(0x21..0x7f).contains(&byte))
        || segments.iter().any(|text| text.contains(strange) || twice(text) || dotted(text))
}
