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
                "feature-flags" | "rollout" => next().is_empty(),
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

#[cfg(test)]
mod tests {
    use super::is_own;

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
        ] {
            assert!(is_own(ours), "{ours}");
        }
        for theirs in
            ["/", "/api", "/api/features2", "/api/admin", "/api/admin/tenants", "/api/customers", "/workspaces"]
        {
            assert!(!is_own(theirs), "{theirs}");
        }
    }
}
