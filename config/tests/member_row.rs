//! A profile that extends another, and the strategy `member_row`: what it must say, and what it may not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use annex_config::{Config, ContextStrategy, CrmProfile, Mistakes, Sources, load, shipped_profile};

const TABLES: &str = include_str!("../../tests/crm/contract/crm-tables.tsv");
const SHIPPED: &str = include_str!("../crm/nexus_member_row.toml");

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("member-row-{name}"));
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn loaded(profile: &str, folder: Option<&Path>, more: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let needed = [
        ("ANNEX_UPSTREAM", "http://127.0.0.1:5000"),
        ("ANNEX_DATABASE_URL", "postgres://annex:pass-of-postgres@127.0.0.1/crm"),
        ("ANNEX_SECRET", "a-secret-of-more-than-thirty-two-bytes"),
        ("ANNEX_CRM_JWT_SECRET", "secret-of-the-crm"),
        ("ANNEX_CRM_PROFILE", profile),
    ];
    let env = needed.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(Sources { file: None, env, profile_dirs: folder.map(Path::to_owned).into_iter().collect() })
}

fn mistakes(profile: &str, folder: Option<&Path>, more: &[(&str, &str)]) -> Vec<String> {
    let Mistakes(mistakes) = loaded(profile, folder, more).expect_err("mistakes were expected");
    mistakes.iter().map(ToString::to_string).collect()
}

const DOMAIN: (&str, &str) = ("ANNEX_MEMBER_ROW_MAIL_DOMAIN", "shadow.invalid");

