//! `annex serve`: the product.

use annex_config::Sources;

use super::{
    Common,
    ending::{Ending, Outcome, not_understood},
};
use crate::{
    app::{App, ServeError, Start},
    telemetry,
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Take the listening sockets over from the process that runs now; send that one SIGQUIT.
    #[arg(long)]
    upgrade: bool,
}

pub fn run(common: Common, arguments: &Arguments) -> Outcome {
    let config = annex_config::load(Sources::from_process(common.config))?;
    telemetry::start(&config.telemetry)
        .map_err(|error| not_understood(format!("{error}; `log.level` is such as `info` or `annex=debug,info`")))?;
    let start = if arguments.upgrade { Start::TakeOver } else { Start::Fresh };
    App::build(config).and_then(|app| app.run(start)).map_err(by_kind)?;
    Ok(Ending::Fine)
}

/// What only the configuration can mend is a mistake of the configuration.
fn by_kind(error: ServeError) -> anyhow::Error {
    let said_wrong = matches!(error, ServeError::Keys(_) | ServeError::Signer(_) | ServeError::Tls(_));
    let error = anyhow::Error::new(error);
    if said_wrong { not_understood(super::ending::chain(&error)) } else { error }
}
