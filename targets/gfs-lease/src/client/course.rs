//! From the stage of an operation to the next, by what nodes answer.

use super::content::number;
use super::{Pending, Stage};
use crate::message::{Answer, Ask, Lead, Message, Outcome, Spot};
use crate::mutant::Mutant;
use crate::settings::Settings;
use chaos_node::{NodeId, Reply, Value};
use std::collections::BTreeMap;

/// How an operation goes on.
pub(super) enum Next {
    Stay(Stage),
    Go(Stage),
    Reply(Reply),
}

impl Pending {
    /// What the next part changes: a file's end, or one of its chunks.
    pub(super) fn place(&self) -> Option<(String, Option<u64>)> {
        let part = self.parts.get(self.done)?;
        Some((self.path.clone(), part.at.map(|(index, _)| index)))
    }

    pub(super) fn lead(&self, full: Option<(u64, u64)>) -> Ask {
        let at = self.parts.get(self.done).and_then(|part| part.at);
        let spot = at.map_or(Spot::End { full }, |(index, _)| Spot::Index(index));
        Ask::Lead { path: self.path.clone(), spot }
    }

    pub(super) fn after(
        &mut self,
        settings: &Settings,
        stage: Stage,
        from: NodeId,
        message: Message,
    ) -> Next {
        match (stage, message) {
            (Stage::Asks(ask), Message::Answer { answer, .. }) => {
                self.answered(settings, ask, answer)
            }
            (Stage::Asks(ask), Message::Shadowed { as_of, answer, .. }) => {
                self.as_of = Some(as_of);
                self.answered(settings, ask, answer)
            }
            (Stage::Pushes { lead, mut waits_for }, Message::Pushed { .. }) => {
                waits_for.remove(&from);
                self.tried |= waits_for.is_empty();
                match waits_for.is_empty() {
                    true => Next::Go(Stage::Mutates(lead)),
                    false => Next::Stay(Stage::Pushes { lead, waits_for }),
                }
            }
            (Stage::Mutates(lead), Message::Mutated { chunk, version, outcome, .. })
                if (chunk, version) == (lead.chunk, lead.version) =>
            {
                self.mutated(settings, &lead, outcome)
            }
            (
                Stage::Reads { file, copy, places, mut got },
                Message::Content { chunk, bytes, .. },
            ) => {
                if places.iter().any(|place| place.chunk == chunk) {
                    got.insert(chunk, bytes);
                }
                match got.len() == places.len() {
                    true => Next::Reply(self.form.reply(settings, file, copy, &places, &got)),
                    false => Next::Stay(Stage::Reads { file, copy, places, got }),
                }
            }
            (stage, _) => Next::Stay(stage),
        }
    }

    fn answered(&mut self, settings: &Settings, ask: Ask, answer: Answer) -> Next {
        let reply = |value| Next::Reply(Reply::Ok(value));
        match (&ask, answer) {
            (Ask::Create { .. }, Answer::Created(file)) => {
                reply(file.map_or(Value::Bool(false), number))
            }
            (Ask::Delete { .. }, Answer::Deleted(was)) => reply(Value::Bool(was)),
            (Ask::Rename { .. }, Answer::Renamed(was)) => reply(Value::Bool(was)),
            (Ask::Stat { .. }, Answer::File(file)) => reply(file.map_or(Value::Nil, number)),
            (Ask::Snapshot { .. }, Answer::Snapshot(snapshot)) => reply(number(snapshot)),
            (Ask::Locate { .. }, Answer::File(None)) => reply(Value::Nil),
            (Ask::Locate { .. }, Answer::NotIn(snapshot)) => {
                reply(Value::List(vec![number(snapshot), Value::Nil]))
            }
            (Ask::Locate { .. }, Answer::Places { file, copy, places }) if places.is_empty() => {
                Next::Reply(self.form.reply(settings, file, copy, &places, &BTreeMap::new()))
            }
            (Ask::Locate { .. }, Answer::Places { file, copy, places }) => {
                Next::Go(Stage::Reads { file, copy, places, got: BTreeMap::new() })
            }
            (Ask::Lead { .. }, Answer::File(None)) if !self.tried => {
                Next::Reply(Reply::Fail("no such file".to_owned()))
            }
            // Some may have been written to the file that is gone.
            (Ask::Lead { .. }, Answer::File(None)) => {
                Next::Reply(Reply::Info("the file was deleted".to_owned()))
            }
            (Ask::Lead { .. }, Answer::Lead(lead)) => {
                if self.file.is_some_and(|file| file != lead.file) {
                    (self.done, self.file) = (0, None);
                    return Next::Go(Stage::Asks(self.lead(None)));
                }
                Next::Go(pushes(lead))
            }
            _ => Next::Stay(Stage::Asks(ask)),
        }
    }

    fn mutated(&mut self, settings: &Settings, lead: &Lead, outcome: Outcome) -> Next {
        match outcome {
            Outcome::At(offset) => {
                self.done += 1;
                self.file = Some(lead.file);
                match self.parts.len() > self.done && !settings.has(Mutant::HalfWriteAcked) {
                    true => Next::Go(Stage::Asks(self.lead(None))),
                    false => Next::Reply(Reply::Ok(self.written(lead, offset))),
                }
            }
            Outcome::Full => Next::Go(Stage::Asks(self.lead(Some((lead.file, lead.index))))),
            Outcome::Refused => Next::Stay(Stage::Asks(self.lead(None))),
        }
    }

    /// Of a record the file and where it went; of a write the file.
    fn written(&self, lead: &Lead, offset: u64) -> Value {
        match self.parts.first().and_then(|part| part.at) {
            Some(_) => number(lead.file),
            None => Value::List([lead.file, lead.index, offset].map(number).to_vec()),
        }
    }
}

pub(super) fn pushes(lead: Lead) -> Stage {
    let waits_for = lead.replicas.iter().copied().collect();
    Stage::Pushes { lead, waits_for }
}
