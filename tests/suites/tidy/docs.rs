//! What the docs must name, because somebody will look for it there.

use std::collections::BTreeSet;

use super::{Source, none, read, sources};

#[test]
fn every_metric_stands_in_the_docs_and_every_documented_metric_exists() {
    let sources = sources();
    let code: BTreeSet<&str> = sources
        .iter()
        .filter(|source| source.path.starts_with("proxy/src/telemetry"))
        .flat_map(|source| metric_names(&source.text, '"'))
        .collect();
    assert!(!code.is_empty(), "proxy/src/telemetry names no metric");
    let docs = read("docs/METRICS.md");
    let documented: BTreeSet<&str> = metric_names(&docs, '`').collect();
    assert_eq!(code, documented, "metrics of proxy/src/telemetry (left) and of docs/METRICS.md (right)");
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let sources = sources();
    let alerts = alerts(&sources);
    assert!(!alerts.is_empty(), "deploy/ holds no alert");
    let runbooks: BTreeSet<&str> = sources.iter().filter_map(|source| runbook(&source.path)).collect();
    assert_eq!(alerts, runbooks, "alerts of deploy/ (left) and docs/runbooks/<alert>.md (right)");
}

#[test]
fn decision_records_are_numbered_without_holes() {
    let sources = sources();
    let names: Vec<&str> = sources.iter().filter_map(|source| source.path.strip_prefix("docs/adr/")).collect();
    none("docs/adr", &record_mistakes(&names));
}

#[test]
fn the_readme_names_both_front_doors() {
    let readme = read("README.md");
    for command in ["make demo", "make test"] {
        assert!(readme.contains(command), "README.md does not say `{command}`");
    }
}

#[test]
fn a_gap_in_the_docs_is_seen() {
    let code = r#"counter("annex_a_total", "annex_ is a prefix"), "annex_b_seconds""#;
    assert_eq!(metric_names(code, '"').collect::<Vec<_>>(), ["annex_a_total", "annex_b_seconds"]);
    let docs = "| `annex_a_total{effect}` | x |\nsee `annex_b_seconds` and annex_c";
    assert_eq!(metric_names(docs, '`').collect::<Vec<_>>(), ["annex_a_total", "annex_b_seconds"]);

    let rules = Source {
        path: "deploy/prometheus/rules.yml".to_owned(),
        text: "  - alert: AnnexDown\n    expr: up == 0\n".to_owned(),
    };
    assert_eq!(alerts(&[rules]), BTreeSet::from(["AnnexDown"]));
    assert_eq!(runbook("docs/runbooks/AnnexDown.md"), Some("AnnexDown"));
    assert_eq!(runbook("docs/runbooks/README.md"), None);

    assert!(record_mistakes(&["0001-a.md", "0002-b.md"]).is_empty());
    let broken: [&[&str]; 4] = [&[], &["0002-a.md"], &["0001-a.md", "0003-b.md"], &["0001-a.md", "0001-b.md"]];
    for names in broken {
        assert!(!record_mistakes(names).is_empty(), "{names:?} is taken for whole");
    }
}

/// The words `annex_…` that begin right behind `quote` and end at it, or at their labels.
fn metric_names(text: &str, quote: char) -> impl Iterator<Item = &str> {
    let starts = text.match_indices(quote).map(move |(at, _)| &text[at + quote.len_utf8()..]);
    starts.filter_map(move |rest| {
        let end = rest.find(|next: char| !next.is_ascii_lowercase() && !next.is_ascii_digit() && next != '_')?;
        let (name, behind) = rest.split_at(end);
        let is_whole = behind.starts_with([quote, '{']);
        (is_whole && name.starts_with("annex_") && name.len() > "annex_".len()).then_some(name)
    })
}

fn alerts(sources: &[Source]) -> BTreeSet<&str> {
    let deploy = sources.iter().filter(|source| source.path.starts_with("deploy/"));
    let lines = deploy.flat_map(|source| source.text.lines());
    lines.filter_map(|line| line.trim_start().strip_prefix("- alert:")).map(str::trim).collect()
}

fn runbook(path: &str) -> Option<&str> {
    let name = path.strip_prefix("docs/runbooks/")?.strip_suffix(".md")?;
    Some(name).filter(|name| *name != "README")
}

fn record_mistakes(names: &[&str]) -> Vec<String> {
    let mut records: Vec<&str> = names.iter().copied().filter(|name| *name != "README.md").collect();
    records.sort_unstable();
    let numbered = records.iter().enumerate();
    let wrong = numbered.filter(|(at, name)| !name.starts_with(&format!("{:04}-", at + 1)) || !name.ends_with(".md"));
    let mut mistakes: Vec<String> = wrong.map(|(at, name)| format!("{name} should be number {:04}", at + 1)).collect();
    if records.is_empty() {
        mistakes.push("there is no record".to_owned());
    }
    mistakes
}
