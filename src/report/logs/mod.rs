//! A run as lines for a terminal: a node a column, time at the left, faults across.
//!
//! After *dslogs*, the tool with which students of MIT 6.824 read the logs of their Raft. What
//! happened becomes a list of items in order of time (`items`); those that are wanted are laid out
//! in columns where there is room for them, else one below the other (`layout`). Nothing here
//! touches a terminal: an execution and a [`Look`] give lines, and always the same.
//!
//! Whatever a node or a client said is text: control characters are spelled out, and what is long
//! is cut.

mod items;
mod layout;
#[cfg(test)]
mod tests;

use super::{Run, text, words};
use chaos_node::{Nanos, NodeId};
pub(super) use items::said;
use items::{Item, Place};
use layout::Layout;

/// What is shown of a run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Only these topics; all but messages if there are none.
    pub topics: Vec<String>,
    /// Messages as well, where no topics are named.
    pub messages: bool,
    /// Not these topics.
    pub ignore: Vec<String>,
    /// Only these nodes; all if there are none. Clients and faults are always shown.
    pub nodes: Vec<NodeId>,
    /// Nothing before.
    pub from: Nanos,
    /// Nothing after.
    pub to: Nanos,
    /// How many characters a line has.
    pub width: usize,
    /// Whether there are colours; they carry no meaning of their own.
    pub colours: bool,
}

impl Default for Look {
    fn default() -> Look {
        Look {
            topics: Vec::new(),
            messages: false,
            ignore: Vec::new(),
            nodes: Vec::new(),
            from: Nanos::ZERO,
            to: Nanos::MAX,
            width: 120,
            colours: false,
        }
    }
}

/// The topics of messages, which are shown only where they are asked for: they are many.
const MESSAGES: [&str; 2] = ["send", "receive"];

impl Look {
    fn wants(&self, item: &Item) -> bool {
        let named = |topics: &[String]| topics.contains(&item.topic);
        let topic = match self.topics.is_empty() {
            true => self.messages || !MESSAGES.contains(&item.topic.as_str()),
            false => named(&self.topics),
        };
        let node = match item.place {
            Place::Node(node) => self.nodes.is_empty() || self.nodes.contains(&node),
            Place::Clients | Place::Across => true,
        };
        let time = (self.from..=self.to).contains(&item.time);
        let violation = item.topic == items::VIOLATION && time;
        violation || (topic && node && time && !named(&self.ignore))
    }
}

/// The lines of a run, without their ends. The last is the command that brings it back.
pub fn lines(run: &Run<'_>, look: &Look) -> Vec<String> {
    let (items, nodes) = items::items(run);
    let mut topics: Vec<&str> = items.iter().map(|item| item.topic.as_str()).collect();
    topics.sort_unstable();
    topics.dedup();
    let shown = nodes.filter(|node| look.nodes.is_empty() || look.nodes.contains(node)).collect();
    let mut layout = Layout::new(shown, look.width, look.colours);
    let mut lines = head(run, &topics);
    lines.extend(layout.head());
    for item in &items {
        layout.happens(item);
        if look.wants(item) {
            lines.extend(layout.show(item));
        }
    }
    lines.extend(foot(run, look));
    lines
}

fn head(run: &Run<'_>, topics: &[&str]) -> Vec<String> {
    let plan = run.plan;
    let mutant = plan.target.mutant.as_ref().map_or(String::new(), |m| format!(", mutant {m}"));
    let (workload, world) = (&plan.workload, run.world);
    let what = format!("{workload}{mutant}, seed {}, in {world}", plan.seed);
    let shown: Vec<String> = topics.iter().map(|topic| text::shortened(topic, 30).into()).collect();
    let topics = format!("topics: {}", shown.join(", "));
    [what, topics].iter().map(|line| text::one_line(line).into_owned()).collect()
}

fn foot(run: &Run<'_>, look: &Look) -> Vec<String> {
    let mut lines = Vec::new();
    // It has no times: in a part of the run it would be out of place.
    let whole = look.from == Nanos::ZERO && look.to == Nanos::MAX;
    let ignored = look.ignore.iter().any(|topic| topic == "stderr");
    let wanted = look.topics.is_empty() || look.topics.iter().any(|topic| topic == "stderr");
    for (id, node) in (1..).map(NodeId).zip(&run.execution.nodes) {
        let shown = look.nodes.is_empty() || look.nodes.contains(&id);
        if whole && wanted && !ignored && shown && !node.stderr.trim().is_empty() {
            let (tail, _) = text::tail(&node.stderr, 4096);
            lines.push(format!("stderr of {id}, its end:"));
            lines.extend(
                tail.lines()
                    .map(|line| format!("  {}", text::shortened(&text::one_line(line), 400))),
            );
        }
    }
    let left_out = run.execution.messages.as_ref().map_or(0, |messages| messages.left_out);
    if left_out > 0 {
        lines.push(format!(
            "{} were sent after the last one here",
            words::count(left_out, "message")
        ));
    }
    lines.push(text::one_line(run.replay).into_owned());
    lines
}
