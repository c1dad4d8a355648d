//! `annex demo`: everything on one machine, from nothing, gone afterwards.
//!
//! A private PostgreSQL, a private Redis where the machine has one, the reference CRM with two agencies, and `annex serve`
//! in front of it. `--check` plays the whole story over HTTP and says of each step whether it held.
//!
//! **Invariant:** nothing outlives the demo, on no way out: every program hangs on a pipe that only this process holds.

mod crm;
mod folder;
mod guard;
mod machine;
mod ports;
mod postgres;
mod show;
mod stage;
mod story;

use std::path::PathBuf;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::ending::{Ending, Outcome};
use stage::Stage;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Play the whole story without a browser; exit code 0 only if every step holds.
    #[arg(long)]
    check: bool,
    /// With `--check`: leave everything running afterwards, until a signal ends it.
    #[arg(long, requires = "check")]
    keep: bool,
    /// The folder of the reference CRM.
    #[arg(long, value_name = "FOLDER", default_value = "tests/crm")]
    crm_dir: PathBuf,
}

pub async fn run(arguments: Arguments) -> Outcome {
    let mut end = End::listen()?;
    let played = tokio::select! {
        played = play(&arguments) => played,
        () = end.asked() => {
            say!("\nEnding.");
            return Ok(Ending::Wrong);
        }
    };
    let (stage, ending) = played?;
    if !arguments.check || arguments.keep {
        say!("{}", show::everything(&stage));
        end.asked().await;
        say!("\nEnding.");
    }
    drop(stage);
    Ok(ending)
}

async fn play(arguments: &Arguments) -> anyhow::Result<(Stage, Ending)> {
    let stage = Stage::set(&arguments.crm_dir).await.context("the demo cannot start")?;
    if !arguments.check {
        return Ok((stage, Ending::Fine));
    }
    let ending = story::play(&stage).await?;
    Ok((stage, ending))
}

/// Signals that end the demo in good order.
struct End {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

impl End {
    fn listen() -> std::io::Result<Self> {
        Ok(End {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
