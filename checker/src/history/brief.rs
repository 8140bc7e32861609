//! Values in few words, for people: of what is long the beginning and the end.

use std::borrow::Cow;
use std::fmt;

use super::Value;

/// Of more elements than twice this, so many from either end are shown.
const FEW: usize = 6;

/// Text of more characters is long, and so many from either end are shown.
const LONG: usize = 72;
const END: usize = 24;

/// A value as it is shown.
pub(crate) struct Brief<'a>(pub(crate) &'a Value);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Nil | Value::Bool(_) | Value::Int(_) => write!(f, "{}", self.0),
            Value::Text(text) => f.write_str(&brief_text(text)),
            Value::List(values) => write!(f, "[{}]", brief_elements(values.iter())),
        }
    }
}

/// The elements in their order.
pub(crate) fn brief_elements<'a>(elements: impl ExactSizeIterator<Item = &'a Value>) -> String {
    let length = elements.len();
    let shown = elements.enumerate().filter_map(|(at, element)| match at {
        _ if at < FEW || at + FEW >= length => Some(Brief(element).to_string()),
        FEW => Some(format!("…({})…", length - 2 * FEW)),
        _ => None,
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn brief_text(text: &str) -> String {
    if !is_long_text(text) {
        return format!("{text:?}");
    }
    let end = text.char_indices().nth(END).map_or(text.len(), |(at, _)| at);
    let start = text.char_indices().nth_back(END - 1).map_or(0, |(at, _)| at);
    let left_out = text[end..start].chars().count();
    format!("{:?}…({left_out})…{:?}", &text[..end], &text[start..])
}

/// A word or a key as people write it, without quotes, unless it is long or not fit to be shown so.
pub(crate) fn brief_word(word: &str) -> Cow<'_, str> {
    match is_long_text(word) || word.chars().any(char::is_control) {
        true => brief_text(word).into(),
        false => word.into(),
    }
}

/// Whether not all of the text is shown.
pub(crate) fn is_long_text(text: &str) -> bool {
    text.char_indices().nth(LONG).is_some()
}

/// Whether not all of so many elements are shown.
pub(crate) fn is_long_list(length: usize) -> bool {
    length > 2 * FEW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_it_has_to_be() {
        assert_eq!(brief_word("k 1"), "k 1");
        assert_eq!(brief_word("k\u{1b}[31m"), "\"k\\u{1b}[31m\"");
        assert!(brief_word(&"k".repeat(4_000)).len() < 100);
    }

    #[test]
    fn of_what_is_long_the_ends_are_shown() {
        let told = |value: Value| Brief(&value).to_string();
        let numbers = |length: i64| Value::list((0..length).map(Value::Int));
        assert_eq!(told(numbers(12)), "[0 1 2 3 4 5 6 7 8 9 10 11]");
        assert_eq!(told(numbers(99)), "[0 1 2 3 4 5 …(87)… 93 94 95 96 97 98]");
        assert_eq!(told(Value::list([numbers(99)])), "[[0 1 2 3 4 5 …(87)… 93 94 95 96 97 98]]");
        let text = |length: usize| Value::from("äb\"d".repeat(length / 4));
        assert_eq!(told(text(72)), format!("{:?}", "äb\"d".repeat(18)));
        let end = format!("{:?}", "äb\"d".repeat(6));
        assert_eq!(told(text(4_000)), format!("{end}…(3952)…{end}"));
    }
}
