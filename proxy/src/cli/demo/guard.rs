//! One program of the demo, which ends with it.
//!
//! A destructor does not run under `kill -9`, so each program runs below a small shell that reads from a pipe which only
//! this process holds: when we are gone the kernel closes it, and the shell ends the program. The shell leads a process
//! group of its own, so that Ctrl-C reaches us and not it, and things end in order.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context;

use super::machine::User;

const SCRIPT: &str = include_str!("guard.sh");

/// What to run.
pub struct Launch<'a> {
    /// How people call it.
    pub name: &'static str,
    pub program: &'a Path,
    pub arguments: &'a [String],
    /// Added to the environment; what begins like a variable of Annex is taken out of it first.
    pub environment: &'a [(String, String)],
    /// Where it works.
    pub folder: &'a Path,
    /// Gets both of its outputs.
    pub log: PathBuf,
    /// The signal that ends it well.
    pub signal: &'static str,
    /// Who runs it, if not we.
    pub user: Option<User>,
}

/// A program that runs until this value goes.
pub struct Guarded {
    name: &'static str,
    shell: Child,
    pipe: Option<ChildStdin>,
    ended: Arc<AtomicBool>,
    log: PathBuf,
}

impl Guarded {
    pub fn start(launch: Launch<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, launch.name, launch.signal])
            .arg(&launch.log)
            .arg(launch.program)
            .args(launch.arguments);
        for (name, _) in super::stage::inherited().iter().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command.envs(launch.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(launch.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        if let Some(user) = launch.user {
            command.uid(user.uid).gid(user.gid);
        }
        let mut shell = command.spawn().with_context(|| format!("cannot start {}", launch.name))?;
        let pipe = shell.stdin.take();
        let output = shell.stdout.take().context("standard output is a pipe")?;
        let mut lines = BufReader::new(output).lines();
        let started = lines.next().and_then(Result::ok).is_some_and(|line| line.starts_with("pid "));
        anyhow::ensure!(started, "cannot start {}", launch.name);
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        std::thread::spawn(move || {
            // One more line when it ends, or none when the shell itself is gone.
            let _ = lines.next();
            end.store(true, Ordering::Release);
        });
        Ok(Guarded { name: launch.name, shell, pipe, ended, log: launch.log })
    }

    /// An error with the end of its log, if it runs no more.
    pub fn still_runs(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.ended.load(Ordering::Acquire), "{} ended by itself\n{}", self.name, self.tail());
        Ok(())
    }

    /// All that it printed.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines that it printed.
    pub fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let from = lines.len().saturating_sub(20);
        lines.get(from..).unwrap_or_default().join("\n")
    }
}

/// What would change how a program of ours behaves.
pub fn is_ours(variable: &str) -> bool {
    ["ANNEX_", "CRM_", "MULTI_WORKSPACE_", "PG"].iter().any(|prefix| variable.starts_with(prefix))
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.pipe = None;
        // The shell ends the program and itself.
        let _ = self.shell.wait();
    }
}
