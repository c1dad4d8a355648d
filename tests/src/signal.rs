//! Signals to processes that the harness started, by their ids.

use std::process::{Command, Stdio};

/// Sends `signal` (a name without `SIG`) to each of `pids`; a process that is gone is no error.
pub fn send(signal: &str, pids: &[u32]) {
    if pids.is_empty() {
        return;
    }
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    // The shell's own `kill`: a slim machine has no program of that name.
    let line = format!("kill -{signal} {}", pids.join(" "));
    let status = Command::new("/bin/sh").args(["-c", &line]).stderr(Stdio::null()).status();
    status.expect("the shell can be started");
}

/// The direct children of `pid`.
pub fn children(pid: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("/proc is mounted").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| stat(*id).is_some_and(|stat| stat.parent == pid)).collect()
}

/// Whether a process `pid` exists and is not a zombie.
pub fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| stat.state != "Z")
}

/// Whether `pid` is stopped by a signal.
pub fn is_stopped(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| stat.state == "T")
}

struct Stat {
    state: String,
    parent: u32,
}

/// The two fields of `/proc/PID/stat` that we need. The name in it may contain spaces and brackets.
fn stat(pid: u32) -> Option<Stat> {
    let line = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = line.rsplit_once(") ")?.1.split(' ');
    Some(Stat { state: fields.next()?.to_owned(), parent: fields.next()?.parse().ok()? })
}
