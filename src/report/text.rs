//! Foreign text, made safe to look at.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with its control characters spelled out, in one line: what a node or a client says
/// must not move the cursor, change colours or turn the direction of writing around.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    spelled_out(text, harmful)
}

/// The same, but lines stay lines and tabs stay tabs.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    spelled_out(text, |c| harmful(c) && c != '\n' && c != '\t')
}

/// At most so many characters, with a mark where something was cut.
pub(crate) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// The end of a text, at most so many bytes, from the beginning of a line; and how many bytes of
/// it were left out.
pub(crate) fn tail(text: &str, most: usize) -> (&str, usize) {
    if text.len() <= most {
        return (text, 0);
    }
    let mut start = text.len() - most;
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let start = text[start..].find('\n').map_or(start, |newline| start + newline + 1);
    (&text[start..], start)
}

fn spelled_out(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if harmful(c) => safe.push_str("\\n"),
            '\t' if harmful(c) => safe.push_str("\\t"),
            c if c.is_ascii() && harmful(c) => {
                let _ = write!(safe, "\\x{:02x}", u32::from(c));
            }
            c if harmful(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Control characters, those that turn the direction of writing, and those that XML refuses.
fn harmful(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
    c.is_control()
        || turns
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::{lines, one_line, shortened, tail};

    #[test]
    fn control_characters_are_spelled_out() {
        let escape = "a\u{1b}[2Jb\r\n\tc\u{202e}d\u{9b}";
        assert_eq!(one_line(escape), "a\\x1b[2Jb\\x0d\\n\\tc\\u{202e}d\\u{9b}");
        assert_eq!(lines(escape), "a\\x1b[2Jb\\x0d\n\tc\\u{202e}d\\u{9b}");
        assert_eq!(one_line("größer → 7"), "größer → 7");
    }

    #[test]
    fn long_texts_are_cut_at_characters_and_lines() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äöü…");
        assert_eq!(tail("one\ntwo\nthree", 9), ("three", 8));
        assert_eq!(tail("ääää", 3), ("ä", 6));
        assert_eq!(tail("short", 100), ("short", 0));
    }
}
