//! How a command ends, and how it says why.

use std::process::ExitCode;

use annex_config::Mistakes;

use super::say;

/// What a command found, or why it could not even look.
pub type Outcome = anyhow::Result<Ending>;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// 0: all is well.
    Fine,
    /// 1: something is wrong.
    Wrong,
    /// 2: the arguments or the configuration cannot be understood.
    NotUnderstood,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Fine => ExitCode::SUCCESS,
            Ending::Wrong => ExitCode::from(1),
            Ending::NotUnderstood => ExitCode::from(2),
        }
    }
}

/// Arguments or a configuration that cannot be acted upon: exit code 2. The text is the whole message.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotUnderstood(pub String);

/// Shorthand for an error of that kind.
pub fn not_understood(what: impl Into<String>) -> anyhow::Error {
    NotUnderstood(what.into()).into()
}

/// Prints an error with its causes, one a line, and turns the outcome into the exit code.
pub fn tell(outcome: Outcome) -> ExitCode {
    let unwritten = say::unwritten().map(|error| anyhow::Error::new(error).context("not everything could be written"));
    match outcome.and_then(|ending| unwritten.map_or(Ok(ending), Err)) {
        Ok(ending) => ending.into(),
        Err(error) => {
            complain!("annex: {}", chain(&error));
            code_of(&error).into()
        }
    }
}

/// The error and its causes. A cause that repeats what stands above it is left out.
pub fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}\n  because: {cause}");
        }
    }
    text
}

fn code_of(error: &anyhow::Error) -> Ending {
    let said_wrong = error.is::<Mistakes>() || error.is::<NotUnderstood>();
    if said_wrong { Ending::NotUnderstood } else { Ending::Wrong }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn causes_follow_one_a_line_and_none_twice() {
        let io = std::io::Error::other("refused");
        let error = anyhow::Error::new(io).context("cannot connect").context("no database");
        assert_eq!(chain(&error), "no database\n  because: cannot connect\n  because: refused");
        let repeated: anyhow::Result<()> = Err(anyhow::anyhow!("same")).context("outer: same");
        assert_eq!(repeated.map_err(|error| chain(&error)), Err("outer: same".to_owned()));
    }

    #[test]
    fn what_the_operator_said_wrong_is_two_and_the_rest_is_one() {
        assert_eq!(code_of(&not_understood("x")), Ending::NotUnderstood);
        assert_eq!(code_of(&Mistakes(Vec::new()).into()), Ending::NotUnderstood);
        assert_eq!(code_of(&anyhow::anyhow!("x")), Ending::Wrong);
    }
}
