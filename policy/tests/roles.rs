//! The permission matrix as people read it: `tests/golden/roles.txt`. `ANNEX_BLESS=1 cargo test` rewrites it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a failing test should stop where it fails; blessing is asked for by variable"
)]

use std::fmt::Write as _;

use annex_policy::{Module, Permission, SystemRole, Verb};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/roles.txt");

fn matrix() -> String {
    let mut text = format!("{:<20}", "permission");
    for role in SystemRole::ALL {
        write!(text, "{:<12}", role.name()).unwrap();
    }
    for module in Module::ALL {
        for verb in Verb::ALL {
            let permission = Permission::new(module, verb);
            write!(text, "\n{:<20}", permission.to_string()).unwrap();
            for role in SystemRole::ALL {
                let held = role.permissions().contains(permission);
                write!(text, "{:<12}", if held { "yes" } else { "-" }).unwrap();
            }
        }
    }
    let lines = text.lines().map(str::trim_end);
    lines.fold(String::new(), |whole, line| whole + line + "\n")
}

#[test]
fn every_role_holds_what_the_golden_file_says() {
    let matrix = matrix();
    if std::env::var_os("ANNEX_BLESS").is_some() {
        std::fs::write(GOLDEN, &matrix).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(
        golden == matrix,
        "roles changed; if that is meant, run with ANNEX_BLESS=1 and read the difference\n{matrix}"
    );
}
