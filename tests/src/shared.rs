//! One value that tests which run at the same time share.
//!
//! Promise: it is made when the first test asks and dropped when the last one lets go, so that a program
//! in it ends with the tests and its folder with it. A test that asks later gets a new one.

use std::sync::{Arc, Weak};

use tokio::sync::Mutex;

/// A place for the value; made for a `static`.
#[derive(Debug)]
pub struct Shared<T>(Mutex<Weak<T>>);

impl<T> Shared<T> {
    /// Empty.
    pub const fn new() -> Self {
        Self(Mutex::const_new(Weak::new()))
    }

    /// The value of now, or the one that `make` makes.
    pub async fn get(&self, make: impl AsyncFnOnce() -> T) -> Arc<T> {
        let mut place = self.0.lock().await;
        if let Some(value) = place.upgrade() {
            return value;
        }
        let value = Arc::new(make().await);
        *place = Arc::downgrade(&value);
        value
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self::new()
    }
}
