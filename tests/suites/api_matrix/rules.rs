//! What must be true of the matrix, whoever blesses it.

use super::Line;
use super::callers::{ADMIN, ADMIN_ELSEWHERE, AUDITOR, CALLERS, PLATFORM, STRANGER, SUSPENDED};

/// Operations that need no credential: whether there is anything, a link from a mail, a picture whose name nobody guesses.
const PUBLIC: [&str; 3] = ["/api/features", "/api/invitations/preview", "/_annex/assets/{file}"];

/// What a member may do whose role holds `audit:read` alone.
fn is_open(method: &str, path: &str) -> bool {
    let rest = path.strip_prefix("/api/workspaces/{id}").unwrap_or(path);
    OPEN.contains(&(method, rest))
}

/// Of the routes below a workspace: those of `audit:read`, and those of every member.
const OPEN: [(&str, &str); 6] = [
    ("GET", "/activity"),
    ("GET", "/activity/export"),
    ("POST", "/switch"),
    ("POST", "/leave"),
    ("GET", ""),
    ("GET", "/ownership-transfer"),
];

/// Asserts all of it.
pub fn hold(lines: &[Line]) {
    let mut broken = Vec::new();
    for line in lines {
        let (method, path) = &line.operation;
        let mut must = |holds: bool, rule: &str| {
            if !holds {
                broken.push(format!("{method} {path}: {rule}: {:?}", line.told));
            }
        };
        assert_eq!(line.told.len(), CALLERS.len());
        let told = |caller: usize| line.told[caller].as_str();
        must(line.told.iter().all(|told| !told.starts_with('5')), "nobody gets a 5xx");
        if PUBLIC.contains(&path.as_str()) {
            continue;
        }
        must(told(0) == "401 UNAUTHENTICATED", "anonymous gets 401");
        if path.starts_with("/api/admin/") {
            let others = (1..PLATFORM).all(|caller| told(caller) == "403 SAAS_ADMIN_REQUIRED");
            must(others, "only the platform's administrator gets in");
            // Who has an Admin is not rescued: a refusal of the domain.
            let rescue = path.ends_with("/assign-admin") && told(PLATFORM).starts_with("409");
            must(told(PLATFORM).starts_with('2') || rescue, "the platform's administrator gets in");
            continue;
        }
        if !path.starts_with("/api/invitations") {
            must(told(1) == "403 MULTI_WORKSPACE_DISABLED", "a stranger without the feature sees nothing");
        }
        if path.starts_with("/api/workspaces/{id}") {
            must(told(STRANGER) == "403 WORKSPACE_ACCESS_DENIED", "a stranger sees no workspace");
            must(told(ADMIN_ELSEWHERE) == told(STRANGER), "an admin of another workspace is a stranger");
            must(told(SUSPENDED) == told(STRANGER), "a suspended member is a stranger");
            let is_allowed = told(AUDITOR).starts_with('2');
            must(
                is_allowed == is_open(method, path),
                "a custom role is allowed what it holds, and what every member may",
            );
            must(!told(PLATFORM).starts_with('2'), "the platform's administrator is no member");
            // What is done may still be refused by a rule of the domain, but never for lack of a right.
            must(!told(ADMIN).starts_with("403 WORKSPACE_"), "the admin lacks no right");
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
