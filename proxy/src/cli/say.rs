//! What a command tells people.
//!
//! **Invariant:** nobody listens any more (`annex check | head -1`): the command does what it does and ends as it would have,
//! quietly. What cannot be written for another reason makes it end as wrong: half a file is no file.

use std::{
    fmt::Arguments,
    io::{ErrorKind, Write, stderr, stdout},
    sync::OnceLock,
};

/// Why standard output did not take everything; nothing is written after that.
static UNSAID: OnceLock<std::io::Error> = OnceLock::new();

/// A line on standard output.
macro_rules! say {
    () => { $crate::cli::say::line(format_args!("")) };
    ($($words:tt)*) => { $crate::cli::say::line(format_args!($($words)*)) };
}

/// A line on standard error.
macro_rules! complain {
    ($($words:tt)*) => { $crate::cli::say::mistake(format_args!($($words)*)) };
}

/// What [`say!`] comes to.
pub fn line(words: Arguments<'_>) {
    text(format_args!("{words}\n"));
}

/// Text as it is, at once.
pub fn text(words: Arguments<'_>) {
    if UNSAID.get().is_some() {
        return;
    }
    let mut out = stdout().lock();
    if let Err(error) = out.write_fmt(words).and_then(|()| out.flush()) {
        let _ = UNSAID.set(error);
    }
}

/// What [`complain!`] comes to. There is nobody else to tell.
pub fn mistake(words: Arguments<'_>) {
    let _ = writeln!(stderr().lock(), "{words}");
}

/// Why not everything was written, if people wanted it.
pub fn unwritten() -> Option<&'static std::io::Error> {
    UNSAID.get().filter(|error| error.kind() != ErrorKind::BrokenPipe)
}
