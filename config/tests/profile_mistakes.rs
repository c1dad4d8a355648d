//! What an operator gets wrong in a profile is told at once, each with its line and its remedy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use std::path::{Path, PathBuf};

use annex_config::{Mistakes, Sources, load};

const EXAMPLE: &str = include_str!("../crm/example.toml");

fn write(name: &str, source: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("profile-{name}.toml"));
    std::fs::write(&path, source).unwrap();
    path
}

/// The mistakes of the profile alone, as text without the path.
fn mistakes(name: &str, source: &str) -> Vec<String> {
    let path = write(name, source);
    let sources = Sources { env: vec![("ANNEX_CRM_PROFILE".into(), path.display().to_string())], ..Sources::default() };
    let Mistakes(mistakes) = load(sources).expect_err("nothing else was said, so there are mistakes");
    let prefix = format!("{}:", path.display());
    mistakes.iter().map(ToString::to_string).filter_map(|text| Some(text.strip_prefix(&prefix)?.to_owned())).collect()
}

/// The example with `from` replaced, and the line on which `from` stands.
fn changed(from: &str, to: &str) -> (String, usize) {
    let at = EXAMPLE.find(from).unwrap_or_else(|| panic!("`{from}` is not in the example"));
    (EXAMPLE.replacen(from, to, 1), EXAMPLE.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1)
}

#[test]
fn the_example_has_no_mistake() {
    assert_eq!(mistakes("none", EXAMPLE), Vec::<String>::new());
}

