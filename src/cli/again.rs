//! The command that makes a run again, as a shell reads it.

use super::args::{IsolationArg, WorldArgs};
use super::workloads::Changes;
use clap::ValueEnum;
use std::path::Path;

/// The words of a command line, in order, and those behind `--`.
#[derive(Clone, Debug)]
pub(super) struct Again {
    words: Vec<String>,
    behind: Vec<String>,
}

impl Default for Again {
    fn default() -> Again {
        let words = vec!["chaos".to_owned(), "replay".to_owned()];
        Again { words, behind: Vec::new() }
    }
}

impl Again {
    /// Replays this: a run's folder, a plan or a workload.
    pub(super) fn replay(what: &Path) -> Again {
        Again::default().and(&[&quoted(&what.to_string_lossy())])
    }

    /// With the same changes of the target.
    pub(super) fn changes(self, changes: Changes<'_>) -> Again {
        let behind = changes.node_args.iter().map(|word| quoted(word)).collect();
        let again = Again { behind, ..self };
        match changes.mutant {
            Some(mutant) => again.and(&["--mutant", &quoted(mutant)]),
            None => again,
        }
    }

    /// From this seed.
    pub(super) fn seed(self, seed: u64) -> Again {
        self.and(&["--seed", &seed.to_string()])
    }

    /// In the same world.
    pub(super) fn world(self, world: &WorldArgs) -> Again {
        let again = if world.sim { self.and(&["--sim"]) } else { self };
        let again = match world.isolation.to_possible_value() {
            Some(value) if world.isolation != IsolationArg::Auto => {
                again.and(&["--isolation", value.get_name()])
            }
            _ => again,
        };
        match &world.data_dir {
            Some(dir) => again.and(&["--data-dir", &quoted(&dir.to_string_lossy())]),
            None => again,
        }
    }

    /// The words as one line.
    pub(super) fn line(&self) -> String {
        match self.behind.is_empty() {
            true => self.words.join(" "),
            false => format!("{} -- {}", self.words.join(" "), self.behind.join(" ")),
        }
    }

    fn and(mut self, words: &[&str]) -> Again {
        self.words.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }
}

/// The word as a POSIX shell needs it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@+%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, quoted};
    use crate::cli::args::{IsolationArg, WorldArgs};
    use crate::cli::workloads::Changes;
    use std::path::Path;

    #[test]
    fn words_reach_the_program_as_they_are() {
        assert_eq!(quoted("reports/raft-kv.1"), "reports/raft-kv.1");
        assert_eq!(quoted("my runs"), "'my runs'");
        assert_eq!(quoted("it's; rm -rf *"), r"'it'\''s; rm -rf *'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_world_is_the_same_again() {
        let isolation = IsolationArg::Loopback;
        let world = WorldArgs { sim: false, isolation, data_dir: Some("my disk".into()) };
        let node_args = ["--level".to_owned(), "very high".to_owned()];
        let changes = Changes { mutant: Some("no-dedupe"), node_args: &node_args };
        let again = Again::replay(Path::new("w.yaml")).changes(changes).world(&world).seed(7);
        let expected = "chaos replay w.yaml --mutant no-dedupe --isolation loopback \
                        --data-dir 'my disk' --seed 7 -- --level 'very high'";
        assert_eq!(again.line(), expected);
    }
}
