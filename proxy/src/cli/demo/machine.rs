//! What this machine has: server programs, and a user for what refuses to run as root.

use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;

use super::stage::inherited;

/// Annex needs `unique nulls not distinct`.
const OLDEST_POSTGRES: u32 = 15;

/// A user that may run servers which refuse root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

/// Nobody else when we are not root; else `postgres`, else `nobody`.
pub fn unprivileged() -> anyhow::Result<Option<User>> {
    let own = fs::metadata("/proc/self").context("/proc is not mounted")?.uid();
    if own != 0 {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let found = find(&passwd, "postgres").or_else(|| find(&passwd, "nobody"));
    found.map(Some).context("PostgreSQL refuses to run as root, and /etc/passwd knows neither `postgres` nor `nobody`")
}

fn find(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let mut numbers = fields.skip(1).map(str::parse);
        Some(User { uid: numbers.next()?.ok()?, gid: numbers.next()?.ok()? })
    })
}

/// The folder of the newest PostgreSQL server programs that `user` can run.
pub fn postgres(user: Option<User>) -> anyhow::Result<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(debian.map(|entry| entry.path().join("bin")));
    folders.extend(search_path());
    let versions = folders.into_iter().filter_map(|folder| Some((version(&folder, user)?, folder)));
    let newest = versions.max_by_key(|(version, _)| *version);
    match newest {
        Some((version, folder)) if version >= OLDEST_POSTGRES => Ok(folder),
        Some((version, folder)) => anyhow::bail!(
            "the PostgreSQL in {} is version {version}; the demo needs {OLDEST_POSTGRES} or newer (Debian: apt-get install postgresql-15)",
            folder.display()
        ),
        None => anyhow::bail!("there is no PostgreSQL server on this machine (Debian: apt-get install postgresql-15)"),
    }
}

/// The major version of the server in `folder`, if `user` can run it and `initdb` stands beside it.
fn version(folder: &Path, user: Option<User>) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let mut command = Command::new(folder.join("postgres"));
    command.arg("--version").current_dir("/").stderr(Stdio::null());
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    let text = String::from_utf8(command.output().ok()?.stdout).ok()?;
    text.split(' ').nth(2)?.split(['.', 'b', 'r']).next()?.trim().parse().ok()
}

/// A program that `PATH` finds.
pub fn program(name: &str) -> Option<PathBuf> {
    search_path().into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn search_path() -> Vec<PathBuf> {
    let path = inherited().iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.clone());
    std::env::split_paths(&path.unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name_alone() {
        let passwd = "root:x:0:0::/root:/bin/sh\nxpostgres:x:7:7::/:/x\npostgres:x:104:111:,,,:/var/lib:/bin/bash\n";
        assert_eq!(find(passwd, "postgres"), Some(User { uid: 104, gid: 111 }));
        assert_eq!(find(passwd, "nobody"), None);
    }
}
