//! A change that another process made is in force within moments, not within its own answer.

use std::time::Duration;

use tokio::time::Instant;

use super::client::Answer;

/// Far above the bound of 100 ms: how long it took is told.
const DEADLINE: Duration = Duration::from_secs(3);

/// Asks again and again until `holds`. Answers the last answer, after how many milliseconds, and what was wrong with it.
pub async fn soon(
    ask: impl AsyncFn() -> anyhow::Result<Answer>,
    holds: impl Fn(&Answer) -> Result<(), String>,
) -> anyhow::Result<(Answer, u128, Result<(), String>)> {
    let begun = Instant::now();
    loop {
        let answer = ask().await?;
        let seen = holds(&answer);
        let took = begun.elapsed();
        if seen.is_ok() || took > DEADLINE {
            return Ok((answer, took.as_millis(), seen));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
