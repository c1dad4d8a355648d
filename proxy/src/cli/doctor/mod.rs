//! `annex doctor`: is what the configuration says true of the running CRM and its servers?
//!
//! A list of small questions. Each check answers with [`Finding`]s; none of them changes anything, and none stops the
//! next one.
//!
//! **Deliberately absent:** mending. The doctor prints what to run; an operator runs it.

mod address;
mod clock;
mod credential;
mod crm_tables;
mod finding;
mod listeners;
mod mail;
mod pages;
mod postgres;
mod redis;
mod roles;
mod routes;
mod schema;
mod shadow_users;
mod upstream;

use std::path::PathBuf;

use annex_config::{Config, Sources};

use super::{
    Common,
    ending::{Ending, Outcome},
};
use finding::{Finding, Verdict, as_json, as_text};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Sign in at the CRM as this person, to see that its tokens verify. Needs `--password-file`.
    #[arg(long, value_name = "EMAIL", requires = "password_file")]
    login: Option<String>,
    /// The file with that person's password.
    #[arg(long, value_name = "FILE", requires = "login")]
    password_file: Option<PathBuf>,
    /// Verify the access token in this file in place of a sign-in.
    #[arg(long, value_name = "FILE", conflicts_with = "login")]
    token_file: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// A question that is asked by itself.
#[derive(Debug, clap::Subcommand)]
enum Part {
    /// List the routes of the CRM that the profile does not cover: those that were met, or those of a list.
    Routes(routes::Arguments),
}

pub async fn run(common: Common, arguments: Arguments) -> Outcome {
    if let Some(Part::Routes(arguments)) = &arguments.part {
        return routes::run(common, arguments).await;
    }
    let findings = match annex_config::load(Sources::from_process(common.config)) {
        Ok(config) => examine(&config, &arguments).await?,
        Err(mistakes) => mistakes.0.iter().map(listeners::mistake).collect(),
    };
    say!("{}", if arguments.json { as_json(&findings) } else { as_text(&findings) });
    let anything_bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    Ok(if anything_bad { Ending::Wrong } else { Ending::Fine })
}

async fn examine(config: &Config, arguments: &Arguments) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![listeners::valid(config), listeners::admin(config)];
    findings.extend(listeners::collisions(config));
    findings.push(address::client(config));

    let mut skews = Vec::new();
    let crm = upstream::reachable(config, &mut skews).await;
    let answers = crm.verdict != Verdict::Bad;
    findings.push(crm);
    if answers {
        findings.push(pages::have_room(config).await);
    }
    findings.extend(credential::verifies(config, arguments).await?);

    let (found, mut connected) = postgres::reachable(config, &mut skews).await;
    findings.extend(found);
    if let Some(servers) = &mut connected {
        let (found, is_current) = schema::state(servers).await;
        findings.extend(found);
        findings.extend(roles::are_apart(servers).await);
        findings.extend(roles::search_path(servers).await);
        findings.extend(schema::grants(servers).await);
        findings.extend(crm_tables::exist(config, servers).await);
        findings.extend(crm_tables::readable(config, servers).await);
        findings.extend(crm_tables::relations(config, servers).await);
        findings.extend(crm_tables::first_steps(config, servers).await);
        if is_current {
            findings.extend(shadow_users::agree(config, servers).await);
        }
    }
    findings.extend(redis::usable(config).await);
    findings.push(mail::leaves(config).await);
    findings.push(clock::agrees(&skews));
    Ok(findings)
}
