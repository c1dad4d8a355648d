//! The only reader of the time of day.
//!
//! **Invariant:** nothing else in this crate calls `SystemTime::now` (clippy's `disallowed-methods` holds it),
//! so that a test that needs another time has one place to change.

use std::time::{Duration, Instant};

/// Seconds since the Unix epoch, the unit of `iat` and `exp` (RFC 7519, section 2, "NumericDate").
#[allow(clippy::disallowed_methods, reason = "this is the one reader of the time of day")]
pub fn unix_seconds() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Milliseconds since this process asked for the first time: monotonic, cheap to store in an atomic.
pub fn monotonic_ms() -> u64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    // One is added so that zero can mean "never".
    1 + duration_ms(START.get_or_init(Instant::now).elapsed())
}

/// A duration in whole milliseconds, saturating.
pub fn duration_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
