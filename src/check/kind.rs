//! What kind a violation is of, so that three hundred failing seeds read as three bugs.
//!
//! A kind is the property with the shape of its evidence: the sentence without what varies from run
//! to run. Of an answer that fits no order of operations only the reason counts, for a bug that
//! loses a write shows in whichever operation meets it first.

use super::Violation;
use crate::workload::plan::Property;

impl Violation {
    /// The kind, as a text that is the same for every seed: `election-safety: · were both elected
    /// leader in term ·`.
    pub fn kind(&self) -> String {
        let reason = || self.summary.rsplit_once(" although ").map(|(_, reason)| reason);
        let evidence = match self.property == Property::Linearizable {
            true => reason().unwrap_or(&self.summary),
            false => &self.summary,
        };
        format!("{}: {}", self.property, shape(evidence))
    }
}

/// A sentence without what varies from run to run: numbers, nodes, quoted text, keys, how many states of
/// a kind were possible, and what is said of the first.
fn shape(sentence: &str) -> String {
    let sentence = sentence.split(": one that was possible").next().unwrap_or(sentence);
    let states = sentence.strip_prefix("only ").and_then(|rest| rest.rsplit_once(" was possible"));
    let Some((states, _)) = states else { return words(sentence) };
    let named = states.split(" or ").filter(|state| !state.starts_with("one of "));
    let mut states: Vec<String> = named.map(words).collect();
    states.sort_unstable();
    states.dedup();
    format!("only {} was possible", states.join(" or "))
}

/// The words that do not vary, and a dot for each run of those that do.
fn words(sentence: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in sentence.split_whitespace() {
        let quotes = word.matches('"').count();
        let digits = word.contains(|c: char| c.is_ascii_digit());
        let varies = quoted || quotes > 0 || digits || ["nil", "true", "false"].contains(&word);
        quoted ^= quotes % 2 == 1;
        let more = word == "or" && words.last().is_some_and(|last| last == "·");
        let word = if varies || more { "·" } else { word };
        if word != "·" || words.last().is_none_or(|last| last != "·") {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::shape;
    use crate::check::Violation;
    use crate::workload::plan::Property;

    #[test]
    fn sentences_that_differ_in_names_and_numbers_have_one_shape() {
        let one = "n1 and n2 were both elected leader in term 4";
        let other = "n3 and n5 were both elected leader in term 17";
        assert_eq!(shape(one), shape(other));
        assert_ne!(shape(one), shape("n1 and n2 applied different entries at index 4"));
        assert_eq!(shape("key \"a b\" is gone"), shape("key \"c\" is gone"));
        assert_eq!(shape("only 1 or 2 was possible"), shape("only nil was possible"));
        assert_eq!(
            shape("only the queue [1 2] (1 first) or the queue [2] (2 first) was possible"),
            shape("only the queue [0 1 …(87)… 98 99] (0 first) was possible")
        );
        assert_eq!(
            shape("only the set [1 2] or the set [2] or one of 3 others was possible"),
            shape("only the set [0 1 …(8)… 98 99] was possible, which also has 12")
        );
    }

    #[test]
    fn a_wrong_answer_is_of_one_kind_whatever_was_asked() {
        let kind = |summary: &str| {
            let (property, summary) = (Property::Linearizable, summary.to_owned());
            let (facts, story, events) = (Vec::new(), Vec::new(), Vec::new());
            Violation { property, summary, time: None, facts, story, events, start: None }.kind()
        };
        let get =
            kind("get k1 by client 2 returned \"1\" at 2.4 s although only \"4\" was possible");
        let cas =
            kind("cas k2 [1 2] by client 1 returned nil at 1.6 s although only nil was possible");
        assert_eq!(get, cas);
        assert_eq!(get, "linearizable: only · was possible");
        assert_ne!(
            get,
            kind("get k1 returned nil at 2 s although \"4\" had been acknowledged at 1 s")
        );
    }
}
