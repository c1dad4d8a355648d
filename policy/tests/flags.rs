//! The flag by rule: a table per rule, the attacks it stops, and a second implementation to agree with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use std::collections::HashMap;

use annex_policy::{
    Evaluation, FLAG_KEY, FlagRow, FlagSource, FlagTable, Mode, Rollout, SPONSOR_DEPTH_MAX, Scope, bucket,
};
use proptest::prelude::*;

const ON: FlagRow = FlagRow { enabled: Some(true), shadow: false };
const OFF: FlagRow = FlagRow { enabled: Some(false), shadow: false };
const UNSET: FlagRow = FlagRow { enabled: None, shadow: false };
const SHADOW: FlagRow = FlagRow { enabled: Some(false), shadow: true };

fn loaded() -> FlagTable {
    FlagTable { loaded: true, redis_on: true, ..FlagTable::default() }
}

fn tenant(id: &str) -> Scope {
    Scope::Tenant(id.into())
}

/// A table with rows and overrides by scope; `*` is everybody.
fn with(rows: &[(&str, FlagRow)], overrides: &[(&str, bool)]) -> FlagTable {
    let scope = |id: &str| if id == "*" { Scope::Global } else { tenant(id) };
    FlagTable {
        rows: rows.iter().map(|(id, row)| (scope(id), *row)).collect(),
        overrides: overrides.iter().map(|(id, on)| (scope(id), *on)).collect(),
        ..loaded()
    }
}

/// `w` grew from `s`, `s` from nobody.
fn grown(id: &str) -> Option<Box<str>> {
    (id == "w").then(|| "s".into())
}

fn nobody(_: &str) -> Option<Box<str>> {
    None
}

fn value(table: &FlagTable, id: &str) -> (Mode, FlagSource) {
    let Evaluation { mode, source } = table.evaluate(id, &grown);
    (mode, source)
}

fn sponsor(source: FlagSource) -> FlagSource {
    FlagSource::Sponsor(Box::new(source))
}

#[test]
fn the_first_source_that_says_something_decides() {
    use FlagSource::*;
    use Mode::*;
    let environment = FlagTable { environment: true, ..loaded() };
    let rows = [
        ("nothing said is off", loaded(), "w", Off, sponsor(Environment)),
        ("the environment decides last", environment.clone(), "s", Enforce, Environment),
        (
            "a global row that is not set leaves it to the environment",
            FlagTable { environment: true, ..with(&[("*", UNSET)], &[]) },
            "s",
            Enforce,
            Environment,
        ),
        (
            "a global row beats the environment",
            FlagTable { environment: true, ..with(&[("*", OFF)], &[]) },
            "s",
            Off,
            GlobalRow,
        ),
        ("a global override beats the global row", with(&[("*", OFF)], &[("*", true)]), "s", Enforce, GlobalOverride),
        ("a sponsor's row beats a global override", with(&[("s", OFF)], &[("*", true)]), "w", Off, sponsor(TenantRow)),
        (
            "a sponsor's override beats the sponsor's row",
            with(&[("s", ON)], &[("s", false)]),
            "w",
            Off,
            sponsor(Override),
        ),
        ("one's own row beats the sponsor", with(&[("w", ON), ("s", OFF)], &[]), "w", Enforce, TenantRow),
        ("one's own override beats one's own row", with(&[("w", ON)], &[("w", false)]), "w", Off, Override),
        ("a row that is not set says nothing", with(&[("w", UNSET), ("s", ON)], &[]), "w", Enforce, sponsor(TenantRow)),
        ("a row of another tenant says nothing", with(&[("x", ON)], &[("y", true)]), "s", Off, Environment),
    ];
    for (name, table, id, mode, source) in rows {
        assert_eq!(value(&table, id), (mode, source), "{name}");
    }
}

#[test]
fn shadow_is_off_to_callers_and_true_always_enforces() {
    let enabled_and_shadow = FlagRow { enabled: Some(true), shadow: true };
    let unset_and_shadow = FlagRow { enabled: None, shadow: true };
    for (name, row, mode) in [
        ("shadow", SHADOW, Mode::Shadow),
        ("true beats shadow", enabled_and_shadow, Mode::Enforce),
        ("shadow needs no false", unset_and_shadow, Mode::Shadow),
    ] {
        assert_eq!(value(&with(&[("s", row)], &[]), "s").0, mode, "{name}");
        assert_eq!(value(&with(&[("*", row)], &[]), "s").0, mode, "global: {name}");
    }
}

