//! Failures that look alike: three hundred failing seeds may be three bugs.

use crate::check::{Violation, foremost};
use crate::event::RunRecord;
use crate::workload::plan::Property;
use std::collections::BTreeMap;

/// Failures of one property whose sentences differ in names and numbers alone.
#[derive(Clone, Debug)]
pub(crate) struct Cluster<'a> {
    /// The property that does not hold.
    pub(crate) property: Property,
    /// The runs, in order of seed, each with its violation.
    pub(crate) failures: Vec<(&'a RunRecord, &'a Violation)>,
}

impl<'a> Cluster<'a> {
    /// The run to look at: the first one that was kept, else the first.
    pub(crate) fn example(&self) -> (&'a RunRecord, &'a Violation) {
        let kept = self.failures.iter().find(|(run, _)| run.folder.is_some());
        *kept.unwrap_or(&self.failures[0])
    }
}

/// The failed runs by their first violation, the largest cluster first.
pub(crate) fn clusters(runs: &[RunRecord]) -> Vec<Cluster<'_>> {
    let mut by_shape: BTreeMap<(Property, String), Cluster<'_>> = BTreeMap::new();
    for run in runs {
        let Some(violation) = foremost(&run.outcomes) else { continue };
        let property = violation.property;
        let new = || Cluster { property, failures: Vec::new() };
        let shape = (property, shape(&violation.summary));
        by_shape.entry(shape).or_insert_with(new).failures.push((run, violation));
    }
    let mut clusters: Vec<_> = by_shape.into_values().collect();
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.failures.len()));
    clusters
}

/// A sentence without what varies from run to run: numbers, nodes, quoted text, keys.
fn shape(sentence: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in sentence.split_whitespace() {
        let quotes = word.matches('"').count();
        let varies = quoted || quotes > 0 || word.contains(|c: char| c.is_ascii_digit());
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

    #[test]
    fn sentences_that_differ_in_names_and_numbers_have_one_shape() {
        let one = "n1 and n2 were both elected leader in term 4";
        let other = "n3 and n5 were both elected leader in term 17";
        assert_eq!(shape(one), shape(other));
        assert_ne!(shape(one), shape("n1 and n2 applied different entries at index 4"));
        assert_eq!(shape("key \"a b\" is gone"), shape("key \"c\" is gone"));
        assert_eq!(shape("only 1 or 2 was possible"), shape("only 3 was possible"));
    }
}
