//! A pager for what is longer than a terminal: the one that `$PAGER` names, or `less -R`.

use super::exit::Failure;
use super::say::say;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Shows a text through a pager where the standard output is a terminal and the reader has not asked for
/// none; prints it otherwise, and where there is no pager to start.
pub(super) fn page(text: &str, wanted: bool) -> Result<(), Failure> {
    let named = env::var("PAGER").ok();
    let words = words(named.as_deref(), wanted && io::stdout().is_terminal());
    match words.split_first() {
        Some((program, arguments)) if through(program, arguments, text).is_ok() => Ok(()),
        Some(_) | None => say(text),
    }
}

/// The pager's program and arguments; none where none is wanted. `cat` is how people say so in `$PAGER`.
fn words(named: Option<&str>, wanted: bool) -> Vec<String> {
    let named = named.unwrap_or("less -R");
    let words: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    if wanted && words.first().is_some_and(|program| program != "cat") { words } else { Vec::new() }
}

/// Fails only where the pager did not start: a reader who leaves it early has seen enough.
fn through(program: &str, arguments: &[String], text: &str) -> io::Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // As git has it: colours, no more than a screen is not paged, and it stays on the screen.
        command.env("LESS", "FRX");
    }
    let mut pager = command.spawn()?;
    if let Some(mut input) = pager.stdin.take() {
        let _ = input.write_all(text.as_bytes());
    }
    pager.wait().map(drop)
}

#[cfg(test)]
mod tests {
    use super::{through, words};
    use std::fs;

    #[test]
    fn the_pager_is_the_one_named_or_less_and_none_where_nobody_looks() {
        assert_eq!(words(None, true), ["less", "-R"]);
        assert_eq!(words(Some("most -w"), true), ["most", "-w"]);
        for none in [words(Some("cat"), true), words(Some(" "), true), words(None, false)] {
            assert!(none.is_empty(), "{none:?}");
        }
    }

    #[test]
    fn it_is_given_the_text_and_one_that_is_not_there_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!("cat > {}", file.path().display());
        through("sh", &["-c".to_owned(), script], "n1 leads\n").unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "n1 leads\n");
        assert!(through("/no/such/pager", &[], "").is_err());
    }

    #[test]
    fn one_that_is_left_early_is_no_error() {
        through("true", &[], &"line\n".repeat(100_000)).unwrap();
    }
}
