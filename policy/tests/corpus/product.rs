//! The corpus put to the product.

use std::collections::BTreeMap;

use annex_policy::{
    Attempt, BodyGuard, Feature, MatchPath, Method, Naming, Obligations, ParentCheck, PermissionSet, Permit, Place,
    Reason, RoleView, Route, RouteClass, RouteMatch, RouteTable, Standing, WorkspaceState, authorize,
};

use super::case::{Answer, Owed, Question, RouteRow, Routes};

pub fn table(routes: &Routes) -> RouteTable {
    let rows = routes.routes.iter().zip(1..).map(|(row, line)| {
        let (method, pattern) = row.at.split_once(' ').unwrap();
        Route { method: Method::parse(method), pattern: pattern.into(), line, class: class(row) }
    });
    RouteTable::new(rows.collect(), routes.api_prefixes.clone()).unwrap()
}

fn class(row: &RouteRow) -> RouteClass {
    match row.class.as_str() {
        "home" => RouteClass::Home,
        "unmapped" => RouteClass::Unmapped,
        permission => RouteClass::Mapped(permission.parse().unwrap(), obligations(row)),
    }
}

fn obligations(row: &RouteRow) -> Obligations {
    let boxed = |texts: &[String]| texts.iter().map(|text| text.as_str().into()).collect();
    let parent = row
        .parent
        .iter()
        .map(|(param, relation)| ParentCheck { param: param.as_str().into(), relation: relation.as_str().into() });
    let body = row.body.as_ref().map(|body| BodyGuard {
        pinned: boxed(&body.pinned),
        forbidden_or_path: boxed(&body.forbidden_or_path),
        foreign: body.foreign.iter().map(|(key, relation)| (key.as_str().into(), relation.as_str().into())).collect(),
    });
    let also = row.also.iter().map(|permission| permission.parse().unwrap()).collect();
    Obligations { parent: parent.collect(), body, redact: row.redact, admin_row: row.admin_row, also }
}

/// What a request reaches; `None` where its path could mean two things.
pub fn found<'t>(table: &'t RouteTable, request: &'t str) -> Option<RouteMatch<'t>> {
    let (method, path) = request.split_once(' ').unwrap();
    MatchPath::parse(path).ok().map(|path| table.find(Method::parse(method), &path))
}

pub fn answer(routes: &Routes, question: &Question) -> Answer {
    let table = table(routes);
    let Some(route) = found(&table, &question.request) else {
        return Answer { effect: "ambiguous".into(), ..Answer::default() };
    };
    let permissions: PermissionSet = question.permissions.iter().map(|text| text.parse().unwrap()).collect();
    let role = RoleView { key: "any", permissions };
    let attempt = Attempt {
        workspace: match question.workspace.as_str() {
            "on" => WorkspaceState::On,
            "off" => WorkspaceState::Off,
            "deleted" => WorkspaceState::Deleted,
            "absent" => WorkspaceState::Absent,
            other => panic!("`{other}` is no state"),
        },
        feature: if question.feature == "has" { Feature::Has } else { Feature::Lacks },
        naming: if question.naming == "pinned" { Naming::Pinned } else { Naming::Named },
        standing: match question.standing.as_str() {
            "stranger" => Standing::Stranger,
            "suspended" => Standing::Suspended,
            "member" => Standing::Member { role },
            "native" => Standing::Native,
            "guarded" => Standing::Guarded,
            "restricted" => Standing::Restricted { role },
            "blocked" => Standing::Blocked,
            other => panic!("`{other}` is no standing"),
        },
        route: &route,
    };
    match authorize(&attempt) {
        Ok(permit) => allowed(&permit, &route),
        Err(refusal) => refused(refusal.reason),
    }
}

fn allowed(permit: &Permit<'_>, route: &RouteMatch<'_>) -> Answer {
    let place = match permit.place() {
        Place::Home => "home",
        Place::Workspace => "workspace",
    };
    let params: BTreeMap<String, String> = match route {
        RouteMatch::Route { params, .. } => {
            params.iter().map(|(name, value)| (name.into(), value.into_owned())).collect()
        }
        RouteMatch::Static | RouteMatch::None => BTreeMap::new(),
    };
    Answer {
        effect: "allow".into(),
        place: Some(place.into()),
        permission: permit.permission().map(|permission| permission.to_string()),
        obligations: Some(owed(permit.obligations())).filter(|owed| *owed != Owed::default()),
        params: Some(params),
        reason: None,
    }
}

fn owed(obligations: &Obligations) -> Owed {
    let body = obligations.body.iter().flat_map(|body| {
        let foreign = body.foreign.iter().map(|(key, _)| key);
        body.pinned.iter().chain(&body.forbidden_or_path).chain(foreign).map(ToString::to_string)
    });
    Owed {
        parent: obligations.parent.iter().map(|check| (check.param.to_string(), check.relation.to_string())).collect(),
        body: body.collect(),
        redact: obligations.redact,
        admin_row: obligations.admin_row,
    }
}

fn refused(reason: Reason) -> Answer {
    let permission = match reason {
        Reason::PermissionMissing(permission) => Some(permission.to_string()),
        Reason::FeatureDisabled
        | Reason::AccessDenied
        | Reason::RouteNotMapped
        | Reason::WorkspaceDeleted
        | Reason::WorkspaceOff
        | Reason::HomeBlocked => None,
    };
    Answer { effect: "deny".into(), permission, reason: Some(reason.label().into()), ..Answer::default() }
}
