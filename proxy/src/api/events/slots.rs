//! How many streams are open: on this node, and of one person.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{identity::Principal, telemetry::Metrics};

/// Issuer and id.
type Person = (Arc<str>, Arc<str>);

/// The open streams of this node.
pub struct Streams {
    most: usize,
    most_per_person: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_person: HashMap<Person, usize>,
}

/// One open stream; it is counted out when dropped, on every path out of it.
pub struct Slot {
    person: Person,
    open: Arc<Mutex<Open>>,
    metrics: Arc<Metrics>,
}

impl Streams {
    pub fn new(most: usize, most_per_person: usize) -> Self {
        Streams { most, most_per_person, open: Arc::default() }
    }

    /// Counts one more in, if there is room.
    pub fn enter(&self, principal: &Principal, metrics: &Arc<Metrics>) -> Option<Slot> {
        let person = (Arc::clone(&principal.issuer), Arc::clone(&principal.id));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = open.by_person.get(&person).copied().unwrap_or(0);
        if open.all >= self.most || theirs >= self.most_per_person {
            return None;
        }
        open.all += 1;
        open.by_person.insert(person.clone(), theirs + 1);
        metrics.event_streams().inc();
        Some(Slot { person, open: Arc::clone(&self.open), metrics: Arc::clone(metrics) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        let left = open.by_person.get_mut(&self.person).map_or(0, |theirs| {
            *theirs = theirs.saturating_sub(1);
            *theirs
        });
        if left == 0 {
            open.by_person.remove(&self.person);
        }
        self.metrics.event_streams().dec();
    }
}
