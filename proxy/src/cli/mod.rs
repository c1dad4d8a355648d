//! The command line: one file or folder per command.
//!
//! **Invariant:** exit code 0 is "all is well", 1 "something is wrong", 2 "what you said cannot be understood"; no secret
//! is ever printed.
//! **Deliberately absent:** logic of the product. A command asks the rooms and tells people what they answered.

#[macro_use]
mod say;

mod audit;
mod branding;
mod check;
mod config;
mod confirm;
mod database;
mod demo;
mod doctor;
mod ending;
mod explain;
mod flag;
mod later;
mod members;
mod migrate;
mod operator;
mod purge;
mod serve;
mod shadow;
mod table;
mod uninstall;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use ending::{Ending, Outcome};

/// Many workspaces per person for a CRM that stays unchanged.
#[derive(Debug, Parser)]
#[command(name = "annex", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// The configuration file; without it `ANNEX_CONFIG` may name one. The environment wins over the file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Stand in front of the CRM until a signal ends it.
    Serve(serve::Arguments),
    /// Find every mistake of the configuration and its CRM profile. Connects to nothing.
    Check(check::Arguments),
    /// Show where the feature is on, and turn it on or off.
    #[command(subcommand)]
    Flag(flag::Command),
    /// See what shadow recorded, accept what would be refused, and turn a tenant on.
    #[command(subcommand)]
    Shadow(shadow::Command),
    /// Add, list and remove members of a workspace.
    #[command(subcommand)]
    Members(members::Command),
    /// Give the CRM back what its documents showed before a workspace's branding.
    #[command(subcommand)]
    Branding(branding::Command),
    /// Show the workspaces that Annex knows, and bring a deleted one back.
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Remove what is left of deleted workspaces whose time is over. The CRM's data stays unless said otherwise.
    Purge(purge::Arguments),
    /// Check the log of what happened.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print the description of the management API, OpenAPI 3.1.
    Openapi,
    /// Ask whether what the configuration says is true of the running CRM and its servers. Changes nothing.
    Doctor(doctor::Arguments),
    /// Tell why a request was decided as it was, or would be.
    Explain(explain::Arguments),
    /// Start everything on this machine: a private PostgreSQL, Redis, the reference CRM and Annex in front of it.
    Demo(demo::Arguments),
    /// Show the configuration that is in force.
    #[command(subcommand)]
    Config(config::Command),
    /// Take over what another version kept. Without `--apply` it only tells what would be done.
    #[command(subcommand)]
    Import(later::Import),
    /// Print what Annex keeps in the form of another version.
    #[command(subcommand)]
    Export(later::Export),
    /// Take back what Annex wrote into the CRM's tables: the first step of leaving for good.
    Uninstall(uninstall::Arguments),
    /// Put the schema `annex` into the CRM's database, or take it out again.
    #[command(subcommand)]
    Migrate(migrate::Command),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    // Before anything opens TLS: several crates of the tree would choose differently. Chosen already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // It prints help and versions on standard output, mistakes on standard error; a closed pipe hears neither.
            let _ = told.print();
            return if told.use_stderr() { Ending::NotUnderstood.into() } else { Ending::Fine.into() };
        }
    };
    ending::tell(run(cli))
}

fn run(cli: Cli) -> Outcome {
    let common = cli.common;
    match cli.command {
        Command::Serve(arguments) => serve::run(common, &arguments),
        Command::Check(arguments) => check::run(common, arguments),
        Command::Doctor(arguments) => on_runtime(doctor::run(common, arguments)),
        Command::Explain(arguments) => on_runtime(explain::run(common, arguments)),
        Command::Demo(arguments) => on_runtime(demo::run(arguments)),
        Command::Config(command) => config::run(common, &command),
        Command::Flag(command) => on_runtime(flag::run(common, command)),
        Command::Shadow(command) => on_runtime(shadow::run(common, command)),
        Command::Branding(command) => on_runtime(branding::run(common, command)),
        Command::Members(command) => on_runtime(members::run(common, command)),
        Command::Audit(command) => on_runtime(audit::run(common, command)),
        Command::Openapi => {
            say!("{}", crate::api::openapi::text());
            Ok(Ending::Fine)
        }
        Command::Import(command) => on_runtime(later::import(common, command)),
        Command::Export(command) => on_runtime(later::export(common, command)),
        Command::Uninstall(arguments) => on_runtime(uninstall::run(common, arguments)),
        Command::Workspace(command) => on_runtime(workspace::run(common, command)),
        Command::Purge(arguments) => on_runtime(purge::run(common, arguments)),
        Command::Migrate(command) => on_runtime(migrate::run(common, command)),
    }
}

/// Runs a command that asks servers. `serve` has Pingora's own runtimes.
fn on_runtime(command: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}
