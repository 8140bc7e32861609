//! The table of what nodes told, line by line.

use super::columns::{Column, Rising};
use super::phrases::{Phrases, Texts};
use super::{micros, nearest};
use crate::execution::Traced;
use crate::report::{logs, text};
use chaos_node::{Nanos, Observation};
use serde::Serialize;

/// So many lines are kept: all that are rare, and of the others the nearest to the focus.
const MOST: usize = 40_000;
/// So many topics have names of their own.
const TOPICS: usize = 60;
/// The name of all others.
const OTHERS: &str = "other topics";

#[derive(Default, Serialize)]
pub(super) struct Logs {
    pub(super) rows: usize,
    time: Rising,
    node: Column,
    topic: Column,
    pub(super) text: Texts,
    topics: Vec<String>,
    /// How many lines have no row.
    pub(super) left_out: usize,
}

pub(super) fn pack(trace: &[Traced], nodes: u16, focus: Nanos, phrases: &mut Phrases) -> Logs {
    let known = trace.iter().filter(|traced| (1..=nodes).contains(&traced.node.0));
    let (often, rare): (Vec<_>, Vec<_>) = known.partition(|traced| is_often(&traced.observation));
    let mut kept = near(&rare, focus, MOST);
    kept.extend(near(&often, focus, MOST - kept.len()));
    kept.sort_by_key(|traced| traced.time);
    let left_out = rare.len() + often.len() - kept.len();
    let mut table = Logs { rows: kept.len(), left_out, ..Logs::default() };
    kept.into_iter().for_each(|traced| table.push(traced, phrases));
    table
}

fn near<'a>(lines: &[&'a Traced], focus: Nanos, room: usize) -> Vec<&'a Traced> {
    let place = lines.partition_point(|traced| traced.time <= focus);
    lines[nearest(lines.len(), place, room, |_| 1)].to_vec()
}

/// Whether a node tells this for every operation.
fn is_often(observation: &Observation) -> bool {
    use chaos_node::LeaseFact;
    matches!(
        observation,
        Observation::Appended { .. }
            | Observation::Applied { .. }
            | Observation::Committed { .. }
            | Observation::Lease(LeaseFact::Mutated { .. })
    )
}

impl Logs {
    fn push(&mut self, traced: &Traced, phrases: &mut Phrases) {
        let said = logs::said(&traced.observation);
        self.time.push(micros(traced.time));
        self.node.push(u64::from(traced.node.0));
        let topic = self.topic_of(&said.topic);
        self.topic.push(topic);
        self.text.push(phrases, &said.text, true);
    }

    fn topic_of(&mut self, topic: &str) -> u64 {
        let topic = text::shortened(&text::one_line(topic), 30).into_owned();
        let known = self.topics.iter().position(|known| *known == topic);
        let place = known.unwrap_or_else(|| {
            // Those that come too late have one name together.
            match self.topics.len() {
                0..TOPICS => self.topics.push(topic),
                TOPICS => self.topics.push(OTHERS.to_owned()),
                _ => {}
            }
            self.topics.len() - 1
        });
        place as u64
    }
}
