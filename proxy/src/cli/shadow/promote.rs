//! From shadow to on, or what is missing for it.

use annex_config::Sources;
use annex_policy::{Mode, Scope};
use anyhow::Context;
use tokio_postgres::Client;

use super::{READ, UNCHANGED, show};
use crate::{
    cli::{
        ending::{Ending, Outcome},
        flag, operator,
    },
    ports::FlagChange,
    stage::evidence::source_label,
    store::{
        flags,
        shadow::{self, Decided},
    },
};

pub async fn run(client: &mut Client, sources: &Sources, tenant: &str, min_decisions: u64) -> Outcome {
    let config = annex_config::load(sources.clone())?;
    let transaction = client.transaction().await.context(UNCHANGED)?;
    shadow::lock(&transaction).await.context(READ)?;
    let scope = Scope::Tenant(tenant.into());
    let evaluator = flags::evaluator(&transaction, config.flags.environment, config.flags.redis_on).await;
    let flag = evaluator.context(READ)?.evaluate(&scope);
    if flag.mode != Mode::Shadow {
        let (is, source) = (flag::show::mode(flag.mode), source_label(&flag.source));
        anyhow::bail!(
            "{tenant} is not in shadow: it is {is} ({source}). `annex flag set shadow --tenant {tenant}` puts it there"
        );
    }
    let known = shadow::known(&transaction, Some(tenant)).await.context(READ)?;
    let missing = missing(tenant, &known, min_decisions);
    if !missing.is_empty() {
        anyhow::bail!("{tenant} stays in shadow; nothing was changed.\n{}", missing.join("\n"));
    }
    let change = FlagChange { scope: scope.clone(), mode: Mode::Enforce, description: None };
    let written = flags::set(&transaction, &change, &operator::trail(sources)).await.context(UNCHANGED)?;
    transaction.commit().await.context(UNCHANGED)?;
    say!("{tenant}: on, after {} decisions in shadow.", show::decisions(&known));
    if written.beaten.is_some() {
        flag::drop_override(sources, &scope, written.beaten).await?;
    }
    Ok(Ending::Fine)
}

/// Everything that stands in the way, a line each.
fn missing(tenant: &str, known: &[Decided], min_decisions: u64) -> Vec<String> {
    let mut missing = Vec::new();
    let decisions = show::decisions(known);
    if decisions < min_decisions {
        missing.push(format!(
            "  {decisions} decisions are recorded and {min_decisions} are wanted: let people work on, or say --min-decisions"
        ));
    }
    let open: Vec<&Decided> = known.iter().filter(|row| show::is_open(row)).collect();
    if !open.is_empty() {
        let word = if open.len() == 1 { "refusal" } else { "refusals" };
        missing.push(format!("  {} {word} that nobody accepted:", open.len()));
        missing.extend(open.iter().map(|row| {
            let (times, reason) = (row.seen, show::reason(row));
            format!("    {} {} as {} ({}): {reason}, {times}×", row.method, row.pattern, row.role, row.basis)
        }));
        missing.push(format!(
            "  Give the role what it needs and `annex shadow forget {tenant}`, or accept each:\n    \
             annex shadow accept {tenant} --route 'METHOD PATTERN' --role KEY --reason TEXT"
        ));
    }
    missing
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Value;

    use super::*;
    use crate::store::shadow::Acceptance;

    fn row(reason: &str, seen: i64, accepted: bool) -> Decided {
        let at = Timestamp::UNIX_EPOCH;
        Decided {
            tenant: "t".to_owned(),
            method: "POST".to_owned(),
            pattern: "/api/x".to_owned(),
            role: "viewer".to_owned(),
            basis: "set".to_owned(),
            reason: reason.to_owned(),
            permission: String::new(),
            seen,
            first_seen_at: at,
            last_seen_at: at,
            samples: Value::Array(Vec::new()),
            accepted: accepted.then(|| Acceptance { at, by: "o".to_owned(), because: "b".to_owned() }),
        }
    }

    #[test]
    fn what_is_missing_is_told_whole_and_nothing_else() {
        let said = |known: &[Decided], min| missing("t", known, min).join("\n");
        assert_eq!(said(&[row("", 100, false)], 100), "");
        assert_eq!(said(&[row("", 90, false), row("route_not_mapped", 10, true)], 100), "");
        assert!(said(&[row("", 99, false)], 100).contains("99 decisions are recorded and 100 are wanted"));
        assert!(said(&[], 1).contains("0 decisions"));
        let both = said(&[row("", 1, false), row("route_not_mapped", 2, false)], 100);
        for wanted in
            ["3 decisions", "1 refusal that", "POST /api/x as viewer (set): route_not_mapped, 2×", "shadow accept t"]
        {
            assert!(both.contains(wanted), "{wanted}: {both}");
        }
    }
}
