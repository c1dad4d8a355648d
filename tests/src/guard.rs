//! One program that ends with the test process, its log, its signals and its exit status.
//!
//! Promise: the program is gone when its [`Guarded`] value is, and when the test process is, even
//! after `kill -9` (a shell holds a pipe from us, see [`crate::supervisor`]). What it printed is in a
//! file; when the test fails, the end of it is printed.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use tokio::sync::watch;

use crate::signal;

const SCRIPT: &str = include_str!("guard.sh");
/// How much of a log a failing test prints.
const TAIL_LINES: usize = 60;

/// What to run.
#[derive(Debug)]
pub struct Launch<'a> {
    /// How messages call it.
    pub name: &'a str,
    /// The program's path, or its name if `PATH` finds it.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [String],
    /// Its whole environment but for `PATH`, `HOME` and `TMPDIR`.
    pub environment: &'a [(String, String)],
    /// The folder to run in.
    pub folder: &'a Path,
    /// The file that gets both of its outputs; appended to. Its folder goes with the test process.
    pub log: PathBuf,
}

/// A program that runs, or ran.
#[derive(Debug)]
pub struct Guarded {
    name: String,
    pid: u32,
    guard: Child,
    pipe: Option<ChildStdin>,
    exit: watch::Receiver<Option<i32>>,
    log: PathBuf,
}

impl Guarded {
    /// Starts it; returns as soon as it has a process id.
    pub fn start(launch: Launch<'_>) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, launch.name]).arg(&launch.log).arg(launch.program).args(launch.arguments);
        command.env_clear().envs(inherited()).envs(launch.environment.iter().cloned());
        command.current_dir(launch.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut guard = command.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", launch.name));
        let pipe = guard.stdin.take();
        let mut lines = BufReader::new(guard.stdout.take().expect("standard output is a pipe")).lines();
        let pid = lines.next().and_then(Result::ok).and_then(|line| line.strip_prefix("pid ")?.parse().ok());
        let pid = pid.unwrap_or_else(|| panic!("{} has no process id", launch.name));
        let (ended, exit) = watch::channel(None);
        std::thread::spawn(move || {
            let status = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("exit ")?.parse().ok());
            // Without a status the guard itself was killed; report that as a kill.
            ended.send_replace(Some(status.unwrap_or(137)));
        });
        Self { name: launch.name.to_owned(), pid, guard, pipe, exit, log: launch.log }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.exit.borrow().is_none()
    }

    /// Sends it a signal, named without `SIG`.
    pub fn signal(&self, name: &str) {
        if self.is_running() {
            signal::send(name, &[self.pid]);
        }
    }

    /// Waits for its end and tells its exit status; 128 + the signal's number after a signal.
    ///
    /// # Panics
    /// If it still runs after `deadline`.
    pub async fn ended(&self, deadline: Duration) -> i32 {
        let mut exit = self.exit.clone();
        let waited = tokio::time::timeout(deadline, exit.wait_for(Option::is_some)).await;
        match waited {
            Ok(status) => status.expect("the guard's thread lives").expect("an end has a status"),
            Err(_) => panic!("{} still runs after {deadline:?}\n{}", self.name, self.tail()),
        }
    }

    /// Ends it by `SIGKILL`.
    pub async fn kill(&self) -> i32 {
        self.signal("KILL");
        self.ended(Duration::from_secs(60)).await
    }

    /// All that it printed.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines that it printed.
    pub fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let from = lines.len().saturating_sub(TAIL_LINES);
        format!("--- end of the log of {} (pid {}) ---\n{}\n", self.name, self.pid, lines[from..].join("\n"))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.tail());
        }
        if let Some(mut pipe) = self.pipe.take() {
            // The folder belongs to whoever holds this value. After a crash nobody says this, and it goes.
            let _ = pipe.write_all(b"keep\n");
        }
        let _ = self.guard.wait();
    }
}

/// What a program needs of the machine. Everything else that it may depend on is given to it.
#[expect(clippy::disallowed_methods, reason = "the machine's own variables, handed on unchanged")]
pub(crate) fn inherited() -> Vec<(&'static str, std::ffi::OsString)> {
    let names = ["PATH", "HOME", "TMPDIR"];
    names.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect()
}
