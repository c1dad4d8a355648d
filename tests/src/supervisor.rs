//! Servers that die with the test process, however it ends.
//!
//! A destructor does not run for a static, after `abort`, or under `kill -9`. So each server runs
//! below a small shell that reads from a pipe which only we hold: when we are gone, the kernel
//! closes the pipe, and the shell stops the server and removes what it left.
//!
//! **Invariant.** The shell leads a process group of its own, so that Ctrl-C on the tests reaches us
//! and not it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::folder::User;

/// A shell script that answers each line that it reads with one line: `ok …` or what went wrong.
/// When its standard input ends, it cleans up and ends.
#[derive(Debug, Clone)]
pub struct Supervisor {
    channel: Arc<Mutex<Channel>>,
}

#[derive(Debug)]
struct Channel {
    name: String,
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts `script` with `arguments` as `user`, in the folder `arguments[0]`.
    pub fn start(name: &str, script: &str, arguments: &[&str], user: Option<User>) -> Self {
        let folder = arguments.first().expect("the first argument is the folder to work in");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, name]).args(arguments).current_dir(folder);
        command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        if let Some(user) = user {
            command.uid(user.uid).gid(user.gid);
        }
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start the shell over {name}: {error}"));
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        let channel = Channel { name: name.to_owned(), child, commands, answers };
        Self { channel: Arc::new(Mutex::new(channel)) }
    }

    /// Sends one line and waits for the answer; tells what follows `ok `.
    ///
    /// # Panics
    /// If the answer is not `ok`.
    pub fn ask(&self, line: &str) -> String {
        let mut channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        let commands = channel.commands.as_mut().expect("the pipe is open until this value goes");
        writeln!(commands, "{line}")
            .unwrap_or_else(|error| panic!("{}: cannot ask for `{line}`: {error}", channel.name));
        let mut answer = String::new();
        let read = channel.answers.read_line(&mut answer);
        read.unwrap_or_else(|error| panic!("{}: no answer to `{line}`: {error}", channel.name));
        match answer.trim_end().strip_prefix("ok") {
            Some(rest) => rest.trim_start().to_owned(),
            None => panic!("{}: `{line}` failed: {answer}", channel.name),
        }
    }

    /// As [`Supervisor::ask`], for callers on an async runtime: the wait blocks no worker.
    pub async fn ask_async(&self, line: &'static str) -> String {
        let supervisor = self.clone();
        tokio::task::spawn_blocking(move || supervisor.ask(line)).await.expect("the shell answers")
    }

    /// The shell's own process id.
    pub fn pid(&self) -> u32 {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner).child.id()
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.commands = None;
        // The shell cleans up and ends by itself; waiting leaves neither a zombie nor a folder.
        let _ = self.child.wait();
    }
}
