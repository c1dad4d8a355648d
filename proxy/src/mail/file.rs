//! Letters as files, for demonstrations and for machines without a mail server.
//!
//! **Invariant:** a file is whole or not there, and the same letter is the same file.

use std::path::{Path, PathBuf};

use super::{Composed, Fault};

/// Where letters are put.
pub struct Folder {
    path: PathBuf,
}

/// One letter, not written yet.
pub struct Sheet {
    folder: PathBuf,
    letter: Composed,
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Folder { path }
    }

    /// Whether the folder is there, or its parent, in which it would be made.
    pub async fn try_out(&self) -> Result<(), Fault> {
        let is_folder = async |path: &Path| tokio::fs::metadata(path).await.is_ok_and(|about| about.is_dir());
        let is_there = is_folder(&self.path).await;
        let could_be = match self.path.parent() {
            Some(parent) if !is_there => is_folder(parent).await,
            _ => is_there,
        };
        if could_be { Ok(()) } else { Err(Fault::Passing("folder")) }
    }

    pub fn open(&self, letter: Composed) -> Sheet {
        Sheet { folder: self.path.clone(), letter }
    }
}

impl Sheet {
    pub async fn deliver(self) -> Result<(), Fault> {
        let Sheet { folder, letter } = self;
        let written = async {
            tokio::fs::create_dir_all(&folder).await?;
            let half = folder.join(format!(".{}.part", letter.name));
            tokio::fs::write(&half, &letter.bytes).await?;
            tokio::fs::rename(&half, folder.join(format!("{}.eml", letter.name))).await
        };
        written.await.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "a letter cannot be written into the folder");
            Fault::Passing("folder")
        })
    }
}
