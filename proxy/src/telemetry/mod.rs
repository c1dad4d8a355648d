//! The names of everything that is counted, and how it is written down. `docs/METRICS.md` explains each name.
//!
//! **Invariant:** labels are closed enums, never ids or paths.

mod log;
mod metrics;

pub use log::{LogError, start};
pub use metrics::{Decided, ExchangeFacts, Lost, Mailed, Metrics, Outcome, Paged, Source};
