//! A client's session with a cluster, without its sockets.
//!
//! An operation is tried at one node after the other until one of them answers or the operation's
//! time is over. A retry keeps its session and sequence number, by which the target knows it again
//! and does it at most once.
//!
//! What matters is to be honest about the outcome. An attempt whose request may have left and whose
//! answer never came leaves *doubt*: the operation may have happened, or may yet. With doubt, no
//! later refusal makes the outcome a definite `fail`; it is `info`.

use crate::workload::plan::{PlannedOperation, Timeouts};
use chaos_checker::EventType;
use chaos_node::{Nanos, NodeId, Op, Reply, Request, Rng, Value};
use std::fmt;

/// How long a client waits before it asks again after a node that could not help.
const BACK_OFF: std::ops::RangeInclusive<Nanos> = Nanos::from_millis(10)..=Nanos::from_millis(40);

/// What a session wants done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Todo {
    /// Send this to the node, and tell what came of it: [`Session::answered`] with its answer,
    /// [`Session::broken`] if it cannot be reached, [`Session::elapsed`] if nothing came by `until`.
    Send {
        /// Whom to ask.
        node: NodeId,
        /// What.
        request: Request,
        /// How long to wait for the answer.
        until: Nanos,
    },
    /// Call [`Session::elapsed`] at this time.
    Wait {
        /// When.
        until: Nanos,
    },
    /// The operation is over.
    Done(Completion),
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// `Ok`, `Fail` or `Info`.
    pub kind: EventType,
    /// The result, if it is `Ok`.
    pub value: Value,
    /// Why it did not end well, if so.
    pub error: Option<String>,
    /// Who was asked last.
    pub node: NodeId,
}

/// A client's session.
#[derive(Debug)]
pub struct Session {
    id: u64,
    nodes: u16,
    timeouts: Timeouts,
    rng: Rng,
    sequence: u64,
    /// The node to ask next.
    node: NodeId,
    operation: Option<Operation>,
}

#[derive(Debug)]
struct Operation {
    op: Op,
    deadline: Nanos,
    /// Whether no other node is asked.
    stays: bool,
    /// Whether it is not tried again once a node may have begun it.
    once: bool,
    /// Whether an attempt is under way, and not only a wait.
    asked: bool,
    doubt: bool,
    setback: Setback,
}

/// What came of the last attempt. It becomes words only if it is the last.
#[derive(Debug)]
enum Setback {
    /// There was none yet.
    NotAsked,
    Redirect(NodeId, NodeId),
    NoLeader(NodeId),
    NoConnection(NodeId),
    NoAnswer(NodeId),
    /// The node said so itself.
    Said(String),
}

impl fmt::Display for Setback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setback::NotAsked => write!(f, "nobody was asked"),
            Setback::Redirect(from, to) => write!(f, "{from} redirects to {to}"),
            Setback::NoLeader(node) => write!(f, "{node} knows no leader"),
            Setback::NoConnection(node) => write!(f, "no connection to {node}"),
            Setback::NoAnswer(node) => write!(f, "no answer from {node}"),
            Setback::Said(reason) => write!(f, "{reason}"),
        }
    }
}

impl Session {
    /// A new session; `id` must be new in its run.
    pub fn new(id: u64, nodes: u16, timeouts: Timeouts, mut rng: Rng) -> Session {
        let node = NodeId(rng.within(1..=u64::from(nodes)) as u16);
        Session { id, nodes, timeouts, rng, sequence: 0, node, operation: None }
    }

    /// Starts an operation.
    ///
    /// # Panics
    /// If the one before is not over.
    pub fn begin(&mut self, now: Nanos, planned: &PlannedOperation) -> Todo {
        assert!(self.operation.is_none(), "a session does one operation at a time");
        self.sequence += 1;
        self.node = planned.first.unwrap_or(self.node);
        self.operation = Some(Operation {
            op: planned.op.clone(),
            deadline: now + self.timeouts.operation,
            stays: planned.stays,
            once: planned.once,
            asked: false,
            doubt: false,
            setback: Setback::NotAsked,
        });
        self.attempt(now)
    }