fn shipped(name: &str) -> CrmProfile {
    shipped_profile(name).unwrap().unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

#[test]
fn the_shipped_profile_is_nexus_but_for_what_it_says() {
    let (base, own) = (shipped("nexus"), shipped("nexus_member_row"));
    assert_eq!((base.context.strategy, own.context.strategy), (ContextStrategy::Claims, ContextStrategy::MemberRow));
    assert_eq!(base.routes.routes(), own.routes.routes());
    assert_eq!((&base.credential, &base.roles, &base.browser), (&own.credential, &own.roles, &own.browser));
    assert_eq!(
        (&base.database.users, &base.database.create_tenant),
        (&own.database.users, &own.database.create_tenant)
    );
    let other: Vec<&String> = base
        .relations
        .iter()
        .filter(|(name, relation)| own.relations[*name] != **relation)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(other, ["people"]);
    assert_eq!((base.shadow.is_none(), base.database.grants.delete.is_empty()), (true, true));
    assert!(own.shadow.is_some());
    // The lists of rewrites are the base's, but that one says its own id.
    let mut expected = base.rewrites.clone();
    expected[0].fields.insert("id".to_owned(), annex_config::RewriteField::Id);
    assert_eq!(own.rewrites, expected);
}

#[test]
fn its_statements_name_columns_of_the_crm_that_are_granted() {
    let own = shipped("nexus_member_row");
    let (shadow, grants) = (own.shadow.unwrap(), own.database.grants);
    let columns: BTreeSet<&str> =
        TABLES.lines().filter_map(|line| line.strip_prefix("users\t")?.split('\t').next()).collect();
    let changed = |sql: &str| -> BTreeSet<String> {
        let (_, rest) = sql.split_once(" set ").unwrap();
        let (set, _) = rest.split_once(" where ").unwrap();
        set.split(", ").map(|pair| pair.split_once(" = ").unwrap().0.to_owned()).collect()
    };
    let granted: BTreeSet<String> = grants.update_columns["users"].iter().cloned().collect();
    let updated: BTreeSet<String> = changed(&shadow.stand).union(&changed(&shadow.rest)).cloned().collect();
    assert_eq!(updated, granted, "what the statements change is what is granted, no more");
    assert!(granted.iter().all(|column| columns.contains(column.as_str())));
    assert!(grants.insert.iter().any(|table| table == "users"));
    assert_eq!(
        (grants.delete, &grants.select_columns["auth_tokens"]),
        (vec!["auth_tokens".into()], &vec!["user_id".into()])
    );
}

#[test]
fn the_domain_is_said_and_is_nobodys_mailbox() {
    let config = loaded("nexus_member_row", None, &[DOMAIN]).unwrap();
    assert_eq!(config.profile.shadow.as_ref().unwrap().mail_domain, "shadow.invalid");
    let said = mistakes("nexus_member_row", None, &[]);
    assert!(said[0].starts_with("ANNEX_MEMBER_ROW_MAIL_DOMAIN: ") && said[0].contains("no domain"), "{said:?}");
    for bad in ["gmail.com", "mail.gmail.com", "localhost", "Shadow.invalid", "a@b.c", "x..y"] {
        let said = mistakes("nexus_member_row", None, &[(DOMAIN.0, bad)]);
        assert!(said.len() == 1 && said[0].contains(bad) && said[0].contains("RFC 7505"), "{bad}: {said:?}");
    }
    // The profile may say it; the configuration wins.
    let here = folder("domain");
    let text = SHIPPED.replace("[member_row]", "[member_row]\nmail_domain = \"of-the-profile.invalid\"");
    std::fs::write(here.join("own.toml"), text).unwrap();
    let domain = |more: &[(&str, &str)]| {
        loaded("own", Some(&here), more).unwrap().profile.shadow.as_ref().unwrap().mail_domain.clone()
    };
    assert_eq!((domain(&[]), domain(&[DOMAIN])), ("of-the-profile.invalid".to_owned(), "shadow.invalid".to_owned()));
    // With the other strategy it means nothing and does no harm.
    assert!(loaded("nexus", None, &[DOMAIN]).unwrap().profile.shadow.is_none());
}

#[test]
fn what_is_wrong_in_the_section_is_told_with_its_line() {
    let here = folder("wrong");
    for (from, to, what) in [
        ("make = \"insert into", "make = \"select into", "`make` is not one statement of its kind"),
        ("rest = \"update", "rest = \"delete; update", "`rest` is not one statement of its kind"),
        ("where user_id = $1", "where user_id = $2", "`forget` has the wrong parameters"),
        ("stand = ", "stands = ", "`member_row.stand` is missing"),
        ("update_columns]\nusers = [", "update_columns]\n\"public.users\" = [", "not a plain SQL name"),
    ] {
        assert!(SHIPPED.contains(from), "{from}");
        let text = SHIPPED.replace(from, to);
        std::fs::write(here.join("own.toml"), &text).unwrap();
        let said = mistakes("own", Some(&here), &[DOMAIN]);
        let of_the_file = said.iter().any(|mistake| mistake.contains("own.toml:") && mistake.contains(what));
        assert!(of_the_file, "{what}: {said:#?}");
    }
}

#[test]
fn a_base_that_is_not_there_and_a_circle_are_mistakes_at_the_line_that_names_them() {
    let here = folder("bases");
    let write = |name: &str, text: &str| std::fs::write(here.join(format!("{name}.toml")), text).unwrap();
    write("lost", "name = \"lost\"\nextends = \"nonesuch\"\n");
    let said = mistakes("lost", Some(&here), &[]);
    assert!(
        said.iter().any(|one| one.contains("lost.toml:2: there is no CRM profile `nonesuch` to extend")),
        "{said:#?}"
    );
    write("one", "extends = \"two\"\n");
    write("two", "name = \"two\"\nextends = \"one\"\n");
    let said = mistakes("one", Some(&here), &[]);
    assert!(said.iter().any(|one| one.contains("two.toml:2: `one` is extended in a circle")), "{said:#?}");
    write("self", "extends = \"self\"\n");
    let said = mistakes("self", Some(&here), &[]);
    assert!(said.iter().any(|one| one.contains("self.toml:1: `self` is extended in a circle")), "{said:#?}");
    write("number", "extends = 7\n");
    let said = mistakes("number", Some(&here), &[]);
    assert!(said.iter().any(|one| one.contains("number.toml:1: `extends` is not a key")), "{said:#?}");
}

#[test]
fn one_may_extend_one_that_extends_another_and_a_mistake_of_a_base_is_told_there() {
    let here = folder("chain");
    let write = |name: &str, text: &str| std::fs::write(here.join(format!("{name}.toml")), text).unwrap();
    write("mine", "name = \"mine\"\nextends = \"nexus_member_row\"\n[upstream]\nidle_timeout_ms = 1_000\n");
    let config = loaded("mine", Some(&here), &[DOMAIN]).unwrap();
    assert_eq!((config.profile.name.as_str(), config.profile.upstream.idle_timeout_ms), ("mine", 1000));
    assert_eq!(
        (config.profile.context.strategy, config.profile.routes.routes().len()),
        (ContextStrategy::MemberRow, 183)
    );
    let broken = include_str!("../crm/nexus.toml").replace("scheme = \"Bearer\"", "sheme = \"Bearer\"");
    let line = broken.lines().position(|line| line.starts_with("sheme")).unwrap() + 1;
    write("broken", &broken);
    write("over", "name = \"over\"\nextends = \"broken\"\n");
    let said = mistakes("over", Some(&here), &[]);
    assert!(said.iter().any(|one| one.contains(&format!("broken.toml:{line}: `credential.sheme`"))), "{said:#?}");
}
