//! What holds of events that come one by one, whether a history is made of them or they are judged
//! at once.

use super::{Dishonest, Event, EventType, Nanos, Operation, Outcome, Text, Value};

/// Time and index only grow.
#[derive(Debug, Default)]
pub(crate) struct Order {
    last: Option<(u64, Nanos)>,
}

impl Order {
    /// Refuses an event that cannot come behind the last one.
    pub(crate) fn check(&mut self, event: &Event) -> Result<(), Dishonest> {
        if let Some((index, time)) = self.last {
            if event.time < time {
                return Err(Dishonest::TimeBackwards { before: time, now: event.time });
            }
            if event.index <= index {
                return Err(Dishonest::IndexBackwards { before: index, now: event.index });
            }
        }
        self.last = Some((event.index, event.time));
        Ok(())
    }
}

/// One shared copy of each of the few names that a history repeats.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<Text>);

impl Names {
    /// The name, shared with the operations that have it too.
    pub(crate) fn share(&mut self, f: &str) -> Text {
        const REMEMBERED: usize = 16;
        if let Some(name) = self.0.iter().find(|name| name.as_str() == f) {
            return name.clone();
        }
        let name = Text::from(f);
        if self.0.len() < REMEMBERED {
            self.0.push(name.clone());
        }
        name
    }
}

impl Operation {
    /// What this invocation, the history's event `index`, begins: nobody knows yet what becomes of
    /// it.
    pub(crate) fn invoked(event: Event, f: Text, index: u64) -> Operation {
        Operation {
            process: event.process,
            f,
            key: event.key,
            input: event.value,
            output: Value::Nil,
            outcome: Outcome::Info,
            call: event.time,
            ret: None,
            invoke_index: index,
            complete_index: None,
        }
    }

    /// Refuses a completion of another operation than this.
    pub(crate) fn check_same(&self, event: &Event) -> Result<(), Dishonest> {
        let process = event.process;
        if self.f.as_str() != event.f {
            let open = self.f.to_string();
            return Err(Dishonest::OtherOperation { process, open, f: event.f.clone() });
        }
        if event.key.is_some() && event.key != self.key {
            return Err(Dishonest::OtherKey { process, f: event.f.clone() });
        }
        Ok(())
    }

    /// Takes in what its completion, the history's event `index`, says.
    pub(crate) fn complete(&mut self, event: Event, index: u64) {
        self.complete_index = Some(index);
        match event.kind {
            EventType::Ok => {
                (self.outcome, self.output) = (Outcome::Ok, event.value);
                self.ret = Some(event.time);
            }
            EventType::Fail => {
                self.outcome = Outcome::Fail;
                self.ret = Some(event.time);
            }
            EventType::Info | EventType::Invoke => {}
        }
    }
}
