//! A shadow master (paper §5.1.3): it answers where the master may be down, and decides nothing.
//!
//! It follows the master's operation log and applies the same records in the same order; what
//! chunkservers have it hears from themselves. So it shows a state that was, *as of* some record; it
//! may lag. How far at most it knows: when it asked for the records that it last was given, all that
//! were durable by then are among them. It tells both with each answer. The paper's shadow reads a
//! replica of the log; this one asks the master, keeps nothing on its disk, and begins anew with the
//! whole state.

use super::Master;
use crate::message::{Answer, AsOf, Ask, Message, Stamp};
use crate::mutant::Mutant;
use crate::node::{MASTER, Out};
use crate::settings::Settings;
use chaos_node::{Nanos, NodeId};

/// A shadow master.
#[derive(Debug)]
pub(crate) struct Shadow {
    /// What it knows, as a master that never decides.
    state: Master,
    /// The last record that it has.
    position: u64,
    /// When, by its own clock, it asked for what it has; nothing before it has anything.
    asked: Option<Nanos>,
}

impl Shadow {
    pub(crate) fn new(settings: Settings) -> Shadow {
        Shadow { state: Master::new(settings), position: 0, asked: None }
    }

    pub(crate) fn hear(&mut self, out: &mut Out<'_, '_>, from: NodeId, message: Message) {
        match message {
            Message::Ask { job, ask } => {
                if let Some((as_of, answer)) = self.answer(out.now(), &ask) {
                    out.send(from, Message::Shadowed { job, as_of, answer });
                }
            }
            Message::Heartbeat { stamp, reports } => {
                self.state.note(out.now(), from, stamp, &reports);
            }
            Message::Log { stamp, after, records } => {
                let gap = after > self.position && !self.has(Mutant::ShadowSkipsRecord);
                if !gap {
                    for (number, record) in (after + 1..).zip(&records) {
                        if number > self.position {
                            self.state.log.namespace.apply(record);
                            self.position = number;
                        }
                    }
                    self.is_as_of(out, stamp);
                }
            }
            Message::Image { stamp, last, namespace } => {
                if last >= self.position {
                    (self.position, self.state.log.namespace) = (last, namespace);
                }
                self.is_as_of(out, Some(stamp));
            }
            _ => out.ctx.note("message", format!("{from} took this node for another")),
        }
    }

    fn has(&self, mutant: Mutant) -> bool {
        self.state.settings.has(mutant)
    }

    /// It has all that was durable when it asked with this stamp.
    fn is_as_of(&mut self, out: &Out<'_, '_>, stamp: Option<Stamp>) {
        if let Some(stamp) = stamp.filter(|stamp| stamp.boot == out.boot) {
            self.asked = self.asked.max(Some(stamp.clock));
        }
    }

    /// Where files are, once it knows anything.
    fn answer(&self, now: Nanos, ask: &Ask) -> Option<(AsOf, Answer)> {
        let lag = now.saturating_sub(self.asked?);
        let age = match self.has(Mutant::ShadowHidesAge) {
            true => Nanos::ZERO,
            false => self.state.settings.at_most(lag),
        };
        let answer = match ask {
            Ask::Stat { path } => Answer::File(self.state.number(path)),
            Ask::Locate { path } => self.state.places(now, path),
            _ => return None,
        };
        Some((AsOf { position: self.position, age }, answer))
    }

    /// Asks for what is new.
    pub(crate) fn retry(&mut self, out: &mut Out<'_, '_>) {
        let stamp = Stamp { boot: out.boot, clock: out.now() };
        out.send(MASTER, Message::Follow { stamp, after: self.position });
    }
}
