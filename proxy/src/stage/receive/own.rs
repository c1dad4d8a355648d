//! Which paths are Annex's own: the management API and everything under `/_annex/`.

/// Whether the path belongs to one of our rooms. Matched as Express would match it: without case.
pub fn is_own(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let mut next = || segments.next().unwrap_or_default().to_ascii_lowercase();
    match next().as_str() {
        "_annex" => true,
        "api" => match next().as_str() {
            "features" | "permissions" => next().is_empty(),
            "workspaces" | "invitations" => true,
            "admin" => match next().as_str() {
                "feature-flags" | "health" | "rollout" => next().is_empty(),
                "workspaces" => true,
                "tenants" => {
                    let _tenant = next();
                    matches!(next().as_str(), "enable-multi-workspace" | "disable-multi-workspace")
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether the path is one that links of invitations had before they were fragments: `/invite/<token>`. It is ours only
/// while anything is on; the CRM has no such page.
pub fn is_invite(path: &str) -> bool {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/').skip(1);
    let is_room = segments.next().is_some_and(|segment| segment.eq_ignore_ascii_case("invite"));
    let is_token = |token: &str| {
        (1..=128).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    is_room && segments.next().is_some_and(is_token) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{is_invite, is_own};

    #[test]
    fn a_link_of_an_invitation_is_one_segment() {
        for ours in ["/invite/abc", "/Invite/aB_c-9", "/invite/abc/"] {
            assert!(is_invite(ours), "{ours}");
        }
        for theirs in
            ["/invite", "/invite/", "/invite/a/b", "/invite/a.js", "/invites/a", "/x/invite/a", "/invite/a%2fb"]
        {
            assert!(!is_invite(theirs), "{theirs}");
        }
    }

    #[test]
    fn only_our_own_paths_are_taken_from_the_crm() {
        for ours in [
            "/_annex/openapi.json",
            "/api/features",
            "/API/Features/",
            "/api/workspaces",
            "/api/workspaces/x/switch",
            "/api/invitations/pending",
            "/api/permissions",
            "/api/admin/feature-flags",
            "/api/admin/tenants/t1/enable-multi-workspace",
            "/api/admin/rollout",
            "/api/admin/health",
        ] {
            assert!(is_own(ours), "{ours}");
        }
        for prefix in crate::ui::OWN_PREFIXES {
            assert!(is_own(prefix), "the loader keeps {prefix} out of workspaces, and it is not ours");
        }
        for theirs in
            ["/", "/api", "/api/features2", "/api/admin", "/api/admin/tenants", "/api/customers", "/workspaces"]
        {
            assert!(!is_own(theirs), "{theirs}");
        }
    }
}
