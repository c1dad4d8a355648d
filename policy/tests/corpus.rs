//! The corpus (`corpus/README.md`), run against the product and against a twin that reads the same files and shares no code
//! with it; and the corpus itself, asked whether it leaves anything out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a failing test should stop where it fails"
)]

#[path = "corpus/case.rs"]
mod case;
#[path = "corpus/flags.rs"]
mod flags;
#[path = "corpus/product.rs"]
mod product;
#[path = "corpus/twin.rs"]
mod twin;

use std::collections::BTreeSet;

use annex_policy::{Permission, Reason, RouteClass, RouteMatch};
use proptest::prelude::*;

use case::{Answer, File, Question, RULES, reasons, routes};

/// Every question of the corpus with its place and what is expected.
fn questions() -> Vec<(String, Question, Answer)> {
    let cases = RULES.iter().flat_map(|(name, text)| {
        let file: File = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(name.starts_with(&file.rule.to_lowercase()) && !file.about.is_empty(), "{name} says its rule");
        file.cases.into_iter().map(move |case| (format!("{name}: {}", case.name), case))
    });
    cases
        .flat_map(|(name, case)| case.questions().into_iter().map(move |one| (name.clone(), one, case.expect.clone())))
        .collect()
}

#[test]
fn the_product_answers_as_the_corpus_says() {
    for (name, question, expected) in questions() {
        assert_eq!(product::answer(&routes(), &question).told_as(&expected), expected, "{name}\n{question:?}");
    }
}

#[test]
fn the_twin_answers_as_the_corpus_says() {
    for (name, question, expected) in questions() {
        assert_eq!(twin::answer(&routes(), &question).told_as(&expected), expected, "{name}\n{question:?}");
    }
}

#[test]
fn a_case_that_is_wrong_is_seen() {
    let (_, question, expected) = questions().swap_remove(0);
    let wrong = Answer { reason: Some("workspace_off".into()), ..expected };
    assert_ne!(product::answer(&routes(), &question).told_as(&wrong), wrong);
    assert_ne!(twin::answer(&routes(), &question).told_as(&wrong), wrong);
}

#[test]
fn every_reason_has_a_case_and_its_status_and_code() {
    let told: BTreeSet<String> = questions().into_iter().filter_map(|(.., answer)| answer.reason).collect();
    let labels: BTreeSet<String> = Reason::LABELS.into_iter().map(str::to_owned).collect();
    assert_eq!(told, labels, "reasons of the corpus (left) and of the policy (right)");
    let wanted: BTreeSet<String> = reasons().into_keys().collect();
    assert_eq!(wanted, labels, "reasons.json (left) and the policy (right)");
    for reason in all_reasons() {
        let told = &reasons()[reason.label()];
        assert_eq!((reason.status(), reason.code()), (told.status, told.code.as_str()), "{reason:?}");
    }
}

/// Every variant once. A new one does not compile until it stands here, and then needs a case.
fn all_reasons() -> Vec<Reason> {
    use Reason::{
        AccessDenied, FeatureDisabled, HomeBlocked, PermissionMissing, RouteNotMapped, WorkspaceDeleted, WorkspaceOff,
    };
    let permission: Permission = "deals:read".parse().unwrap();
    let all = vec![
        FeatureDisabled,
        AccessDenied,
        PermissionMissing(permission),
        RouteNotMapped,
        WorkspaceDeleted,
        WorkspaceOff,
        HomeBlocked,
    ];
    for reason in &all {
        match reason {
            FeatureDisabled | AccessDenied | PermissionMissing(_) | RouteNotMapped | WorkspaceDeleted
            | WorkspaceOff | HomeBlocked => {}
        }
    }
    assert_eq!(all.len(), Reason::LABELS.len());
    all
}

#[test]
fn every_class_of_route_meets_every_standing() {
    let table = product::table(&routes());
    let mut met = BTreeSet::new();
    for (_, question, _) in questions() {
        if let Some(found) = product::found(&table, &question.request) {
            met.insert((question.standing, class(&found)));
        }
    }
    let standings = ["stranger", "suspended", "member", "native", "guarded", "restricted", "blocked"];
    let classes = ["home", "mapped", "unmapped", "static", "none"];
    let missing: Vec<_> = standings
        .into_iter()
        .flat_map(|standing| classes.map(|class| (standing, class)))
        .filter(|(standing, class)| !met.contains(&((*standing).to_owned(), *class)))
        .collect();
    assert!(missing.is_empty(), "no case has these: {missing:?}");
}

fn class(found: &RouteMatch<'_>) -> &'static str {
    match found {
        RouteMatch::Static => "static",
        RouteMatch::None => "none",
        RouteMatch::Route { route, .. } => match route.class {
            RouteClass::Home => "home",
            RouteClass::Unmapped => "unmapped",
            RouteClass::Mapped(..) => "mapped",
        },
    }
}

#[test]
fn every_obligation_is_owed_by_a_case() {
    let owed: Vec<_> = questions().into_iter().filter_map(|(.., answer)| answer.obligations).collect();
    assert!(owed.iter().any(|owed| owed.parent.len() > 1), "two parents");
    assert!(owed.iter().any(|owed| !owed.body.is_empty()), "a body");
    assert!(owed.iter().any(|owed| owed.redact), "redaction");
    assert!(owed.iter().any(|owed| owed.admin_row), "the users row");
}

#[test]
fn the_flag_answers_as_the_corpus_says() {
    flags::hold();
}

fn question() -> impl Strategy<Value = Question> {
    let pick = |words: &'static [&'static str]| proptest::sample::select(words).prop_map(str::to_owned);
    let permissions: Vec<String> = Permission::all().map(|permission| permission.to_string()).collect();
    let method = pick(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]);
    let segment = pick(&[
        "api",
        "API",
        "deals",
        "tasks",
        "1",
        "comments",
        "team",
        "members",
        "%61",
        "customers",
        "journey",
        "auth",
        "me",
        "",
    ]);
    let path = proptest::collection::vec(segment, 0..6).prop_map(|segments| format!("/{}", segments.join("/")));
    let known = proptest::sample::select(case::paths());
    (
        pick(&["stranger", "suspended", "member", "native", "guarded", "restricted", "blocked"]),
        proptest::sample::subsequence(permissions, 0..68),
        pick(&["on", "off", "deleted", "absent"]),
        pick(&["pinned", "named"]),
        pick(&["has", "lacks"]),
        (method, prop_oneof![path, known]),
    )
        .prop_map(|(standing, permissions, workspace, naming, feature, (method, path))| Question {
            standing,
            permissions: permissions.into_iter().collect(),
            workspace,
            naming,
            feature,
            request: format!("{method} {path}"),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8000))]

    #[test]
    fn product_and_twin_agree_beyond_the_corpus(question in question()) {
        let routes = routes();
        prop_assert_eq!(product::answer(&routes, &question), twin::answer(&routes, &question));
    }
}
