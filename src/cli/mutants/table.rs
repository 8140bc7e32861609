//! The table of mutants.

use crate::workload::plan::Size;
use chaos_node::Nanos;
use serde::Serialize;

/// What looking for one mutant came to.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) mutant: &'static str,
    /// The check that found it from the first base seed that found it.
    pub(super) check: Option<String>,
    /// How many runs it took from each base seed; nothing where it was not found.
    pub(super) runs: Vec<Option<u64>>,
    /// What the first of them shrank to.
    pub(super) shrunk: Option<Size>,
    /// The command that brings that back.
    pub(super) replay: Option<String>,
    /// How long finding took, over all base seeds.
    pub(super) finding: Nanos,
    /// How long shrinking took.
    pub(super) shrinking: Nanos,
}

/// One line a mutant, and what all of them come to.
pub(super) fn table(rows: &[Row], most: u64) -> String {
    let mut text = format!(
        "{:<28}{:<22}{:>8}{:>14}{:>12}{:>8}{:>11}{:>11}\n",
        "mutant", "found by", "runs", "(range)", "operations", "faults", "finding", "shrinking"
    );
    let seconds = |time: Nanos| format!("{:.1} s", time.as_secs_f64());
    for row in rows {
        let size = |of: fn(&Size) -> usize| {
            row.shrunk.as_ref().map_or("–".into(), |s| of(s).to_string())
        };
        text += &format!(
            "{:<28}{:<22}{:>8}{:>14}{:>12}{:>8}{:>11}{:>11}\n",
            row.mutant,
            row.check.as_deref().unwrap_or("not found"),
            told(median(&row.runs), most),
            format!(
                "({}–{})",
                told(row.runs.iter().flatten().min().copied(), most),
                told(worst(&row.runs), most)
            ),
            size(|size| size.operations),
            size(|size| size.faults),
            seconds(row.finding),
            seconds(row.shrinking),
        );
    }
    text + &sums(rows, most)
}

/// The medians over all mutants, and who was not found.
fn sums(rows: &[Row], most: u64) -> String {
    let medians: Vec<Option<u64>> = rows.iter().map(|row| median(&row.runs)).collect();
    let runs = told(median(&medians), most);
    let size = |of: fn(&Size) -> usize| {
        let sizes = rows.iter().map(|row| row.shrunk.as_ref().map(|size| of(size) as u64));
        median(&sizes.collect::<Vec<_>>()).map_or("–".to_owned(), |size| size.to_string())
    };
    let (operations, faults) = (size(|size| size.operations), size(|size| size.faults));
    let found = rows.iter().filter(|row| row.runs.iter().all(Option::is_some)).count();
    format!(
        "\n{found} of {} found from every base seed within {most} runs; medians: {runs} runs, \
         {operations} operations, {faults} faults\n",
        rows.len()
    )
}

fn told(runs: Option<u64>, most: u64) -> String {
    runs.map_or_else(|| format!(">{most}"), |runs| runs.to_string())
}

/// The median; what was not found counts as more than all that was. Of an even number the lower.
fn median(values: &[Option<u64>]) -> Option<u64> {
    let mut values: Vec<u64> = values.iter().map(|value| value.unwrap_or(u64::MAX)).collect();
    values.sort_unstable();
    let middle = values.get(values.len().saturating_sub(1) / 2).copied();
    middle.filter(|value| *value != u64::MAX)
}

fn worst(values: &[Option<u64>]) -> Option<u64> {
    values.iter().map(|value| value.unwrap_or(u64::MAX)).max().filter(|value| *value != u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{median, worst};

    #[test]
    fn what_was_not_found_is_worse_than_anything_that_was() {
        assert_eq!(median(&[Some(9), Some(1), Some(4)]), Some(4));
        assert_eq!(median(&[Some(9), None, Some(4)]), Some(9));
        assert_eq!(median(&[None, Some(1), None]), None);
        assert_eq!((worst(&[Some(1), Some(3)]), worst(&[Some(1), None])), (Some(3), None));
        assert_eq!(median(&[]), None);
    }
}