#[test]
fn redis_is_only_a_brake_when_it_may_not_turn_on() {
    let brake = |table: FlagTable| FlagTable { redis_on: false, ..table };
    assert_eq!(value(&brake(with(&[], &[("s", true)])), "s"), (Mode::Off, FlagSource::Environment));
    assert_eq!(value(&brake(with(&[], &[("*", true)])), "s"), (Mode::Off, FlagSource::Environment));
    assert_eq!(value(&brake(with(&[("s", ON)], &[("s", false)])), "s"), (Mode::Off, FlagSource::Override));
    assert_eq!(value(&brake(with(&[("*", ON)], &[("*", false)])), "s"), (Mode::Off, FlagSource::GlobalOverride));
    assert!(!brake(with(&[], &[("s", true), ("*", true)])).anything_on());
}

/// Two tenants on either side of `percentage`.
fn inside_and_outside(percentage: u8) -> (String, String) {
    let ids = || (0..).map(|number| format!("t{number}"));
    let inside = |id: &String| bucket(FLAG_KEY, id) < percentage;
    (ids().find(inside).unwrap(), ids().find(|id| !inside(id)).unwrap())
}

#[test]
fn a_rollout_only_narrows_a_true_global_value() {
    let (inside, outside) = inside_and_outside(30);
    let rollout = Rollout { percentage: 30, ..Rollout::default() };
    let narrowed = |table: FlagTable| FlagTable { rollout: rollout.clone(), ..table };
    let row = narrowed(with(&[("*", ON)], &[]));
    let environment = narrowed(FlagTable { environment: true, ..loaded() });
    for table in [&row, &environment] {
        assert_eq!(value(table, &inside).0, Mode::Enforce);
        assert_eq!(value(table, &outside), (Mode::Off, FlagSource::Rollout));
    }
    assert_eq!(value(&narrowed(loaded()), &inside).0, Mode::Off, "it turns nothing on");
    assert_eq!(
        value(&narrowed(with(&[(&outside, ON)], &[])), &outside),
        (Mode::Enforce, FlagSource::TenantRow),
        "a row wins"
    );
    assert_eq!(
        value(&narrowed(with(&[], &[(&outside, true)])), &outside),
        (Mode::Enforce, FlagSource::Override),
        "an override wins"
    );
    assert_eq!(value(&narrowed(with(&[("*", SHADOW)], &[])), &outside).0, Mode::Shadow, "shadow is not narrowed");
    assert_eq!(value(&narrowed(with(&[], &[("*", true)])), &outside).0, Mode::Enforce, "nor is a global override");
}

#[test]
fn a_rollout_of_nobody_leaves_nothing_on() {
    let nobody_in = Rollout { percentage: 0, ..Rollout::default() };
    let global = FlagTable { rollout: nobody_in.clone(), ..with(&[("*", ON)], &[]) };
    assert!(!global.anything_on());
    let with_row = |row| FlagTable { rollout: nobody_in.clone(), ..with(&[("*", ON), ("s", row)], &[]) };
    assert!(with_row(ON).anything_on() && !with_row(ON).anything_in_shadow(), "a row wins");
    assert!(with_row(SHADOW).anything_in_shadow() && !with_row(SHADOW).anything_on(), "a row wins");
}

#[test]
fn a_rollout_in_shadow_enforces_nobody() {
    for (mode, source) in
        [(Mode::Shadow, FlagSource::Rollout), (Mode::Off, FlagSource::Rollout), (Mode::Enforce, FlagSource::GlobalRow)]
    {
        let table = FlagTable { rollout: Rollout { mode, ..Rollout::default() }, ..with(&[("*", ON)], &[]) };
        assert_eq!(value(&table, "s"), (mode, source));
        assert_eq!(table.anything_on(), mode == Mode::Enforce);
        assert_eq!(table.anything_in_shadow(), mode == Mode::Shadow);
    }
}

