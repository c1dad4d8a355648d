//! The later version's roles and permissions in our words.

use annex_policy::{Module, Permission, PermissionSet, SystemRole, Verb};

/// The system role that a word of the later version means.
pub fn system(word: &str) -> Option<SystemRole> {
    match word.trim().to_ascii_lowercase().as_str() {
        "owner" | "admin" | "agency_admin" => Some(SystemRole::Admin),
        "manager" => Some(SystemRole::Manager),
        "member" | "team_member" | "user" => Some(SystemRole::Member),
        "finance" | "accountant" | "billing" => Some(SystemRole::Finance),
        "viewer" | "guest" | "readonly" | "read_only" => Some(SystemRole::Viewer),
        _ => None,
    }
}

/// Whether the word makes an owner.
pub fn is_owner(word: &str) -> bool {
    word.trim().eq_ignore_ascii_case("owner")
}

/// What `module` and `action` allow here; empty: nothing that exists here.
pub fn permissions(module: &str, action: &str) -> PermissionSet {
    let module = module.trim().to_ascii_lowercase();
    let Some(module) = Module::ALL.into_iter().find(|known| known.as_str() == module) else {
        return PermissionSet::EMPTY;
    };
    let verb = match action.trim().to_ascii_lowercase().as_str() {
        "view" | "read" | "list" => Verb::Read,
        "create" | "edit" | "update" | "write" | "send" => Verb::Write,
        "delete" | "remove" => Verb::Delete,
        "manage" | "admin" => Verb::Manage,
        _ => return PermissionSet::EMPTY,
    };
    PermissionSet::EMPTY.with(Permission::new(module, verb))
}

/// A key for a custom role of that name: its letters and digits, never a system role's.
pub fn key(name: &str, taken: &[String]) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug: String = slug.trim_matches('-').chars().take(40).collect();
    let starts_well = slug.starts_with(|first: char| first.is_ascii_lowercase());
    let slug = if starts_well { slug } else { format!("role-{slug}").trim_end_matches('-').to_owned() };
    let is_free = |key: &String| key.parse::<SystemRole>().is_err() && !taken.contains(key);
    let numbered = (2_u32..).map(|number| format!("{slug}-{number}"));
    std::iter::once(slug.clone()).chain(numbered).find(is_free).unwrap_or(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_an_admin_and_an_unknown_word_is_nobody() {
        assert_eq!(system("Owner"), Some(SystemRole::Admin));
        assert_eq!(system(" member "), Some(SystemRole::Member));
        assert_eq!(system("emperor"), None);
        assert!(is_owner("OWNER") && !is_owner("admin"));
    }

    #[test]
    fn what_does_not_exist_here_allows_nothing() {
        assert_eq!(permissions("customers", "view").len(), 1);
        assert_eq!(permissions("Customers", "Edit"), permissions("customers", "create"));
        for (module, action) in [("rockets", "view"), ("customers", "launch"), ("*", "*"), ("", "")] {
            assert!(permissions(module, action).is_empty(), "{module}:{action}");
        }
    }

    #[test]
    fn a_key_is_plain_free_and_no_system_roles() {
        let none: [String; 0] = [];
        assert_eq!(key("Senior Sales", &none), "senior-sales");
        assert_eq!(key("Admin", &none), "admin-2");
        assert_eq!(key("Büro & Süd", &none), "b-ro-s-d");
        assert_eq!(key("東京", &none), "role");
        assert_eq!(key("7th", &none), "role-7th");
        assert_eq!(key("Sales", &["sales".to_owned()]), "sales-2");
    }
}
