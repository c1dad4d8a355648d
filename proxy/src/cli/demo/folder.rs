//! The demo's private folder, removed however the demo ends.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use anyhow::Context;

use super::machine::User;

/// Waits for the end of its input, then removes the folder; again and again while somebody in it is still ending.
const SCRIPT: &str = r#"
while read -r _; do :; done
rounds=0
while [ -e "$1" ] && [ "$rounds" -lt 200 ]; do
    rm -rf "$1" 2>/dev/null || sleep 0.1
    rounds=$((rounds + 1))
done"#;

/// A folder that goes with this value, or with this process.
pub struct Folder {
    path: PathBuf,
    janitor: Child,
    pipe: Option<ChildStdin>,
}

impl Folder {
    pub fn make() -> anyhow::Result<Self> {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let path = std::env::temp_dir().join(format!("annex-demo-{}", unique.get(..12).unwrap_or(&unique)));
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        // Others may pass through, to the folder inside that is theirs; they may not look around.
        fs::set_permissions(&path, Permissions::from_mode(0o711))?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "annex-demo-janitor"])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .process_group(0);
        let mut janitor = command.spawn().context("cannot start a shell")?;
        let pipe = janitor.stdin.take();
        Ok(Folder { path, janitor, pipe })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new folder inside it; `user`'s own, if there is one.
    pub fn inner(&self, name: &str, user: Option<User>) -> anyhow::Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        if let Some(user) = user {
            std::os::unix::fs::chown(&path, Some(user.uid), Some(user.gid))
                .with_context(|| format!("cannot give {} to uid {}", path.display(), user.uid))?;
        }
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.janitor.wait();
    }
}
