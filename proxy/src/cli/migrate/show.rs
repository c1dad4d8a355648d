//! What migrations did, would do and would lose, in words.

use annex_migrations::{Migration, MigrationState, MigrationStatus, Report, SchemaState, Status, Step, latest};

/// After `up`.
pub fn up(report: &Report) -> String {
    let verb = if report.dry_run { "would apply" } else { "applied" };
    let mut lines: Vec<String> = report.steps.iter().map(|step| line(step, verb, report.dry_run)).collect();
    if report.steps.is_empty() {
        lines.push("Nothing to do: every migration is applied.".to_owned());
    }
    if let Some(role) = &report.granted_to {
        let verb = if report.dry_run { "would grant" } else { "granted" };
        lines.push(format!("{verb} to {role}: what `annex serve` needs inside schema annex"));
    }
    if report.dry_run {
        lines.push("Nothing was changed.".to_owned());
    }
    lines.join("\n")
}

/// Before `down`: what each step loses, from the head of its `down.sql`.
pub fn losses(plan: &Report, known: &[Migration]) -> String {
    if plan.steps.is_empty() {
        return "Nothing to do: no migration stands above that one.".to_owned();
    }
    let told = plan.steps.iter().map(|step| {
        let down =
            known.iter().find(|migration| migration.number == step.number).map_or("", |migration| migration.down);
        format!("{} would be undone. {}", name(step), loss(down))
    });
    told.collect::<Vec<_>>().join("\n")
}

/// After `down`.
pub fn down(report: &Report, to: u32) -> String {
    let mut lines: Vec<String> = report.steps.iter().map(|step| line(step, "undid", false)).collect();
    if to == 0 {
        lines.push("Schema annex is gone. The CRM's own tables are as they were.".to_owned());
    }
    lines.join("\n")
}

/// Where the database stands.
pub fn status(status: &Status) -> String {
    let head = match status.schema {
        SchemaState::Absent => "Schema annex does not exist; `annex migrate up` makes it.".to_owned(),
        SchemaState::Foreign => {
            "A schema annex exists, but without the ledger annex.schema_migrations: it is somebody else's. Rename it."
                .to_owned()
        }
        SchemaState::Ours if status.is_current() => format!("Schema annex is current ({} migrations).", latest()),
        SchemaState::Ours if is_damaged(status) => "Schema annex is not what this binary knows.".to_owned(),
        SchemaState::Ours => {
            format!("Schema annex stands at {} of {}; `annex migrate up` goes on.", status.applied_up_to(), latest())
        }
    };
    let rows = status.migrations.iter().map(row);
    [head].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

/// Whether something stands there that no run of this binary leaves behind. Pending is not damage.
pub fn is_damaged(status: &Status) -> bool {
    let odd =
        |migration: &MigrationStatus| !matches!(migration.state, MigrationState::Pending | MigrationState::Applied);
    status.schema == SchemaState::Foreign || status.migrations.iter().any(odd)
}

fn row(migration: &MigrationStatus) -> String {
    let state = match &migration.state {
        MigrationState::Pending => "pending".to_owned(),
        MigrationState::Applied => "applied".to_owned(),
        MigrationState::Edited { file } => format!("edited: {file} differs from what ran"),
        MigrationState::HalfApplied { state } => format!("half applied: the ledger says `{state}`"),
        MigrationState::Unknown => "unknown to this binary: a newer annex applied it".to_owned(),
    };
    let mut text = format!("  {:04}_{:<12} {state}", migration.number, migration.name);
    if let (Some(at), Some(by), Some(version)) = (&migration.applied_at, &migration.applied_by, &migration.version) {
        text = format!("{text}, {at} by {by} (annex {version})");
    }
    text
}

fn line(step: &Step, verb: &str, dry_run: bool) -> String {
    let name = name(step);
    if dry_run { format!("{verb} {name}") } else { format!("{verb} {name} in {} ms", step.duration_ms) }
}

fn name(step: &Step) -> String {
    format!("{:04}_{}", step.number, step.name)
}

/// The comment at the head of a `down.sql`, as running text: `Loses: …`.
fn loss(down: &str) -> String {
    let comment = down.lines().map_while(|line| line.strip_prefix("--"));
    comment.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use annex_migrations::MIGRATIONS;

    use super::*;

    #[test]
    fn every_down_says_what_it_loses() {
        for migration in MIGRATIONS {
            assert!(loss(migration.down).starts_with("Loses: "), "{}", migration.folder());
        }
    }
}