#[test]
fn each_mistake_has_its_line_and_its_remedy() {
    let rows = [
        ("scheme = \"Bearer\"", "sheme = \"Bearer\"", "`credential.sheme` is not a key", "did you mean `scheme`?"),
        ("access_lifetime_s = 600", "access_lifetime_s = \"600\"", "not a positive whole number", "digits"),
        ("algorithm = \"RS256\"", "algorithm = \"none\"", "`none` is not an algorithm", "one of those"),
        ("strategy = \"claims\"", "strategy = \"rows\"", "`rows` is not a strategy", "member_row"),
        ("strategy = \"claims\"", "strategy = \"claims\"\n[member_row]", "means nothing to the strategy", "remove it"),
        ("api_prefixes = [\"/v2\"]", "api_prefixes = [\"v2\"]", "not a prefix", "/api"),
        ("trusted_headers = [\"X-Account-Id\"]", "trusted_headers = [\"X Account\"]", "not a header", "letters"),
        ("at = \"GET /v2/clients\"", "at = \"FETCH /v2/clients\"", "not a method and a path", "GET, POST"),
        ("at = \"GET /v2/clients\"", "at = \"GET /v2/*\"", "not matched literally", ":param"),
        ("line = 8,", "line = 7,", "two routes stand at line 7", "its own place"),
        ("class = \"unmapped\"", "class = \"clients:read\"", "neither a class nor a permission", "module:verb"),
        ("class = \"unmapped\"", "class = \"home\", redact = true", "nothing to check", "take"),
        ("also = [\"deals:read\"", "also = [\"deals:see\"", "`deals:see` is not a permission", "module:verb"),
        ("noteId = \"notes\" }", "noteId = \"note\" }", "there is no relation `note`", "did you mean `notes`?"),
        ("noteId = \"notes\" }", "noteid = \"notes\" }", "`:noteid`", "parameter of the path"),
        ("body = \"note_order\"", "body = \"note_ordr\"", "there is no body guard `note_ordr`", "[body.<name>]"),
        (
            "foreign = { \"*\" = \"notes\" }",
            "foreign = { \"*\" = \"remarks\" }",
            "there is no relation `remarks`",
            "[relations]",
        ),
        (
            "note_order = {",
            "unused = { pinned = [\"a\"] }\nnote_order = {",
            "no route names the body guard `unused`",
            "name it",
        ),
        ("table = \"people\"", "table = \"people; drop\"", "not a plain SQL name", "lower-case"),
        (
            "create_customer = \"/clients\"",
            "create_customer = \"//clients\"",
            "`browser.steps.create_customer` is not a path",
            "one slash first",
        ),
        (
            "people = \"select exists(",
            "people = \"delete from x where (",
            "does not ask whether a row exists",
            "select exists",
        ),
        ("p.account_id = $2)", "p.account_id = 'x')", "does not use $1 and $2", "$1 is the row's id"),
        ("create_tenant = [\"insert into", "create_tenant = [\"update", "not one insert", "insert into"),
        ("accent = \"primary_color\"", "accent = \"colour\"", "`colour` is nothing that a look has", "primary_color"),
        ("columns = { logo = ", "columns = { \"lo go\" = ", "not a plain SQL name", "lower-case"),
        ("c where c.account_id = $1)\"\n", "c where c.account_id = $2)\"\n", "does not ask whether a row exists", "$1"),
        (
            "create_customer = \"select",
            "create_custmer = \"select",
            "`create_custmer` is not a first step",
            "create_customer",
        ),
        ("{ create_customer = ", "{ create_custmer = ", "no step that is done in the CRM", "create_customer"),
        ("rename_tenant = \"update", "rename_tenant = \"delete from", "`database.rename_tenant` is not", "update …"),
        ("set title = $2 where id = $1", "set title = $2", "`database.rename_tenant` is not", "where … = $1"),
        (
            "purge_tenant = [\"delete from",
            "purge_tenant = [\"truncate",
            "`database.purge_tenant` is not",
            "delete from",
        ),
        ("accounts where id = $1\"]", "accounts\"]", "`database.purge_tenant` is not", "where … = $1"),
        ("= any($2) and n.seen_at", "= $1 and n.seen_at", "`database.unread` is not", "any($2)"),
        ("accounts = [\"title\"]", "accounts = [\"ti tle\"]", "is not a plain SQL name", "lower-case letters"),
        ("values ($1, $2, coalesce($3, 'EUR'))", "values ($1, 'x', $3)", "wrong parameters", "without a gap"),
        ("reassign = [\"update", "reassign = [\"delete", "not one update with a condition", "set … where"),
        ("where account_id = $1 and", "where", "`database.reassign` has the wrong parameters", "$1 is the tenant's id"),
        ("clients = [\"keeper_id", "clients = [\"Keeper id", "not a plain SQL name", "lower-case letters"),
        (
            "admin = { kind = \"staff\", owner = true }",
            "admin = { kind = \"operator\", owner = true }",
            "no role may carry this value",
            "platform",
        ),
        (
            "viewer = { kind = \"staff\", owner = false }",
            "viewer = { kind = \"guest\", owner = false }",
            "no role may carry this value",
            "customer",
        ),
        (
            "viewer = { kind = \"staff\", owner = false }",
            "viewer = { kind = \"staff\", account = \"x\" }",
            "may not set the claim `account`",
            "itself",
        ),
        (
            "viewer = { kind = \"staff\", owner = false }",
            "viewer = { kind = \"staff\" }",
            "must set the claims of kind and admin",
            "home",
        ),
        ("viewer = { kind", "vewer = { kind", "`vewer` is not a system role", "viewer"),
        ("login_path = \"/sign-in\"", "login_path = \"//evil\"", "not a path of this site", "slash"),
        ("at = \"GET /v2/self\"\nkind", "at = \"GET /v2/none\"\nkind", "not one of the profile's routes", "`routes`"),
        ("kind = \"identity\"", "kind = \"identities\"", "not a kind of rewrite", "identity"),
        ("fields = { account = \"tenant\"", "fields = { account = \"tenants\"", "not a field of a user", "tenant"),
        ("fields = [\"passwordDigest\"]", "fields = \"passwordDigest\"", "`redact.fields` is not a list", "[ … ]"),
        ("issuer = \"meadow\"", "issuer = \"\"", "`credential.issuer` is not a text", "double quotes"),
    ];
    for (number, (from, to, what, remedy)) in rows.into_iter().enumerate() {
        let (source, line) = changed(from, to);
        let said = mistakes(&format!("row-{number}"), &source);
        let hit = said
            .iter()
            .find(|text| text.contains(what))
            .unwrap_or_else(|| panic!("{to}: {what} is missing in {said:#?}"));
        assert!(hit.contains(remedy), "{to}: {remedy} is missing in {hit}");
        let said_line: usize = hit.split(':').next().unwrap().parse().unwrap();
        assert!(said_line.abs_diff(line) <= 1, "{to}: line {said_line}, not {line}");
    }
}

#[test]
fn every_mistake_of_a_profile_is_told_at_once() {
    let source = [
        "scheme = \"Bearer\"",
        "issuer = \"meadow\"",
        "table = \"people\"",
        "anchor = \"#account-menu\"",
        "name = \"example\"",
    ]
    .into_iter()
    .fold(EXAMPLE.to_owned(), |source, line| source.replacen(&format!("\n{line}\n"), "\n", 1));
    let said = mistakes("at-once", &source);
    for key in ["credential.scheme", "credential.issuer", "database.users.table", "browser.anchor", "name"] {
        assert!(said.iter().any(|text| text.contains(&format!("`{key}` is missing"))), "{key} is missing in {said:#?}");
    }
    assert_eq!(said.len(), 5, "{said:#?}");
}

#[test]
fn an_empty_profile_says_everything_that_it_lacks() {
    let said = mistakes("empty", "");
    assert!(said.len() > 40 && said.iter().any(|text| text.contains("no routes")), "{said:#?}");
}
