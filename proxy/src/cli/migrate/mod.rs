//! `annex migrate`: the schema `annex` in, out, and looked at. The owner's role; see `migrations/README.md`.
//!
//! **Invariant:** nothing is lost unless somebody at a terminal typed the schema's name, or said `--yes`.

mod show;

use annex_config::Sources;
use annex_migrations::{DownOptions, MIGRATIONS, Report, SCHEMA, UpOptions};

use super::{
    Common, confirm,
    database::{Role, Urls},
    ending::{Ending, Outcome},
};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Apply what is pending, and state the grants of the runtime role (the user of ANNEX_DATABASE_URL).
    Up {
        /// Stop after the migration of this number.
        #[arg(long, value_name = "N")]
        to: Option<u32>,
        /// Say what would run; change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Undo migrations, newest first. To 0, which is the default, schema `annex` goes wholly; the CRM's tables stay as they are.
    Down {
        /// Keep the migrations up to this number.
        #[arg(long, value_name = "N", default_value_t = 0)]
        to: u32,
        /// Say what would run and what would be lost; change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Ask every applied migration whether its promises still hold.
    Verify,
    /// Show each migration: applied when and by whom, pending, edited, or unknown to this binary.
    Status,
    /// Print the fingerprint of everything outside schema `annex`. Two equal ones show that nothing there changed.
    Fingerprint {
        /// Print every line that goes into it.
        #[arg(long)]
        lines: bool,
    },
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let urls = Urls::read(&Sources::from_process(common.config))?;
    match command {
        Command::Up { to, dry_run } => up(&urls, to, dry_run).await,
        Command::Down { to, dry_run, yes } => down(&urls, to, dry_run, yes).await,
        Command::Verify => verify(&urls).await,
        Command::Status => status(&urls).await,
        Command::Fingerprint { lines } => fingerprint(&urls, lines).await,
    }
}

async fn up(urls: &Urls, target: Option<u32>, dry_run: bool) -> Outcome {
    let runtime_role = urls.runtime_role()?;
    let mut client = urls.connect(Role::Owner).await?;
    let options = UpOptions { dry_run, runtime_role, target, ..UpOptions::default() };
    let report = annex_migrations::up(&mut client, &options).await?;
    say!("{}", show::up(&report));
    Ok(Ending::Fine)
}

async fn down(urls: &Urls, to: u32, dry_run: bool, yes: bool) -> Outcome {
    let mut client = urls.connect(Role::Owner).await?;
    let plan = annex_migrations::down(&mut client, &DownOptions { dry_run: true, ..DownOptions::to(to) }).await?;
    say!("{}", show::losses(&plan, MIGRATIONS));
    if dry_run || plan.steps.is_empty() {
        return Ok(Ending::Fine);
    }
    if !yes && !confirm::typed(SCHEMA)? {
        say!("Nothing was changed.");
        return Ok(Ending::Wrong);
    }
    let report: Report = annex_migrations::down(&mut client, &DownOptions::to(to)).await?;
    say!("{}", show::down(&report, to));
    Ok(Ending::Fine)
}

async fn verify(urls: &Urls) -> Outcome {
    let mut client = urls.connect(Role::Owner).await?;
    let findings = annex_migrations::verify(&mut client).await?;
    for finding in &findings {
        say!("{}: {}.", finding.migration, finding.sentence);
    }
    if !findings.is_empty() {
        return Ok(Ending::Wrong);
    }
    say!("Every applied migration keeps its promises.");
    Ok(Ending::Fine)
}

async fn status(urls: &Urls) -> Outcome {
    let client = urls.connect(Role::Owner).await?;
    let status = annex_migrations::status(&client).await?;
    say!("{}", show::status(&status));
    Ok(if show::is_damaged(&status) { Ending::Wrong } else { Ending::Fine })
}

async fn fingerprint(urls: &Urls, lines: bool) -> Outcome {
    let mut client = urls.connect(Role::Owner).await?;
    let fingerprint = annex_migrations::fingerprint(&mut client).await?;
    if lines {
        for line in &fingerprint.lines {
            say!("{line}");
        }
    }
    say!("{}", fingerprint.sha256);
    Ok(Ending::Fine)
}
