//! Golden scripts: a story a file, told by what nodes send, answer and observe. For the tests of
//! targets; nothing else uses it.
//!
//! With `UPDATE_GOLDENFILES=1` what happens is written into the scripts, to be reviewed as a diff.
//! Nothing happens but by a command:
//!
//! ```text
//! cluster 3 [mutant=NAME] [OPTION=VALUE…]   makes and starts n1, n2, …
//! TIMER n1                                  this timer runs out, a second later
//! wait MILLISECONDS                         so much time passes: timers run out, all is delivered
//! next                                      delivers what was sent first
//! settle                                    delivers until nothing is under way
//! cut n1 n2 … / heal                        these nodes hear no others, nor are they heard
//! crash n1 / restart n1                     a dead node keeps what it synced
//! REQUEST n1 [NUMBER] [TEXT]                a client asks n1 about the key x
//! ```

mod cluster;

use chaos_node::{Observation, Options, Target, Timer, Value};
use cluster::Cluster;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is a target's own in its scripts.
pub struct Stage {
    /// Makes the nodes and says what their messages mean.
    pub target: &'static dyn Target,
    /// The timers that a command lets run out, by its name.
    pub timers: &'static [(&'static str, Timer)],
    /// The requests that a command makes, by its name.
    pub requests: &'static [&'static str],
    /// What is told of an observation besides notes; nothing of one that is no story.
    pub observation: fn(&Observation) -> Option<String>,
    /// Whether a message, in these words, is told.
    pub is_told: fn(&str) -> bool,
}

/// What elections come to, for a [`Stage`] of a target that holds some: whom each node takes for the
/// leader, and in which epoch it is what.
pub fn leadership(observation: &Observation) -> Option<String> {
    match observation {
        Observation::Role { role, term } => Some(format!("is {role:?} in e{term}").to_lowercase()),
        Observation::Follows { leader: Some(leader), .. } => Some(format!("follows {leader}")),
        Observation::Follows { leader: None, .. } => Some("follows nobody".to_owned()),
        _ => None,
    }
}

/// Plays every script of a folder, in order of their names.
///
/// # Panics
/// If there is none, or one does not come out as it says.
pub fn play(folder: &Path, stage: &'static Stage) {
    let entries = std::fs::read_dir(folder).expect("a folder of scripts");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let mut script = Script { cluster: Cluster::new(stage), stage };
        let played = goldenscript::run(&mut script, &path);
        played.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

struct Script {
    cluster: Cluster,
    stage: &'static Stage,
}

impl goldenscript::Runner for Script {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        _: &goldenscript::Context,
    ) -> Result<String> {
        let mut args = command.consume_args();
        let mut words = Vec::new();
        while let Some(word) = args.next_pos() {
            words.push(word.to_owned());
        }
        if command.name == "cluster" {
            let mutant = args.take_key("mutant").map(str::to_owned);
            let mut options = BTreeMap::new();
            while let Some((key, value)) = args.next_key() {
                let number = value.parse().map(Value::Int);
                options.insert(key.to_owned(), number.unwrap_or_else(|_| Value::from(value)));
            }
            let [count] = &words[..] else { return Err("how many nodes?".into()) };
            self.cluster.build(count.parse()?, mutant.as_deref(), &Options(options))?;
        } else {
            self.command(&command.name, &words)?;
        }
        args.reject_next()?;
        Ok(self.cluster.told())
    }
}

impl Script {
    fn command(&mut self, name: &str, words: &[String]) -> Result<()> {
        let (cluster, stage) = (&mut self.cluster, self.stage);
        let timer = stage.timers.iter().find(|(command, _)| *command == name);
        match (name, words) {
            ("wait", [millis]) => cluster.wait(millis.parse()?),
            ("next", []) => cluster.deliver().ok_or("nothing is under way")?,
            ("settle", []) => cluster.settle(),
            ("cut", ids) => {
                cluster.apart =
                    ids.iter().map(|id| id.parse()).collect::<std::result::Result<_, _>>()?;
            }
            ("heal", []) => cluster.apart.clear(),
            ("crash", [id]) => cluster.crash(id.parse()?),
            ("restart", [id]) => cluster.start(id.parse()?)?,
            (_, [id]) if let Some((_, timer)) = timer => cluster.fire(id.parse()?, *timer),
            (f, [id]) if stage.requests.contains(&f) => cluster.ask(id.parse()?, f, Value::Nil),
            (f, [id, text]) if stage.requests.contains(&f) => {
                cluster.ask(id.parse()?, f, Value::Text(text.clone()));
            }
            (f, [id, number, text]) if stage.requests.contains(&f) => {
                let pair = vec![Value::Int(number.parse()?), Value::Text(text.clone())];
                cluster.ask(id.parse()?, f, Value::List(pair));
            }
            (other, _) => return Err(format!("no such command: {other}").into()),
        }
        Ok(())
    }
}
