//! What the leader keeps and all others have a copy of: the locks, and what was answered to whom.

use chaos_node::{Reply, Request, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many sessions are remembered; of more, those that were silent longest are forgotten.
const SESSIONS: usize = 64;

/// The table. Of two, the one of the later epoch is newer, or of the later version within it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// The epoch whose leader wrote it.
    pub(crate) epoch: u64,
    /// How often that leader has written it.
    pub(crate) version: u64,
    /// The last token given.
    token: i64,
    /// The token of each lock that is held.
    held: BTreeMap<String, i64>,
    sessions: BTreeMap<u64, Answered>,
}

/// The last operation of a session that changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answered {
    sequence: u64,
    token: Option<i64>,
    /// When, for the oldest to be forgotten: the number of changes before.
    turn: u64,
}

/// What a client can ask of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Acquire,
    Release,
    Holder,
}

impl Table {
    /// Whether it is newer than the other, or the same.
    pub(crate) fn is_at_least(&self, other: &Table) -> bool {
        (self.epoch, self.version) >= (other.epoch, other.version)
    }

    /// Does what is asked, once however often it is asked.
    pub(crate) fn apply(&mut self, function: Function, request: &Request) -> Reply {
        let Some(key) = request.op.key.as_text() else {
            return Reply::Fail("the key of a lock is a text".to_owned());
        };
        match self.sessions.get(&request.session) {
            Some(last) if last.sequence == request.sequence => return answer(last.token),
            Some(last) if last.sequence > request.sequence => {
                return Reply::Info("the session has gone on since".to_owned());
            }
            Some(_) | None => {}
        }
        let token = self.held.get(key).copied();
        match (function, token) {
            (Function::Holder, token) => answer(token),
            (Function::Acquire, None) => {
                self.token += 1;
                self.held.insert(key.to_owned(), self.token);
                self.remember(request, Some(self.token))
            }
            (Function::Acquire, Some(token)) => Reply::Fail(format!("held with token {token}")),
            (Function::Release, Some(_)) => {
                self.held.remove(key);
                self.remember(request, None)
            }
            (Function::Release, None) => Reply::Fail("not held".to_owned()),
        }
    }

    fn remember(&mut self, request: &Request, token: Option<i64>) -> Reply {
        let turn = self.sessions.values().map(|last| last.turn + 1).max().unwrap_or(0);
        let last = Answered { sequence: request.sequence, token, turn };
        self.sessions.insert(request.session, last);
        if self.sessions.len() > SESSIONS {
            let oldest = self.sessions.iter().min_by_key(|(_, last)| last.turn);
            if let Some(session) = oldest.map(|(session, _)| *session) {
                self.sessions.remove(&session);
            }
        }
        answer(token)
    }
}

fn answer(token: Option<i64>) -> Reply {
    Reply::Ok(token.map_or(Value::Nil, Value::Int))
}

#[cfg(test)]
mod tests {
    use super::{Function, SESSIONS, Table};
    use chaos_node::{Op, Reply, Request, Value};

    fn request(session: u64, sequence: u64) -> Request {
        let op = Op { f: String::new(), key: "x".into(), value: Value::Nil };
        Request { session, sequence, op }
    }

    #[test]
    fn a_lock_is_held_once_and_its_tokens_grow() {
        let mut table = Table::default();
        let mut ask = |f, session| table.apply(f, &request(session, 1));
        assert_eq!(ask(Function::Acquire, 1), Reply::Ok(Value::Int(1)));
        assert!(matches!(ask(Function::Acquire, 2), Reply::Fail(_)));
        assert_eq!(ask(Function::Holder, 3), Reply::Ok(Value::Int(1)));
        assert_eq!(ask(Function::Release, 4), Reply::Ok(Value::Nil));
        assert!(matches!(ask(Function::Release, 5), Reply::Fail(_)));
        assert_eq!(ask(Function::Acquire, 6), Reply::Ok(Value::Int(2)));
    }

    #[test]
    fn a_retry_changes_nothing_and_gets_the_same_answer() {
        let mut table = Table::default();
        let first = table.apply(Function::Acquire, &request(1, 1));
        table.apply(Function::Release, &request(2, 1));
        assert_eq!(table.apply(Function::Acquire, &request(1, 1)), first);
        assert_eq!(table.apply(Function::Holder, &request(3, 1)), Reply::Ok(Value::Nil));
    }

    #[test]
    fn the_oldest_sessions_are_forgotten() {
        let mut table = Table::default();
        for session in 0..SESSIONS as u64 {
            let f = [Function::Acquire, Function::Release][session as usize % 2];
            table.apply(f, &request(session, 1));
        }
        table.apply(Function::Acquire, &request(900, 1));
        assert_eq!(table.sessions.len(), SESSIONS);
        assert!(!table.sessions.contains_key(&0));
    }
}
