//! Counts that wait to be written down.
//!
//! **Invariant:** memory is bounded. A key that finds no room is refused; one that is there always counts.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    hash::Hash,
};

use crate::ports::{Count, MetRoute, SAMPLES, Sample, ShadowBatch, WouldBe};

/// The counts of one node since they were last written.
pub struct Tally {
    decisions: Counts<WouldBe>,
    unmapped: Counts<MetRoute>,
}

/// There is no room for another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tally is full")]
pub struct Full;

impl Default for Tally {
    fn default() -> Self {
        Tally { decisions: Counts::new(4096), unmapped: Counts::new(512) }
    }
}

impl Tally {
    pub fn is_empty(&self) -> bool {
        self.decisions.known.is_empty() && self.unmapped.known.is_empty()
    }

    /// Counts one decision.
    pub fn decision(&mut self, would_be: WouldBe, sample: Sample) -> Result<(), Full> {
        let at_s = sample.at_s;
        self.decisions.add(would_be, Count { seen: 1, first_s: at_s, last_s: at_s, samples: vec![sample] })
    }

    /// Counts one request on a route that nobody mapped.
    pub fn unmapped(&mut self, route: MetRoute, at_s: i64) -> Result<(), Full> {
        self.unmapped.add(route, Count { seen: 1, first_s: at_s, last_s: at_s, samples: Vec::new() })
    }

    /// Takes `limit` counts of each kind out, the oldest keys first.
    pub fn take(&mut self, limit: usize) -> ShadowBatch {
        ShadowBatch { decisions: self.decisions.take(limit), unmapped: self.unmapped.take(limit) }
    }

    /// Puts back what could not be written.
    pub fn put_back(&mut self, batch: ShadowBatch) -> Result<(), Full> {
        let decisions = batch.decisions.into_iter().map(|(key, count)| self.decisions.add(key, count));
        let kept = decisions.fold(Ok(()), Result::and);
        let unmapped = batch.unmapped.into_iter().map(|(key, count)| self.unmapped.add(key, count));
        unmapped.fold(kept, Result::and)
    }
}

struct Counts<K> {
    known: HashMap<K, Count>,
    /// Keys in the order in which they came.
    order: VecDeque<K>,
    capacity: usize,
}

impl<K: Clone + Eq + Hash> Counts<K> {
    fn new(capacity: usize) -> Self {
        Counts { known: HashMap::new(), order: VecDeque::new(), capacity }
    }

    fn add(&mut self, key: K, more: Count) -> Result<(), Full> {
        let is_full = self.known.len() >= self.capacity;
        match self.known.entry(key) {
            Entry::Occupied(mut held) => {
                merge(held.get_mut(), more);
                Ok(())
            }
            Entry::Vacant(_) if is_full => Err(Full),
            Entry::Vacant(room) => {
                self.order.push_back(room.key().clone());
                room.insert(more);
                Ok(())
            }
        }
    }

    fn take(&mut self, limit: usize) -> Vec<(K, Count)> {
        let taken = self.order.len().min(limit);
        let keys = self.order.drain(..taken);
        keys.filter_map(|key| self.known.remove_entry(&key)).collect()
    }
}

fn merge(held: &mut Count, more: Count) {
    held.seen = held.seen.saturating_add(more.seen);
    held.first_s = held.first_s.min(more.first_s);
    held.last_s = held.last_s.max(more.last_s);
    held.samples.extend(more.samples);
    held.samples.sort_by_key(|sample| std::cmp::Reverse(sample.at_s));
    held.samples.truncate(SAMPLES);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use annex_policy::Method;

    use super::*;
    use crate::ports::{Basis, WouldOutcome};

    fn route(name: &str) -> MetRoute {
        MetRoute { method: Method::Get, pattern: name.into() }
    }

    fn would_be(name: &str) -> WouldBe {
        let (tenant, role) = ("t".into(), "member".into());
        WouldBe { tenant, route: route(name), role, basis: Basis::Derived, outcome: WouldOutcome::Allow }
    }

    fn sample(at_s: i64) -> Sample {
        Sample { request: format!("r{at_s}").into(), principal: "p".into(), at_s }
    }

    #[test]
    fn one_key_is_one_count_with_its_latest_samples() {
        let mut tally = Tally::default();
        for at_s in [7, 3, 9, 1, 8, 2, 6] {
            tally.decision(would_be("/a"), sample(at_s)).unwrap();
        }
        let taken = tally.take(10).decisions;
        let count = &taken[0].1;
        assert_eq!((taken.len(), count.seen, count.first_s, count.last_s), (1, 7, 1, 9));
        assert_eq!(count.samples.iter().map(|sample| sample.at_s).collect::<Vec<_>>(), [9, 8, 7, 6, 3]);
        assert!(tally.is_empty());
    }

    #[test]
    fn attack_a_thousand_keys_more_than_there_is_room_for() {
        let mut tally = Tally::default();
        let refused = (0..5096).filter(|n| tally.decision(would_be(&format!("/{n}")), sample(1)).is_err()).count();
        assert_eq!(refused, 1000);
        let refused = (0..1512).filter(|n| tally.unmapped(route(&format!("/{n}")), 1).is_err()).count();
        assert_eq!(refused, 1000);
        assert_eq!(tally.decision(would_be("/0"), sample(2)), Ok(()), "a known key always counts");
        assert_eq!((tally.decisions.order.len(), tally.unmapped.order.len()), (4096, 512));
    }

    #[test]
    fn what_is_put_back_is_counted_with_what_came_meanwhile() {
        let mut tally = Tally::default();
        for name in ["/a", "/b", "/c"] {
            tally.decision(would_be(name), sample(1)).unwrap();
        }
        let batch = tally.take(2);
        assert_eq!(batch.decisions.len(), 2, "in chunks");
        tally.decision(would_be("/a"), sample(5)).unwrap();
        tally.put_back(batch).unwrap();
        let mut taken = tally.take(10).decisions;
        taken.sort_by(|a, b| a.0.route.pattern.cmp(&b.0.route.pattern));
        assert_eq!(taken.iter().map(|(_, count)| count.seen).collect::<Vec<_>>(), [2, 1, 1]);
        assert_eq!((taken[0].1.first_s, taken[0].1.last_s), (1, 5));
    }
}
