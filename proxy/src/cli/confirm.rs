//! The question before something is lost.

use std::io::{BufRead, IsTerminal};

use crate::cli::ending::not_understood;

/// Asks for `word` and tells whether it was typed.
///
/// # Errors
/// Without a terminal there is nobody to ask; `--yes` is the answer for scripts.
pub fn typed(word: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(not_understood(
            "there is no terminal to ask at; add `--yes` if this is meant. Nothing was changed",
        ));
    }
    super::say::text(format_args!("Type `{word}` to go on: "));
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == word)
}