#[test]
fn the_deny_list_beats_what_is_global_and_what_a_sponsor_says_but_not_ones_own_word() {
    let denied =
        |table: FlagTable| FlagTable { rollout: Rollout { deny: ["w".into()].into(), ..Rollout::default() }, ..table };
    let off = (Mode::Off, FlagSource::Rollout);
    assert_eq!(value(&denied(with(&[("*", ON)], &[])), "w"), off);
    assert_eq!(value(&denied(with(&[], &[("*", true)])), "w"), off);
    assert_eq!(value(&denied(with(&[("*", SHADOW)], &[])), "w"), off);
    assert_eq!(value(&denied(with(&[("s", ON)], &[])), "w"), off);
    assert_eq!(value(&denied(with(&[("w", ON)], &[])), "w").0, Mode::Enforce);
    assert_eq!(value(&denied(with(&[], &[("w", true)])), "w").0, Mode::Enforce);
    assert_eq!(value(&denied(with(&[("*", ON)], &[])), "s").0, Mode::Enforce, "others are unharmed");
}

#[test]
fn attack_a_pilot_turned_off_takes_all_that_grew_from_it() {
    let chain = |id: &str| -> Option<Box<str>> {
        [("w3", "w2"), ("w2", "w1"), ("w1", "home")]
            .into_iter()
            .find(|(one, _)| *one == id)
            .map(|(_, next)| next.into())
    };
    let on = with(&[("home", ON)], &[]);
    assert_eq!(on.evaluate("w3", &chain).mode, Mode::Enforce);
    let off = with(&[("home", OFF), ("*", ON)], &[]);
    assert_eq!(off.evaluate("w3", &chain).mode, Mode::Off);
    assert_eq!(off.evaluate("w3", &chain).source, sponsor(sponsor(sponsor(FlagSource::TenantRow))));
}

#[test]
fn what_grew_from_a_tenant_is_in_the_rollout_with_it() {
    let (inside, outside) = inside_and_outside(50);
    let table = FlagTable { rollout: Rollout { percentage: 50, ..Rollout::default() }, ..with(&[("*", ON)], &[]) };
    for root in [inside, outside] {
        let of = |id: &str| (id != root).then(|| root.as_str().into());
        for child in ["c1", "c2", "c3", "c4", "c5", "c6"] {
            assert_eq!(table.evaluate(child, &of).mode, table.evaluate(&root, &of).mode, "{child} of {root}");
        }
    }
}

#[test]
fn attack_sponsors_in_a_circle_are_off_and_end() {
    let circle = |id: &str| -> Option<Box<str>> { Some(if id == "a" { "b" } else { "a" }.into()) };
    let table = with(&[("*", ON)], &[("*", true)]);
    assert_eq!(table.evaluate("a", &circle).mode, Mode::Off);
    let oneself = |id: &str| -> Option<Box<str>> { Some(id.into()) };
    assert_eq!(table.evaluate("a", &oneself).mode, Mode::Off);
    let inside_says = with(&[("b", ON)], &[]);
    assert_eq!(inside_says.evaluate("a", &circle).mode, Mode::Enforce, "a word on the way still counts");
}

#[test]
fn a_chain_may_be_as_long_as_the_limit_and_no_longer() {
    let downwards = |id: &str| -> Option<Box<str>> {
        id.parse::<usize>().ok().filter(|n| *n > 0).map(|n| (n - 1).to_string().into())
    };
    let table = with(&[("*", ON)], &[]);
    assert_eq!(table.evaluate(&SPONSOR_DEPTH_MAX.to_string(), &downwards).mode, Mode::Enforce);
    assert_eq!(table.evaluate(&(SPONSOR_DEPTH_MAX + 1).to_string(), &downwards).mode, Mode::Off);
}

#[test]
fn what_was_never_loaded_is_off_and_says_so() {
    let table = FlagTable { loaded: false, environment: true, ..with(&[("s", ON), ("*", ON)], &[("*", true)]) };
    assert_eq!(value(&table, "s"), (Mode::Off, FlagSource::Unknown));
    assert!(!table.anything_on());
}

#[test]
fn the_known_rollback_turns_everything_off() {
    let after = FlagTable { environment: true, ..with(&[("*", OFF)], &[]) };
    assert!(!after.anything_on());
    assert_eq!(value(&after, "w").0, Mode::Off);
}

