//! Texts, packed for a page: what nodes and clients say is the same few phrases with other numbers.
//!
//! `t3 AppendEntries prev=7@2` is the phrase `t· AppendEntries prev=·@·` and the numbers 3, 7, 2. A
//! phrase is kept once; of the numbers only how far each is from the one that stood at its place when
//! the phrase was last said, which is mostly one byte.

use super::columns::Column;
use crate::report::text;
use serde::Serialize;
use std::collections::BTreeMap;

/// Stands in a phrase for a number. No text holds it: control characters are spelled out.
pub(super) const SLOT: char = '\u{1}';
/// More characters of a text are cut.
const LONGEST: usize = 300;
/// So many bytes of phrases are kept; a text that needs one more is left out.
const MOST: usize = 2 << 20;
/// A number of more digits is a word: scripts could not keep it.
const DIGITS: usize = 9;

/// The phrases of a page, each once.
#[derive(Default)]
pub(super) struct Phrases {
    all: Vec<String>,
    places: BTreeMap<String, usize>,
    bytes: usize,
}

impl Phrases {
    /// All of them, in the order of their numbers.
    pub(super) fn into_all(self) -> Vec<String> {
        self.all
    }

    fn place(&mut self, phrase: String) -> usize {
        if let Some(place) = self.places.get(&phrase) {
            return *place;
        }
        let full = self.bytes + phrase.len() > MOST;
        if full && !phrase.is_empty() {
            return self.place(String::new());
        }
        self.bytes += phrase.len();
        self.all.push(phrase.clone());
        self.places.insert(phrase, self.all.len() - 1);
        self.all.len() - 1
    }
}

/// A column of texts.
#[derive(Default, Serialize)]
pub(super) struct Texts {
    /// Of each text, twice the number of its phrase, plus one if its numbers are told.
    phrases: Column,
    /// The numbers, text after text.
    numbers: Column,
    #[serde(skip)]
    last: BTreeMap<usize, Vec<i64>>,
}

impl Texts {
    /// A text. Without its numbers it takes next to no room.
    pub(super) fn push(&mut self, phrases: &mut Phrases, said: &str, whole: bool) {
        let (phrase, numbers) = split(&text::shortened(&text::one_line(said), LONGEST));
        let slots = numbers.len();
        let place = phrases.place(phrase);
        // Where there was no room for the phrase there is none for its numbers.
        let whole = whole && phrases.all[place].matches(SLOT).count() == slots;
        self.phrases.push((place as u64) << 1 | u64::from(whole));
        if whole {
            let last = self.last.entry(place).or_insert_with(|| vec![0; slots]);
            for (last, number) in last.iter_mut().zip(numbers) {
                self.numbers.push_signed(number - *last);
                *last = number;
            }
        }
    }
}

/// A text without its numbers, and these.
fn split(text: &str) -> (String, Vec<i64>) {
    let (mut phrase, mut numbers) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        phrase.push_str(before);
        match digits.parse() {
            Ok(number) if is_plain(digits) => {
                phrase.push(SLOT);
                numbers.push(number);
            }
            _ => phrase.push_str(digits),
        }
        rest = after;
    }
    phrase.push_str(rest);
    (phrase, numbers)
}

/// Whether digits are what a script would write for their number.
fn is_plain(digits: &str) -> bool {
    digits.len() <= DIGITS && (digits == "0" || !digits.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST, Phrases, Texts};
    use crate::report::html::data::tests::texts;

    #[test]
    fn texts_come_back_as_they_were() {
        let said = [
            "t3 AppendEntries prev=7@2 entries=[]",
            "t3 AppendEntries prev=9@3 entries=[]",
            "",
            "007, 0, 999999999 and 1234567890",
            "t4 AppendEntries prev=1@1 entries=[]",
            "größer als 12 → 13",
        ];
        let (mut phrases, mut column) = (Phrases::default(), Texts::default());
        said.iter().for_each(|said| column.push(&mut phrases, said, true));
        let phrases = phrases.into_all();
        assert_eq!(texts(&column, &phrases), said);
        assert_eq!(phrases.len(), 4, "{phrases:?}");
    }

    #[test]
    fn without_its_numbers_a_text_still_says_its_phrase() {
        let (mut phrases, mut column) = (Phrases::default(), Texts::default());
        column.push(&mut phrases, "commit 17", false);
        column.push(&mut phrases, "commit 18", true);
        assert_eq!(texts(&column, &phrases.into_all()), ["commit …", "commit 18"]);
    }

    #[test]
    fn hostile_texts_are_cut_and_bounded() {
        let (mut phrases, mut column) = (Phrases::default(), Texts::default());
        column.push(&mut phrases, "\u{1}\u{1b}[2J\n7", true);
        for number in 0..20_000_u32 {
            let name: String =
                number.to_string().chars().map(|c| char::from(c as u8 + 50)).collect();
            column.push(&mut phrases, &format!("{name}{} 5", "x".repeat(2 * LONGEST)), true);
        }
        let phrases = phrases.into_all();
        assert!(phrases.iter().map(String::len).sum::<usize>() <= MOST);
        let texts = texts(&column, &phrases);
        assert_eq!(texts[0], "\\x01\\x1b[2J\\n7");
        assert_eq!(texts[1].chars().count(), LONGEST + 1);
        assert_eq!((texts.len(), texts[20_000].as_str()), (20_001, ""));
    }
}
