//! The simulated clients.
//!
//! Besides the plan's clients there are two of the tester's own: the *probe*, which finds out when
//! the cluster first serves and is not recorded, and the *reader*, which reads every key at the end.

use crate::client::{Completion, Session, Todo};
use crate::workload::plan::{Plan, PlannedOperation};
use chaos_checker::EventType;
use chaos_node::{Nanos, NodeId, Op, Rng, Ticket, Value};
use std::borrow::Cow;

/// A simulated client.
pub(super) struct Client<'a> {
    pub(super) session: Session,
    pub(super) process: u64,
    /// Whether what it does is part of the history.
    pub(super) recorded: bool,
    operations: Cow<'a, [PlannedOperation]>,
    /// The operation that it does next, or that is under way.
    next: usize,
    /// Whether one is under way.
    busy: bool,
    /// Whom it asks, while it waits for an answer.
    pub(super) asks: Option<NodeId>,
    /// How often it began to wait for something; tells a late event from the one it waits for.
    turn: u32,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        plan: &Plan,
        process: u64,
        recorded: bool,
        operations: Cow<'a, [PlannedOperation]>,
    ) -> Client<'a> {
        Client {
            session: session(plan, process),
            process,
            recorded,
            operations,
            next: 0,
            busy: false,
            asks: None,
            turn: 0,
        }
    }

    /// The operation that it does next, and when at the earliest.
    pub(super) fn upcoming(&self) -> Option<&PlannedOperation> {
        self.operations.get(self.next)
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.busy
    }

    /// The operation under way.
    pub(super) fn current(&self) -> Option<&Op> {
        self.upcoming().filter(|_| self.busy).map(|planned| &planned.op)
    }

    /// Begins its next operation.
    pub(super) fn begin(&mut self, now: Nanos) -> Option<Todo> {
        let planned = self.operations.get(self.next)?;
        self.busy = true;
        Some(self.session.begin(now, planned))
    }

    /// The operation under way is over.
    pub(super) fn end(&mut self, plan: &Plan, clients: usize, done: &Completion) {
        self.asks = None;
        self.busy = false;
        if done.kind == EventType::Info {
            self.process += clients as u64;
            self.session = session(plan, self.process);
        }
    }

    /// Goes on to the operation behind this one.
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Has no more to do.
    pub(super) fn retire(&mut self) {
        self.next = self.operations.len();
    }

    /// A ticket for what it is about to wait for.
    pub(super) fn ticket(&mut self, client: usize) -> Ticket {
        self.turn += 1;
        Ticket((client as u64) << 32 | u64::from(self.turn))
    }

    /// Whether it still waits for what the ticket was given for.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        ticket.0 as u32 == self.turn && self.busy
    }
}

/// Whose ticket it is.
pub(super) fn owner(ticket: Ticket) -> usize {
    (ticket.0 >> 32) as usize
}

fn session(plan: &Plan, process: u64) -> Session {
    let rng = Rng::stream(plan.seed, &format!("client {process}"));
    Session::new(process, plan.nodes, plan.timeouts, rng)
}

/// Reads of these keys, one after the other.
pub(super) fn reads(plan: &Plan, keys: &[Value]) -> Vec<PlannedOperation> {
    keys.iter().map(|key| plan.read_of(key)).collect()
}
