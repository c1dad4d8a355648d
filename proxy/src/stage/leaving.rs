//! Whether this process was asked to stop: what never ends by itself ends then.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// Turns once.
#[derive(Debug)]
pub struct Leaving {
    begun: AtomicBool,
    told: watch::Sender<bool>,
}

impl Default for Leaving {
    fn default() -> Self {
        Leaving { begun: AtomicBool::new(false), told: watch::Sender::new(false) }
    }
}

impl Leaving {
    /// From now on this process leaves.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
        self.told.send_replace(true);
    }

    /// Whether it does.
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// Returns when it does.
    pub async fn begun(&self) {
        // The sender lives as long as `self`, so that waiting cannot fail.
        let _ = self.told.subscribe().wait_for(|begun| *begun).await;
    }
}
