//! `annex check`: every mistake at once, before anything is started.

use annex_config::{Config, Sources};

use super::{
    Common,
    ending::{Ending, Outcome},
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Check with this CRM profile in place of the configured one: a name, or the path of a file.
    #[arg(long, value_name = "NAME|PATH")]
    profile: Option<String>,
}

/// The variable that names the profile.
const PROFILE: &str = "ANNEX_CRM_PROFILE";

pub fn run(common: Common, arguments: Arguments) -> Outcome {
    let mut sources = Sources::from_process(common.config);
    if let Some(profile) = arguments.profile {
        sources.env.retain(|(name, _)| name != PROFILE && *name != format!("{PROFILE}_FILE"));
        sources.env.push((PROFILE.to_owned(), profile));
    }
    let config = annex_config::load(sources)?;
    say!("The configuration is valid.");
    say!("{}", summary(&config));
    Ok(Ending::Fine)
}

fn summary(config: &Config) -> String {
    let upstream = &config.upstream;
    let profile = &config.profile;
    let routes = profile.routes.routes().len();
    let redis = if config.redis.is_some() { "Redis and memory" } else { "memory (no Redis)" };
    let flag = if config.flags.environment { "on" } else { "off" };
    [
        format!("  listens on   {} (operators: {})", config.listen.address, config.admin.address),
        format!("  upstream     {}:{}", upstream.host, upstream.port),
        format!("  CRM profile  {} ({routes} routes, {} relations)", profile.name, profile.relations.len()),
        format!("  cache        {redis}"),
        format!("  flag         {flag} where nobody decided otherwise (MULTI_WORKSPACE_ENABLED)"),
    ]
    .join("\n")
}
