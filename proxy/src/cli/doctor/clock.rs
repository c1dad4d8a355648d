//! Do the clocks agree? Tokens are judged with leeway 0, so a machine that runs ahead refuses fresh ones.

use super::finding::Finding;

/// How far another machine's clock is ahead of ours, as it showed in an answer.
#[derive(Debug, Clone)]
pub struct Skew {
    pub of: &'static str,
    /// Positive: the other one is ahead.
    pub seconds: i64,
}

/// A `Date` header has whole seconds, and an answer takes a moment.
const UNSEEN_S: i64 = 2;

pub fn agrees(skews: &[Skew]) -> Finding {
    const QUESTION: &str = "Does this machine's clock agree with the others?";
    const REMEDY: &str =
        "let NTP keep both clocks (`timedatectl` shows); a token is judged by the clock with no leeway";
    let Some(worst) = skews.iter().max_by_key(|skew| skew.seconds.abs()) else {
        return Finding::warn(QUESTION, "Nobody answered with a time.", "mend the connections above and ask again");
    };
    let (of, off) = (worst.of, worst.seconds.abs());
    let side = if worst.seconds > 0 { "ahead of" } else { "behind" };
    match off {
        0..=UNSEEN_S => Finding::ok(QUESTION, format!("Yes, to {UNSEEN_S} s.")),
        3..=30 => Finding::warn(QUESTION, format!("{of} is {off} s {side} it."), REMEDY),
        _ => Finding::bad(QUESTION, format!("{of} is {off} s {side} it."), REMEDY),
    }
}
