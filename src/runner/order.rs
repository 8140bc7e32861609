//! In which order a campaign's runs are made: pure, and the same for a campaign and its shards.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One run of a campaign, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn {
    /// Of which workload, from 0.
    pub workload: usize,
    /// Which of its runs, from 0: its seed is so far from the campaign's first.
    pub number: u64,
}

/// Which runs there are, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// How many workloads take part.
    pub workloads: usize,
    /// How many runs each has, over all shards; endlessly many where nothing is said.
    pub runs: Option<u64>,
    /// Whether all runs of a workload come before the next one's, instead of taking turns.
    pub sequential: bool,
    /// These come before all others, and are among them no more.
    pub first: Vec<Turn>,
    /// Which part of them is made here.
    pub shard: Shard,
    /// Those that were made before.
    pub done: BTreeSet<Turn>,
}

impl Order {
    /// The runs that are still to be made, one after another.
    pub fn turns(&self) -> Box<dyn Iterator<Item = Turn> + Send> {
        let (first, done) = (self.first(), self.done.clone());
        let again: BTreeSet<Turn> = first.iter().copied().collect();
        let others = self.all().filter(move |turn| !again.contains(turn));
        Box::new(first.into_iter().chain(others).filter(move |turn| !done.contains(turn)))
    }

    /// What comes first, each once, and only what is in this part.
    fn first(&self) -> Vec<Turn> {
        let mut known = BTreeSet::new();
        let own = |turn: &&Turn| self.shard.has(turn.number) && known.insert(**turn);
        self.first.iter().filter(own).copied().collect()
    }

    fn all(&self) -> Box<dyn Iterator<Item = Turn> + Send> {
        let (workloads, numbers) = (self.workloads, self.numbers());
        match self.sequential {
            true => Box::new((0..workloads).flat_map(move |workload| {
                numbers.clone().map(move |number| Turn { workload, number })
            })),
            false => Box::new(numbers.flat_map(move |number| {
                (0..workloads).map(move |workload| Turn { workload, number })
            })),
        }
    }

    /// How many runs that makes with those that were made before, if they have an end.
    pub fn total(&self) -> Option<u64> {
        let (Shard { index, of }, runs) = (self.shard, self.runs?);
        let each = runs.saturating_sub(index).div_ceil(of);
        let more = self.first().iter().filter(|turn| turn.number >= runs).count();
        Some(each.saturating_mul(self.workloads as u64).saturating_add(more as u64))
    }

    fn numbers(&self) -> impl Iterator<Item = u64> + Clone + Send + use<> {
        let Shard { index, of } = self.shard;
        let step = usize::try_from(of).unwrap_or(usize::MAX);
        (index..self.runs.unwrap_or(u64::MAX)).step_by(step)
    }
}

/// One of so many parts of a campaign. Which runs are in it depends on their seeds alone, so that
/// all parts together are the whole, whatever each of them does in which order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// Which, from 0.
    index: u64,
    /// Of how many.
    of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { index: 0, of: 1 };

    /// How many parts there are.
    pub fn of(self) -> u64 {
        self.of
    }

    /// Whether the run with this number is in it.
    fn has(self, number: u64) -> bool {
        number % self.of == self.index
    }

    /// All parts of as many.
    pub fn all(of: u64) -> impl Iterator<Item = Shard> {
        (0..of).map(move |index| Shard { index, of })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `3/16`: the third of sixteen.
    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Shard { index: part - 1, of }),
            _ => Err(format!("expected a part of a whole, from 1/16 to 16/16, found `{text}`")),
        }
    }
}

impl TryFrom<String> for Shard {
    type Error = String;
    fn try_from(text: String) -> Result<Shard, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Shard, Turn};
    use std::collections::BTreeSet;

    fn order(workloads: usize, runs: Option<u64>, shard: &str) -> Order {
        let (shard, first, done) = (shard.parse().unwrap(), Vec::new(), BTreeSet::new());
        Order { workloads, runs, sequential: false, first, shard, done }
    }

    fn turns(order: &Order) -> Vec<(usize, u64)> {
        order.turns().take(100).map(|Turn { workload, number }| (workload, number)).collect()
    }

    #[test]
    fn workloads_take_turns_unless_they_shall_not() {
        let mut order = order(2, Some(2), "1/1");
        assert_eq!(turns(&order), [(0, 0), (1, 0), (0, 1), (1, 1)]);
        order.sequential = true;
        assert_eq!(turns(&order), [(0, 0), (0, 1), (1, 0), (1, 1)]);
        assert_eq!(order.total(), Some(4));
    }

    #[test]
    fn what_comes_first_comes_once_and_in_one_shard() {
        let first = [(1, 2), (0, 900), (1, 2)];
        let first = first.map(|(workload, number)| Turn { workload, number });
        let order = |shard: &str| Order { first: first.into(), ..order(2, Some(3), shard) };
        let whole = order("1/1");
        let expected = [(1, 2), (0, 900), (0, 0), (1, 0), (0, 1), (1, 1), (0, 2)];
        assert_eq!(turns(&whole), expected);
        assert_eq!(whole.total(), Some(7));
        let parts = ["1/3", "2/3", "3/3"].map(order);
        assert_eq!(parts.iter().map(|part| part.total().unwrap()).sum::<u64>(), 7);
        let mut all: Vec<_> = parts.iter().flat_map(turns).collect();
        all.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(all, expected);
        let done = BTreeSet::from([first[1]]);
        assert_eq!(turns(&Order { done, ..whole })[..2], [(1, 2), (0, 0)]);
    }

    #[test]
    fn all_shards_together_are_the_whole_and_no_run_is_in_two() {
        for (runs, of) in [(0, 1), (1, 3), (7, 3), (9, 3), (10, 16), (16, 16), (33, 16)] {
            let whole = order(3, Some(runs), "1/1");
            let mut parts = Vec::new();
            for part in 1..=of {
                let shard = order(3, Some(runs), &format!("{part}/{of}"));
                assert_eq!(turns(&shard).len() as u64, shard.total().unwrap());
                parts.extend(turns(&shard));
            }
            parts.sort_by_key(|(workload, number)| (*number, *workload));
            assert_eq!(parts, turns(&whole), "{runs} runs in {of} shards");
        }
    }

    #[test]
    fn a_shard_does_not_change_when_there_are_more_runs() {
        let (few, endless) = (order(1, Some(20), "3/4"), order(1, None, "3/4"));
        assert_eq!(turns(&few), turns(&endless)[..5]);
        assert_eq!(endless.total(), None);
    }

    #[test]
    fn what_was_made_before_is_not_made_again() {
        let mut order = order(2, Some(3), "1/1");
        order.done = [(0, 0), (1, 1)].map(|(workload, number)| Turn { workload, number }).into();
        assert_eq!(turns(&order), [(1, 0), (0, 1), (0, 2), (1, 2)]);
        assert_eq!(order.total(), Some(6));
    }

    #[test]
    fn numbers_at_the_edge_of_what_there_is_are_numbers_too() {
        let order = order(1, Some(u64::MAX), "18446744073709551615/18446744073709551615");
        assert_eq!(turns(&order), [(0, u64::MAX - 1)]);
        assert_eq!(order.total(), Some(1));
    }

    #[test]
    fn what_is_no_part_of_a_whole_is_refused() {
        for text in ["", "3", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("3/16".parse::<Shard>().unwrap().to_string(), "3/16");
    }
}