    /// The node answered the attempt that is under way.
    pub fn answered(&mut self, now: Nanos, reply: Reply) -> Todo {
        match reply {
            Reply::Ok(value) => self.done(EventType::Ok, value, None),
            Reply::Fail(reason) if !self.current().doubt => {
                self.done(EventType::Fail, Value::Nil, Some(reason))
            }
            Reply::Fail(reason) => self.done(EventType::Info, Value::Nil, Some(reason)),
            Reply::Info(reason) => {
                self.current().doubt = true;
                self.elsewhere(now, Setback::Said(reason))
            }
            Reply::Redirect(Some(node))
                if node != self.node && self.knows(node) && !self.current().stays =>
            {
                self.current().setback = Setback::Redirect(self.node, node);
                self.node = node;
                self.soon(now)
            }
            Reply::Redirect(_) => self.elsewhere(now, Setback::NoLeader(self.node)),
        }
    }

    /// The node could not be reached, or the connection to it broke. `sent` tells whether the
    /// request may have reached it.
    pub fn broken(&mut self, now: Nanos, sent: bool) -> Todo {
        self.current().doubt |= sent;
        self.elsewhere(now, Setback::NoConnection(self.node))
    }

    /// The time that was waited for has come.
    pub fn elapsed(&mut self, now: Nanos) -> Todo {
        let operation = self.current();
        if !operation.asked {
            return self.attempt(now);
        }
        operation.doubt = true;
        let setback = Setback::NoAnswer(self.node);
        self.advance();
        self.current().setback = setback;
        self.attempt(now)
    }

    fn current(&mut self) -> &mut Operation {
        self.operation.as_mut().expect("an operation is under way")
    }

    fn knows(&self, node: NodeId) -> bool {
        (1..=self.nodes).contains(&node.0)
    }

    fn attempt(&mut self, now: Nanos) -> Todo {
        let (id, sequence, attempt) = (self.id, self.sequence, self.timeouts.attempt);
        let operation = self.current();
        if now >= operation.deadline || (operation.once && operation.doubt) {
            return self.give_up();
        }
        operation.asked = true;
        let until = (now + attempt).min(operation.deadline);
        let request = Request { session: id, sequence, op: operation.op.clone() };
        Todo::Send { node: self.node, request, until }
    }

    /// Asks the next node, after a short while.
    fn elsewhere(&mut self, now: Nanos, setback: Setback) -> Todo {
        self.current().setback = setback;
        self.advance();
        let wait = self.rng.time(BACK_OFF);
        self.wait(now + wait)
    }

    /// Follows a redirect: at once, but for a moment in case two nodes point at each other.
    fn soon(&mut self, now: Nanos) -> Todo {
        self.wait(now + Nanos::from_millis(1))
    }

    fn wait(&mut self, until: Nanos) -> Todo {
        let operation = self.current();
        operation.asked = false;
        Todo::Wait { until: until.min(operation.deadline) }
    }

    fn advance(&mut self) {
        if self.current().stays {
            return;
        }
        self.node = NodeId(self.node.0 % self.nodes + 1);
    }

    fn give_up(&mut self) -> Todo {
        let operation = self.current();
        let kind = if operation.doubt { EventType::Info } else { EventType::Fail };
        let why = if operation.once { "tried once" } else { "timed out" };
        let error = format!("{why}: {}", operation.setback);
        self.done(kind, Value::Nil, Some(error))
    }

    fn done(&mut self, kind: EventType, value: Value, error: Option<String>) -> Todo {
        self.operation = None;
        Todo::Done(Completion { kind, value, error, node: self.node })
    }
}

#[cfg(test)]
mod tests {
    use super::{Session, Todo};
    use crate::workload::plan::{PlannedOperation, Timeouts};
    use chaos_checker::EventType;
    use chaos_node::{Nanos, NodeId, Op, Reply, Rng, Value};

