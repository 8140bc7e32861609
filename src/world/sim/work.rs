//! What the clients do, from one event to the next.

use super::clients::{Client, owner, reads};
use super::queue::{CLIENT_WIRE, Event};
use super::run::Run;
use crate::client::{Completion, Todo};
use crate::workload::plan::{Plan, PlannedOperation};
use chaos_checker::EventType;
use chaos_node::{Nanos, Ticket};
use std::borrow::Cow;
use std::hash::Hash;

impl Run<'_> {
    /// The cluster serves: everything begins.
    fn ready(&mut self) {
        let ready = self.now;
        self.phases.ready = Some(ready);
        for client in 0..self.plan.clients.len() {
            if let Some(first) = self.clients[client].upcoming() {
                self.queue.push(ready + first.at, Event::Due { client });
            }
        }
        self.schedule_nemesis(ready);
        match &mut self.script {
            Some(script) => script.begin(ready),
            None => self.queue.push(ready + self.plan.duration, Event::Heal),
        }
    }

    /// A new client does this, by itself.
    pub(super) fn submit(&mut self, operation: PlannedOperation) {
        let client = self.clients.len();
        let operations = Cow::Owned(vec![operation]);
        self.clients.push(Client::new(self.plan, client as u64, true, operations));
        self.queue.push(self.now, Event::Due { client });
    }

    pub(super) fn due(&mut self, index: usize) {
        let now = self.now;
        let Some(todo) = self.clients[index].begin(now) else {
            return;
        };
        let client = &self.clients[index];
        if let Some(op) = client.current().filter(|_| client.recorded) {
            self.recorder.invoked(now, client.process, op);
        }
        self.follow(index, todo);
    }

    /// Something happened to a client; if it still waits for it, it goes on.
    pub(super) fn client(
        &mut self,
        ticket: Ticket,
        what: impl FnOnce(&mut Client<'_>, Nanos) -> Todo,
    ) {
        let (index, now) = (owner(ticket), self.now);
        let client = &mut self.clients[index];
        if client.awaits(ticket) {
            client.asks = None;
            let todo = what(client, now);
            self.follow(index, todo);
        }
    }

    fn follow(&mut self, index: usize, todo: Todo) {
        let client = &mut self.clients[index];
        match todo {
            Todo::Send { node, request, until } => {
                client.asks = Some(node);
                let ticket = client.ticket(index);
                let request = Box::new(request);
                self.queue.push(self.now + CLIENT_WIRE, Event::Request { node, ticket, request });
                self.queue.push(until, Event::Elapsed { ticket });
            }
            Todo::Wait { until } => {
                let ticket = client.ticket(index);
                self.queue.push(until, Event::Elapsed { ticket });
            }
            Todo::Done(done) => self.done(index, &done),
        }
    }

    pub(super) fn done(&mut self, index: usize, done: &Completion) {
        let (now, everyone) = (self.now, self.processes());
        let client = &mut self.clients[index];
        let process = client.process;
        if let Some(op) = client.current().filter(|_| client.recorded) {
            self.recorder.completed(now, process, op, done);
        }
        client.end(self.plan, everyone, done);
        (now, process, done.kind).hash(&mut self.hash);
        if let (Some(script), Some(number)) =
            (&mut self.script, index.checked_sub(self.plan.clients.len() + 2))
        {
            script.completed(number, done.kind == EventType::Ok);
        }
        let own = [self.probe(), self.reader()].contains(&index);
        let again = own && done.kind != EventType::Ok;
        let client = &mut self.clients[index];
        if !again {
            client.advance();
        }
        self.next_operation(index, again);
    }

    fn next_operation(&mut self, index: usize, again: bool) {
        if index == self.probe() && !again {
            return self.ready();
        }
        let ready = self.phases.ready.unwrap_or_default();
        let over = ready + self.plan.duration;
        let planned = index < self.plan.clients.len();
        // A client that fell behind does not go on working when the faults are over.
        if planned && (self.now >= over || self.phases.healed.is_some()) {
            self.clients[index].retire();
        }
        match self.clients[index].upcoming() {
            Some(next) => {
                let at = self.now.max(ready + next.at);
                self.queue.push(at, Event::Due { client: index });
            }
            None if index == self.reader() => self.phases.recovered = Some(self.now),
            None => {}
        }
    }
}

/// The plan's clients, then the probe and the reader.
pub(super) fn clients(plan: &Plan) -> Vec<Client<'_>> {
    let planned = plan.clients.iter().enumerate().map(|(index, client)| {
        Client::new(plan, index as u64, true, Cow::Borrowed(&client.operations))
    });
    let count = plan.clients.len() as u64;
    let first = plan.final_reads.first().map(std::slice::from_ref).unwrap_or_default();
    let probe = Client::new(plan, count, false, reads(plan, first).into());
    let reader = Client::new(plan, count + 1, true, reads(plan, &plan.final_reads).into());
    planned.chain([probe, reader]).collect()
}
