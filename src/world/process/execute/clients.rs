//! The clients of a run.

use super::Done;
use super::connection::Connection;
use super::stage::Stage;
use crate::client::{Session, Todo};
use crate::workload::plan::PlannedOperation;
use chaos_checker::EventType;
use chaos_node::{Nanos, NodeId, Reply, Request, Rng};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use tokio::time::timeout_at;

/// Carries out what a client of the plan shall do.
pub(super) async fn work(stage: Rc<Stage>, index: usize) {
    let mut worker = Worker::new(stage.clone(), index);
    let end = stage.ready() + stage.plan.duration;
    for planned in &stage.plan.clients[index].operations {
        stage.sleep_until(stage.ready() + planned.at).await;
        // A client that fell behind does not go on working when the faults are over.
        if stage.arena.now() >= end || stage.is_healed() {
            return;
        }
        worker.operation(planned).await;
    }
}

/// A client that records what it does.
pub(super) struct Worker {
    talker: Talker,
    session: Session,
    process: u64,
}

impl Worker {
    pub(super) fn new(stage: Rc<Stage>, index: usize) -> Worker {
        let process = index as u64;
        let session = session(&stage, process);
        Worker { talker: Talker::new(stage), session, process }
    }

    /// Does an operation and records it. After an unknown outcome the process is retired, for its
    /// operation may still happen; the client goes on as a new one.
    pub(super) async fn operation(&mut self, planned: &PlannedOperation) -> Done {
        let stage = self.talker.stage.clone();
        let (process, op) = (self.process, &planned.op);
        stage.recorder.borrow_mut().invoked(stage.arena.now(), process, op);
        let done = self.talker.operation(&mut self.session, planned).await;
        stage.recorder.borrow_mut().completed(stage.arena.now(), process, op, &done);
        if done.kind == EventType::Info {
            self.process += (stage.plan.clients.len() + 1 + stage.plan.submitted()) as u64;
            self.session = session(&stage, self.process);
        }
        done
    }
}

fn session(stage: &Stage, process: u64) -> Session {
    let rng = Rng::stream(stage.plan.seed, &format!("client {process}"));
    Session::new(process, stage.plan.nodes, stage.plan.timeouts, rng)
}

/// Talks to the nodes on behalf of a session.
pub(super) struct Talker {
    stage: Rc<Stage>,
    connections: BTreeMap<NodeId, Connection>,
}

impl Talker {
    pub(super) fn new(stage: Rc<Stage>) -> Talker {
        Talker { stage, connections: BTreeMap::new() }
    }

    /// Does an operation, however many attempts it takes.
    pub(super) async fn operation(
        &mut self,
        session: &mut Session,
        planned: &PlannedOperation,
    ) -> Done {
        let mut todo = session.begin(self.stage.arena.now(), planned);
        loop {
            todo = match todo {
                Todo::Done(done) => return done,
                Todo::Wait { until } => {
                    tokio::time::sleep_until(self.stage.instant(until)).await;
                    session.elapsed(self.stage.arena.now().max(until))
                }
                Todo::Send { node, request, until } => {
                    let attempt = self.attempt(node, request, until).await;
                    let now = self.stage.arena.now();
                    match attempt {
                        Attempt::Answered(reply) => session.answered(now, reply),
                        Attempt::Broken { sent } => session.broken(now, sent),
                        Attempt::Silent => session.elapsed(now.max(until)),
                    }
                }
            };
        }
    }

    async fn attempt(&mut self, node: NodeId, request: Request, until: Nanos) -> Attempt {
        let limit = self.stage.instant(until);
        let mut connection = match self.connections.remove(&node) {
            Some(connection) => connection,
            None => match timeout_at(limit, self.connect(node)).await {
                Ok(Ok(connection)) => connection,
                Ok(Err(_)) => return Attempt::Broken { sent: false },
                // Nothing was sent, but to be silent is what it did.
                Err(_) => return Attempt::Silent,
            },
        };
        if connection.send(request).await.is_err() {
            return Attempt::Broken { sent: true };
        }
        match timeout_at(limit, connection.answer()).await {
            Ok(Ok(reply)) => {
                self.connections.insert(node, connection);
                Attempt::Answered(reply)
            }
            Ok(Err(_)) => Attempt::Broken { sent: true },
            Err(_) => {
                self.connections.insert(node, connection);
                Attempt::Silent
            }
        }
    }

    async fn connect(&self, node: NodeId) -> io::Result<Connection> {
        Connection::establish(self.stage.arena.connect(node)?).await
    }
}

/// What came of one attempt.
enum Attempt {
    Answered(Reply),
    Broken { sent: bool },
    Silent,
}