/// The rule as a list: every source that could speak, in order; the first that does decides. No recursion, nothing shared.
fn naive(table: &FlagTable, id: &str, sponsor_of: &HashMap<Box<str>, Box<str>>) -> Mode {
    if !table.loaded {
        return Mode::Off;
    }
    let mut chain = vec![id];
    while let Some(next) = sponsor_of.get(*chain.last().unwrap()) {
        if chain.len() > SPONSOR_DEPTH_MAX {
            chain.push("");
            break;
        }
        chain.push(next);
    }
    let endless = chain.last() == Some(&"");
    for one in chain.iter().filter(|one| !one.is_empty()) {
        let scope = tenant(one);
        let words = [
            table.overrides.get(&scope).and_then(|on| match (*on, table.redis_on) {
                (false, _) => Some(Mode::Off),
                (true, true) => Some(Mode::Enforce),
                (true, false) => None,
            }),
            table.rows.get(&scope).and_then(|row| match (row.enabled, row.shadow) {
                (Some(true), _) => Some(Mode::Enforce),
                (_, true) => Some(Mode::Shadow),
                (Some(false), false) => Some(Mode::Off),
                (None, false) => None,
            }),
            table.rollout.deny.contains(*one).then_some(Mode::Off),
        ];
        if let Some(word) = words.into_iter().flatten().next() {
            return word;
        }
    }
    if endless {
        return Mode::Off;
    }
    let global = table.overrides.get(&Scope::Global).copied().filter(|on| !on || table.redis_on);
    let row = table.rows.get(&Scope::Global).copied().unwrap_or_default();
    match (global, row.enabled, row.shadow, table.environment) {
        (Some(true), ..) => Mode::Enforce,
        (Some(false), ..) => Mode::Off,
        (None, Some(false) | None, true, _) => Mode::Shadow,
        (None, Some(false), false, _) | (None, None, false, false) => Mode::Off,
        (None, Some(true), ..) | (None, None, false, true) => {
            if bucket(FLAG_KEY, chain.last().unwrap()) < table.rollout.percentage {
                table.rollout.mode
            } else {
                Mode::Off
            }
        }
    }
}

const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn flag_row() -> impl Strategy<Value = FlagRow> {
    (proptest::option::of(any::<bool>()), any::<bool>()).prop_map(|(enabled, shadow)| FlagRow { enabled, shadow })
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![1 => Just(Scope::Global), 3 => proptest::sample::select(&IDS[..]).prop_map(tenant)]
}

fn rollout() -> impl Strategy<Value = Rollout> {
    let mode = prop_oneof![1 => Just(Mode::Off), 1 => Just(Mode::Shadow), 3 => Just(Mode::Enforce)];
    let deny = proptest::collection::hash_set(proptest::sample::select(&IDS[..]).prop_map(Box::from), 0..2);
    (0..=101_u8, deny, mode).prop_map(|(percentage, deny, mode)| Rollout { percentage, deny, mode })
}

fn any_table() -> impl Strategy<Value = FlagTable> {
    let rows = proptest::collection::hash_map(scope(), flag_row(), 0..4);
    let overrides = proptest::collection::hash_map(scope(), any::<bool>(), 0..3);
    (rows, overrides, rollout(), any::<bool>(), any::<bool>(), proptest::bool::weighted(0.95)).prop_map(
        |(rows, overrides, rollout, environment, redis_on, loaded)| FlagTable {
            overrides,
            rows,
            rollout,
            environment,
            redis_on,
            loaded,
        },
    )
}

fn sponsors() -> impl Strategy<Value = HashMap<Box<str>, Box<str>>> {
    let id = || proptest::sample::select(&IDS[..]).prop_map(Box::<str>::from);
    proptest::collection::hash_map(id(), id(), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn evaluation_agrees_with_the_rule_as_a_list(table in any_table(), sponsors in sponsors(), id in proptest::sample::select(&IDS[..])) {
        let sponsor_of = |id: &str| sponsors.get(id).cloned();
        prop_assert_eq!(table.evaluate(id, &sponsor_of).mode, naive(&table, id, &sponsors));
    }

    #[test]
    fn nothing_on_means_that_nobody_is(table in any_table(), sponsors in sponsors()) {
        let sponsor_of = |id: &str| sponsors.get(id).cloned();
        let somebody = |mode| IDS.into_iter().any(|id| table.evaluate(id, &sponsor_of).mode == mode);
        prop_assert!(table.anything_on() || !somebody(Mode::Enforce), "{table:?}");
        prop_assert!(table.anything_in_shadow() || !somebody(Mode::Shadow), "{table:?}");
    }

    #[test]
    fn a_wider_rollout_takes_nobody_out(table in any_table(), id in proptest::sample::select(&IDS[..])) {
        let wider = FlagTable { rollout: Rollout { percentage: table.rollout.percentage.saturating_add(10), ..table.rollout.clone() }, ..table.clone() };
        prop_assert!(wider.evaluate(id, &nobody).mode >= table.evaluate(id, &nobody).mode);
    }
}
