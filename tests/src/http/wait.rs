//! Waiting for an event with a deadline, in place of a sleep.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// How often to look again. Short against every bound that the suites measure.
const STEP: Duration = Duration::from_millis(5);

/// Waits until `check` holds, and tells how long that took.
///
/// The deadline is for a broken product alone: choose it far above the bound that the test asserts.
///
/// # Panics
/// If `check` does not hold before `deadline`.
pub async fn eventually<F, C>(deadline: Duration, what: &str, mut check: C) -> Duration
where
    C: FnMut() -> F,
    F: Future<Output = bool>,
{
    let began = Instant::now();
    while !check().await {
        assert!(began.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(STEP).await;
    }
    began.elapsed()
}

/// Waits until `attempt` gives a value; the message of a failure shows the last refusal.
///
/// # Panics
/// If it refuses until `deadline`.
pub async fn eventually_some<T, E, F, A>(deadline: Duration, what: &str, mut attempt: A) -> T
where
    A: FnMut() -> F,
    F: Future<Output = Result<T, E>>,
    E: Debug,
{
    let began = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(refusal) => {
                assert!(began.elapsed() < deadline, "not within {deadline:?}: {what}: {refusal:?}");
                tokio::time::sleep(STEP).await;
            }
        }
    }
}
