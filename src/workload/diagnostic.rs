//! What is wrong with a workload, with its place in the file.

use std::fmt;

/// A mistake in a workload file: what is wrong, where, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name, as the user gave it.
    pub file: String,
    /// Line and column, from 1; missing where the whole file is meant.
    pub place: Option<(u64, u64)>,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What the user may have meant.
    pub help: Option<String>,
    /// The line's text.
    pub line: Option<String>,
}

impl Diagnostic {
    /// A mistake at a place of a text.
    pub fn at(file: &str, text: &str, place: Option<(u64, u64)>, message: String) -> Diagnostic {
        let line = place.and_then(|(line, _)| {
            let index = usize::try_from(line).ok()?.checked_sub(1)?;
            text.lines().nth(index).map(|line| line.chars().take(200).collect())
        });
        Diagnostic { file: file.to_owned(), place, message, help: None, line }
    }

    /// The same, with what the user may have meant.
    #[must_use]
    pub fn with_help(self, help: Option<String>) -> Diagnostic {
        Diagnostic { help, ..self }
    }
}

/// The known word that is nearest to what was written, if one is near.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = |word: &&str| strsim::damerau_levenshtein(written, word);
    let best = known.into_iter().min_by_key(near)?;
    let limit = (best.len().max(written.len()) / 3).max(1);
    (near(&best) <= limit).then(|| format!("did you mean `{best}`?"))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message.escape_debug_but_quotes())?;
        if let Some((line, column)) = self.place {
            write!(f, "\n  --> {}:{line}:{column}", self.file)?;
            if let Some(text) = &self.line {
                let number = line.to_string();
                let gap = " ".repeat(number.len());
                let indent = " ".repeat(usize::try_from(column.saturating_sub(1)).unwrap_or(0));
                let text = text.escape_debug_but_quotes();
                write!(f, "\n {gap} |\n {number} | {text}\n {gap} | {indent}^")?;
            }
        } else {
            write!(f, "\n  --> {}", self.file)?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// Makes control characters visible, so that a file cannot steer the terminal.
trait EscapeControl {
    fn escape_debug_but_quotes(&self) -> String;
}

impl EscapeControl for str {
    fn escape_debug_but_quotes(&self) -> String {
        let escape = |c: char| match c {
            c if c.is_control() => c.escape_debug().to_string(),
            c => c.to_string(),
        };
        self.chars().map(escape).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, did_you_mean};

    #[test]
    fn points_at_the_place() {
        let text = "target: raft\nnodes: minority\n";
        let mistake =
            Diagnostic::at("w.yaml", text, Some((2, 8)), "no".into()).with_help(Some("yes".into()));
        let expected =
            "no\n  --> w.yaml:2:8\n   |\n 2 | nodes: minority\n   |        ^\n  help: yes";
        assert_eq!(mistake.to_string(), expected);
    }

    #[test]
    fn guesses_near_words_only() {
        let known = ["partition", "pause", "kill"];
        assert_eq!(did_you_mean("partiton", known), Some("did you mean `partition`?".into()));
        assert_eq!(did_you_mean("meteorite", known), None);
        assert_eq!(did_you_mean("x", []), None);
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let mistake = Diagnostic::at("w", "\u{1b}[2J", Some((1, 1)), "bad \u{7}".into());
        assert!(!mistake.to_string().contains(['\u{1b}', '\u{7}']));
    }
}
