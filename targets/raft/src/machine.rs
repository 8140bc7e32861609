//! The replicated state machine: a key/value store that does every command once.
//!
//! A client that hears nothing sends its command again, so that a log may hold a command twice.
//! Each client therefore has a *session* and numbers its commands; the state machine keeps each
//! session's last number with the answer, and answers a repeated command from there instead of
//! doing it again (thesis §6.3). The sessions are part of the state: every replica has the same,
//! and a snapshot holds them.
//!
//! A session is made by its first command. Where too many have been made, those that were silent
//! for long are forgotten, on every replica at the same entry.

use crate::kv;
use chaos_node::{DecodeError, Reply, Request, Value, decode, encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many sessions are remembered.
const MAX_SESSIONS: usize = 1 << 16;

/// The state that all replicas share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    data: BTreeMap<Value, Value>,
    sessions: BTreeMap<u64, Session>,
    /// Commands done so far: the clock by which sessions grow old.
    done: u64,
}

/// What is known of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    sequence: u64,
    reply: Reply,
    used: u64,
}

impl Machine {
    /// What the key holds.
    pub(crate) fn get(&self, key: &Value) -> Value {
        self.data.get(key).cloned().unwrap_or_default()
    }

    /// Does a command, once: again gives the answer again.
    pub(crate) fn apply(&mut self, request: Request) -> Reply {
        if let Some(reply) = self.answered(&request) {
            return reply;
        }
        self.apply_again(request)
    }

    /// Does a command, whether it was done before or not.
    pub(crate) fn apply_again(&mut self, request: Request) -> Reply {
        let Request { session, sequence, op } = request;
        let reply = kv::apply(&mut self.data, op);
        self.done += 1;
        let used = self.done;
        self.sessions.insert(session, Session { sequence, reply: reply.clone(), used });
        self.forget_the_oldest();
        reply
    }

    /// The answer to a command that was done before.
    pub(crate) fn answered(&self, request: &Request) -> Option<Reply> {
        let session = self.sessions.get(&request.session)?;
        if request.sequence == session.sequence {
            return Some(session.reply.clone());
        }
        let later = || format!("this session has got to {} already", session.sequence);
        (request.sequence < session.sequence).then(|| Reply::Info(later()))
    }

    /// The answer to a session's last command, whichever that was.
    pub(crate) fn last_answer(&self, session: u64) -> Option<Reply> {
        self.sessions.get(&session).map(|session| session.reply.clone())
    }

    /// The state as bytes.
    pub(crate) fn image(&self) -> Vec<u8> {
        encode(self)
    }

    /// The state without its sessions, as bytes.
    pub(crate) fn image_without_sessions(&self) -> Vec<u8> {
        let data = self.data.clone();
        encode(&Machine { data, sessions: BTreeMap::new(), done: self.done })
    }

    /// The state in such bytes.
    pub(crate) fn from_image(bytes: &[u8]) -> Result<Machine, DecodeError> {
        decode(bytes)
    }

    fn forget_the_oldest(&mut self) {
        if self.sessions.len() > MAX_SESSIONS {
            let oldest_kept = self.done - MAX_SESSIONS as u64 / 2;
            self.sessions.retain(|_, session| session.used > oldest_kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Machine;
    use chaos_node::{Op, Reply, Request, Value};

    fn append(session: u64, sequence: u64, text: &str) -> Request {
        let op = Op { f: "append".to_owned(), key: Value::from("k"), value: Value::from(text) };
        Request { session, sequence, op }
    }

    #[test]
    fn a_repeated_command_is_answered_and_not_done() {
        let mut machine = Machine::default();
        machine.apply(append(1, 1, "a"));
        machine.apply(append(2, 1, "b"));
        assert_eq!(machine.apply(append(1, 1, "a")), Reply::Ok(Value::Nil));
        assert_eq!(machine.get(&Value::from("k")), Value::from("ab"));
    }

    #[test]
    fn what_an_older_command_answered_is_not_known_any_more() {
        let mut machine = Machine::default();
        machine.apply(append(1, 1, "a"));
        machine.apply(append(1, 2, "b"));
        assert!(matches!(machine.apply(append(1, 1, "a")), Reply::Info(_)));
        assert_eq!(machine.get(&Value::from("k")), Value::from("ab"));
    }

    #[test]
    fn an_image_holds_data_and_sessions() {
        let mut machine = Machine::default();
        machine.apply(append(1, 1, "a"));
        let mut copy = Machine::from_image(&machine.image()).unwrap();
        assert_eq!(copy, machine);
        copy.apply(append(1, 1, "a"));
        assert_eq!(copy, machine);
        assert!(Machine::from_image(b"\xff\xff").is_err());
    }
}
