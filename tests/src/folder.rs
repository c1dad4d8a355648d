//! Private folders of one test process, and the user that runs what refuses root.
//!
//! Promise: every folder is new, empty and below the system's temporary folder. A folder made with
//! [`Folder::new`] goes when its value goes; one that outlives the process is removed by the
//! supervisor that uses it (see [`crate::supervisor`]).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// A folder that is removed with everything in it when this value is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a folder whose name contains `label`.
    pub fn new(label: &str) -> Self {
        Self { path: make(label) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of `name` inside it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes `text` into the file `name` and tells its path.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It may be gone already, and a test that passed must not fail for that.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A user that may run servers which refuse root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
}

/// The user to become for PostgreSQL: nobody else when we are not root; else `postgres`, else `nobody`.
pub fn unprivileged_user() -> Option<User> {
    let own_uid = fs::metadata("/proc/self").expect("/proc is mounted").uid();
    if own_uid != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd can be read");
    let find = |name: &str| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next()? == name;
            let mut numbers = fields.skip(1).map(str::parse);
            let user = User { uid: numbers.next()?.ok()?, gid: numbers.next()?.ok()? };
            found.then_some(user)
        })
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("/etc/passwd knows `postgres` or `nobody`"))
}

/// A new empty folder that only `user` can enter; ours when `user` is none.
pub fn make_for(label: &str, user: Option<User>) -> PathBuf {
    let path = make(label);
    if let Some(user) = user {
        chown(&path, Some(user.uid), Some(user.gid))
            .unwrap_or_else(|error| panic!("cannot give {} to uid {}: {error}", path.display(), user.uid));
    }
    path
}

fn make(label: &str) -> PathBuf {
    let unique = Uuid::new_v4().simple().to_string();
    // Short: the path of a Unix socket inside it may have at most 107 bytes.
    let path = std::env::temp_dir().join(format!("annex-{label}-{}", &unique[..12]));
    fs::create_dir(&path).unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
    fs::set_permissions(&path, Permissions::from_mode(0o700)).expect("the mode of our own folder can be set");
    path
}
