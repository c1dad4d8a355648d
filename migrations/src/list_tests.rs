#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail loudly"
)]

use super::*;
use std::collections::BTreeSet;
use std::path::Path;

fn folders_on_disk() -> BTreeSet<String> {
    std::fs::read_dir(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        .collect()
}

#[test]
fn every_folder_is_a_trio_and_stands_in_the_list() {
    let listed: BTreeSet<String> = MIGRATIONS.iter().map(Migration::folder).collect();
    assert_eq!(folders_on_disk(), listed, "folders on disk and src/list.rs differ");
    for folder in folders_on_disk() {
        let mut files: Vec<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, ["down.sql", "up.sql", "verify.sql"], "{folder} is not a trio");
    }
}

#[test]
fn numbers_run_from_one_without_gaps() {
    let numbers: Vec<u32> = MIGRATIONS.iter().map(|migration| migration.number).collect();
    assert_eq!(numbers, (1..=latest()).collect::<Vec<_>>());
}

#[test]
fn every_file_sets_lock_timeout_and_leaves_the_transaction_to_the_runner() {
    for migration in MIGRATIONS {
        for (file, text) in [("up", migration.up), ("down", migration.down), ("verify", migration.verify)] {
            let name = format!("{}/{file}.sql", migration.folder());
            assert!(text.lines().any(|line| line == "set local lock_timeout = '5s';"), "{name} sets no lock_timeout");
            for line in text.lines().map(str::trim) {
                let word = line.to_ascii_lowercase();
                let forbidden = ["begin;", "begin transaction", "commit", "rollback", "\\"];
                assert!(!forbidden.iter().any(|f| word.starts_with(f)), "{name} contains `{line}`");
            }
        }
        assert!(migration.down.starts_with("-- Loses: "), "{}/down.sql does not say what it loses", migration.folder());
    }
}

#[test]
fn nothing_is_made_outside_our_schema() {
    let makes = [
        "create table ",
        "create view ",
        "create sequence ",
        "create type ",
        "create function ",
        "create or replace function ",
        "alter table ",
        "drop table ",
        "drop function ",
        "insert into ",
        "references ",
    ];
    for migration in MIGRATIONS {
        for text in [migration.up, migration.down] {
            for line in text.lines().map(str::trim).filter(|line| !line.starts_with("--")) {
                for make in makes {
                    if let Some(at) = line.find(make) {
                        let object = &line[at + make.len()..];
                        assert!(
                            object.starts_with("annex."),
                            "{}: `{line}` is not about schema annex",
                            migration.folder()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_ledger_s_checksum_is_plain_sha256_in_hex() {
    assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn what_a_migration_redefines_is_read_from_its_own_lines() {
    let up = "-- Why.\n-- redefines: function:annex.flags_changed()\n-- redefines: constraint:workspaces.workspaces_name_check \nselect 1;\n";
    let migration = Migration { number: 9, name: "later", up, down: "", verify: "" };
    let redefined: Vec<&str> = migration.redefines().collect();
    assert_eq!(redefined, ["function:annex.flags_changed()", "constraint:workspaces.workspaces_name_check"]);
    assert_eq!(MIGRATIONS.iter().flat_map(Migration::redefines).count(), 0, "the first four redefine nothing");
}
