//! Items as lines: in columns where there is room for them, else one below the other.

use super::items::{Item, Place, State, Tone};
use chaos_node::{Nanos, NodeId};
use std::collections::BTreeMap;

/// What the time takes: seconds to the microsecond, and a space.
const TIME: usize = 11;
/// A column narrower than this is no pleasure to read.
const NARROWEST: usize = 15;
/// An item takes at most so many lines.
const MOST_LINES: usize = 8;

/// How items become lines, and what each node is at the moment.
pub(super) struct Layout {
    nodes: Vec<NodeId>,
    /// How wide a column is, with the sign before it; none where there are no columns.
    column: Option<usize>,
    width: usize,
    colours: bool,
    states: BTreeMap<NodeId, (State, State)>,
}

impl Layout {
    pub(super) fn new(nodes: Vec<NodeId>, width: usize, colours: bool) -> Layout {
        let width = width.clamp(40, 1000);
        let column = (width - TIME) / (nodes.len() + 1);
        let column = (column > NARROWEST + 1).then_some(column);
        Layout { nodes, column, width, colours, states: BTreeMap::new() }
    }

    /// What the signs mean, and whose column is whose.
    pub(super) fn head(&self) -> Vec<String> {
        let signs = "│ follows  ┆ candidate  ┃ leads  ╳ dead  ‖ paused".to_owned();
        let Some(column) = self.column else { return vec![signs, String::new()] };
        let mut names = format!("{:TIME$}", "time, s");
        for node in &self.nodes {
            names += &padded(&format!(" {node}"), column);
        }
        names += " clients";
        vec![signs, String::new(), names]
    }

    /// Takes note of what the item does to a node, shown or not.
    pub(super) fn happens(&mut self, item: &Item) {
        let Some((nodes, state)) = &item.change else { return };
        for node in nodes {
            let (now, before) =
                self.states.get(node).copied().unwrap_or((State::Follower, State::Follower));
            let next = match state {
                State::Resumed => (before, before),
                State::Paused => (State::Paused, now),
                other => (*other, *other),
            };
            self.states.insert(*node, next);
        }
    }

    pub(super) fn show(&self, item: &Item) -> Vec<String> {
        match (item.place, self.column) {
            (Place::Across, _) => self.across(item),
            (place, Some(column)) => match self.place(place) {
                Some(place) => self.columns(item, place, column),
                None => Vec::new(),
            },
            (place, None) => self.below(item, place),
        }
    }

    fn place(&self, place: Place) -> Option<usize> {
        match place {
            Place::Node(node) => self.nodes.iter().position(|known| *known == node),
            Place::Clients | Place::Across => Some(self.nodes.len()),
        }
    }

    /// From edge to edge.
    fn across(&self, item: &Item) -> Vec<String> {
        let room = self.width - TIME;
        let fill = if item.tone == Tone::Bad { ' ' } else { '─' };
        let line = |(number, part): (usize, String)| {
            let time = if number == 0 { stamp(item.time) } else { " ".repeat(TIME) };
            let dashes = room.saturating_sub(part.chars().count() + 4);
            let band = format!("{fill}{fill} {part} {}", fill.to_string().repeat(dashes));
            format!("{time}{}", self.painted(item.tone, band.trim_end()))
        };
        wrapped(&item.text, room - 4).into_iter().enumerate().map(line).collect()
    }

    fn columns(&self, item: &Item, place: usize, column: usize) -> Vec<String> {
        let last = place == self.nodes.len();
        let room = if last { self.width - TIME - column * place - 1 } else { column - 2 };
        let line = |(number, part): (usize, String)| {
            let mut line = if number == 0 { stamp(item.time) } else { " ".repeat(TIME) };
            for (other, node) in self.nodes.iter().enumerate() {
                line.push(self.sign(*node));
                if other == place {
                    line += &self.painted(item.tone, &part);
                    line += &" ".repeat((column - 1).saturating_sub(part.chars().count()));
                } else {
                    line += &" ".repeat(column - 1);
                }
            }
            if last {
                line.push(' ');
                line += &self.painted(item.tone, &part);
            }
            line.trim_end().to_owned()
        };
        wrapped(&item.text, room).into_iter().enumerate().map(line).collect()
    }

    fn below(&self, item: &Item, place: Place) -> Vec<String> {
        let who = match place {
            Place::Node(node) => format!("{} {node}", self.sign(node)),
            Place::Clients | Place::Across => "  --".to_owned(),
        };
        let who = padded(&who, 5);
        let line = |(number, part): (usize, String)| {
            let part = self.painted(item.tone, &part);
            match number {
                0 => format!("{}{who} {part}", stamp(item.time)),
                _ => format!("{}{part}", " ".repeat(TIME + 8)),
            }
        };
        wrapped(&item.text, self.width - TIME - 8).into_iter().enumerate().map(line).collect()
    }

    fn sign(&self, node: NodeId) -> char {
        match self.states.get(&node).map(|(now, _)| *now) {
            Some(State::Leader) => '┃',
            Some(State::Candidate) => '┆',
            Some(State::Dead) => '╳',
            Some(State::Paused) => '‖',
            Some(State::Follower | State::Resumed) | None => '│',
        }
    }

    fn painted(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Doubtful => "33",
            Tone::Bad => "1;31",
            Tone::Fault => "35",
        };
        match self.colours {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

fn stamp(time: Nanos) -> String {
    padded(&format!("{:.6}", time.as_secs_f64()), TIME)
}

fn padded(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

/// The text in parts of at most so many characters, broken between words where there are any; what
/// would take too many lines is cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let used = parts.last().map_or(0, |part| part.chars().count());
        if used > 0 && used + 1 + word.len() <= width {
            let part = parts.last_mut().expect("there is always one");
            part.push(' ');
            part.extend(word);
            continue;
        }
        if used > 0 {
            parts.push(String::new());
        }
        while word.len() > width {
            let rest = word.split_off(width);
            *parts.last_mut().expect("there is always one") = word.into_iter().collect();
            parts.push(String::new());
            word = rest;
        }
        parts.last_mut().expect("there is always one").extend(word);
    }
    if parts.len() > MOST_LINES {
        parts.truncate(MOST_LINES);
        let last = parts.last_mut().expect("there are several");
        *last = last.chars().take(width - 1).chain(['…']).collect();
    }
    parts
}
