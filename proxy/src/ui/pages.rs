//! Our own documents, by their addresses.

/// Everybody's workspaces.
pub const WORKSPACES: &str = "/workspaces";
pub const CREATE: &str = "/workspaces/new";
/// `:id` stands for a workspace.
pub const ONBOARDING: &str = "/workspaces/:id/onboarding";
pub const INVITE: &str = "/_annex/invite";
pub const ADMIN: &str = "/_annex/admin";

/// One of our own documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Workspaces,
    Create,
    Onboarding,
    Settings,
    Invite,
    Admin,
}

/// As `proxy/ui/src/pages/route.ts` reads an address: with its case, without one slash at the end.
pub(super) fn page(path: &str, settings_path: &str) -> Option<Page> {
    match trimmed(path) {
        WORKSPACES => Some(Page::Workspaces),
        CREATE => Some(Page::Create),
        INVITE => Some(Page::Invite),
        ADMIN => Some(Page::Admin),
        path if path == settings_path => Some(Page::Settings),
        path => {
            let id = path.strip_prefix("/workspaces/")?.strip_suffix("/onboarding")?;
            (!id.is_empty() && !id.contains('/')).then_some(Page::Onboarding)
        }
    }
}

/// Without one slash at the end.
pub(super) fn trimmed(path: &str) -> &str {
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_page_or_none_of_ours() {
        for (path, wanted) in [
            ("/workspaces", Some(Page::Workspaces)),
            ("/workspaces/", Some(Page::Workspaces)),
            ("/workspaces/new", Some(Page::Create)),
            ("/workspaces/w-1/onboarding", Some(Page::Onboarding)),
            ("/settings/workspace", Some(Page::Settings)),
            ("/settings/workspace/", Some(Page::Settings)),
            ("/_annex/invite", Some(Page::Invite)),
            ("/_annex/admin", Some(Page::Admin)),
            ("/Workspaces", None),
            ("/workspaces//", None),
            ("/workspaces//onboarding", None),
            ("/workspaces/a/b/onboarding", None),
            ("/workspaces/w-1", None),
            ("/settings", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(page(path, "/settings/workspace"), wanted, "{path}");
        }
    }
}
