//! `annex config print`: what is in force, and who said it.

use annex_config::Sources;

use super::{
    Common,
    ending::{Ending, Outcome},
};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print every key with its value; secrets are left out.
    Print,
}

pub fn run(common: Common, command: &Command) -> Outcome {
    match command {
        Command::Print => {
            let config = annex_config::load(Sources::from_process(common.config))?;
            super::say::text(format_args!("{}", config.redacted()));
            Ok(Ending::Fine)
        }
    }
}
