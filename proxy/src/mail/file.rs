//! Letters as files, for demonstrations and for machines without a mail server.
//!
//! **Invariant:** a file is whole or not there, and the same letter is the same file.

use std::path::PathBuf;

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