    const MS: fn(u64) -> Nanos = Nanos::from_millis;

    fn session() -> (Session, Todo) {
        let timeouts = Timeouts { attempt: MS(100), operation: MS(250) };
        let mut session = Session::new(7, 3, timeouts, Rng::new(1));
        let op = Op { f: "get".into(), key: "x".into(), value: Value::Nil };
        let planned =
            PlannedOperation { at: MS(0), op, first: Some(NodeId(3)), stays: false, once: false };
        let todo = session.begin(MS(0), &planned);
        (session, todo)
    }

    fn end(todo: Todo) -> EventType {
        match todo {
            Todo::Done(completion) => completion.kind,
            other => panic!("not over: {other:?}"),
        }
    }

    fn asked(todo: &Todo) -> (NodeId, u64) {
        match todo {
            Todo::Send { node, request, .. } => (*node, request.sequence),
            other => panic!("nobody is asked: {other:?}"),
        }
    }

    #[test]
    fn an_answer_ends_it() {
        let (mut session, todo) = session();
        assert_eq!(asked(&todo), (NodeId(3), 1));
        assert_eq!(end(session.answered(MS(1), Reply::Ok(Value::Int(1)))), EventType::Ok);
    }

    #[test]
    fn a_retry_keeps_its_number_and_asks_another() {
        let (mut session, _) = session();
        let todo = session.elapsed(MS(100));
        assert_eq!(asked(&todo), (NodeId(1), 1));
    }

    #[test]
    fn what_may_have_begun_is_not_tried_again_where_once_is_enough() {
        let timeouts = Timeouts { attempt: MS(100), operation: MS(250) };
        let mut session = Session::new(7, 3, timeouts, Rng::new(1));
        let op = Op { f: "write".into(), key: "x".into(), value: Value::Nil };
        let first = Some(NodeId(3));
        let planned = PlannedOperation { at: MS(0), op, first, stays: false, once: true };
        session.begin(MS(0), &planned);
        session.broken(MS(1), false);
        assert_eq!(asked(&session.elapsed(MS(40))), (NodeId(1), 1));
        assert_eq!(end(session.elapsed(MS(140))), EventType::Info);
    }

    #[test]
    fn silence_until_the_end_is_info() {
        let (mut session, _) = session();
        session.elapsed(MS(100));
        session.elapsed(MS(200));
        assert_eq!(end(session.elapsed(MS(250))), EventType::Info);
    }

    #[test]
    fn refusals_until_the_end_are_a_definite_fail() {
        let (mut session, _) = session();
        session.answered(MS(1), Reply::Redirect(None));
        session.elapsed(MS(40));
        session.broken(MS(60), false);
        assert_eq!(end(session.elapsed(MS(250))), EventType::Fail);
    }

    #[test]
    fn after_doubt_a_refusal_is_no_definite_fail() {
        let (mut session, _) = session();
        session.broken(MS(1), true);
        session.elapsed(MS(50));
        assert_eq!(end(session.answered(MS(60), Reply::Fail("no".into()))), EventType::Info);
    }

    #[test]
    fn a_redirect_is_followed_and_remembered() {
        let (mut session, _) = session();
        session.answered(MS(1), Reply::Redirect(Some(NodeId(2))));
        assert_eq!(asked(&session.elapsed(MS(2))), (NodeId(2), 1));
        session.answered(MS(3), Reply::Ok(Value::Nil));
        let op = Op { f: "get".into(), key: "x".into(), value: Value::Nil };
        let next = PlannedOperation { at: MS(5), op, first: None, stays: false, once: false };
        assert_eq!(asked(&session.begin(MS(5), &next)), (NodeId(2), 2));
    }

    #[test]
    fn a_redirect_to_nowhere_is_not_followed() {
        let (mut session, _) = session();
        session.answered(MS(1), Reply::Redirect(Some(NodeId(99))));
        assert_eq!(asked(&session.elapsed(MS(50))).0, NodeId(1));
    }
}
