//! What the tasks of one run share.

use super::faults::Striker;
use super::nodes::{Live, NodeEnd};
use crate::client::Recorder;
use crate::execution::{Crash, Execution, FaultRecord, NodeRecord, Phases, Traced, Traffic};
use crate::nemesis::{Script, View};
use crate::network::Sent;
use crate::workload::plan::Plan;
use crate::world::process::Arena;
use chaos_node::{Nanos, NodeId, Observation, Role};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// The session of the tester's own first read, which no client has.
pub(super) const PROBE: u64 = u64::MAX;

/// How much a run may tell: beyond it something is broken, and memory would be at stake.
const MOST_OBSERVATIONS: usize = 2_000_000;

/// What the tasks of one run share.
pub(super) struct Stage {
    pub(super) plan: Rc<Plan>,
    pub(super) arena: Arena,
    pub(super) recorder: RefCell<Recorder>,
    pub(super) nodes: RefCell<Vec<Live>>,
    /// Rung whenever a node becomes ready or ends.
    pub(super) news: Notify,
    pub(super) striker: RefCell<Striker>,
    /// Rung when the nemesis wants to act sooner than it said.
    pub(super) stirred: Notify,
    script: RefCell<Option<Script>>,
    trace: RefCell<Vec<Traced>>,
    leader: Cell<Option<(u64, NodeId)>>,
    faults: RefCell<Vec<FaultRecord>>,
    phases: Cell<Phases>,
    trouble: RefCell<Option<String>>,
    /// What each node said it has sent, in each of its lives.
    sent: RefCell<BTreeMap<(NodeId, u32), Sent>>,
    lag: Cell<Nanos>,
    /// When the tester looks next how late it is.
    look: Cell<Nanos>,
    started: Instant,
}

impl Stage {
    pub(super) fn new(plan: Rc<Plan>, arena: Arena) -> Stage {
        let nodes = (1..=plan.nodes).map(|number| Live::new(NodeId(number))).collect();
        let striker = RefCell::new(Striker::new(&plan));
        let script = RefCell::new(Script::new(&plan));
        let behind: Duration = arena.now().into();
        Stage {
            plan,
            arena,
            recorder: RefCell::default(),
            nodes: RefCell::new(nodes),
            news: Notify::new(),
            striker,
            stirred: Notify::new(),
            script,
            trace: RefCell::default(),
            leader: Cell::default(),
            faults: RefCell::default(),
            phases: Cell::default(),
            trouble: RefCell::default(),
            sent: RefCell::default(),
            lag: Cell::default(),
            look: Cell::new(Nanos(u64::MAX)),
            started: Instant::now() - behind,
        }
    }

    /// Sleeps until a time of the run, and notes how late it woke. A time that is past says nothing
    /// about the tester: whoever comes too late here waited for the cluster before.
    pub(super) async fn sleep_until(&self, time: Nanos) {
        if self.arena.now() >= time {
            return;
        }
        tokio::time::sleep_until(self.instant(time)).await;
        let late = self.arena.now().saturating_sub(time);
        self.lag.set(self.lag.get().max(late));
    }

    /// The tester looks next how late it is at this time.
    pub(super) fn look_at(&self, time: Nanos) {
        self.look.set(time);
    }

    /// The latest that the tester was for anything. A run that ends when the tester at last goes on
    /// ends before it looks once more: the look that is overdue then counts as well.
    fn lag(&self) -> Nanos {
        self.lag.get().max(self.phases.get().end.saturating_sub(self.look.get()))
    }

    /// A time of the run, for tokio's timers.
    pub(super) fn instant(&self, time: Nanos) -> Instant {
        self.started + Duration::from(time)
    }

    /// When clients and faults began.
    pub(super) fn ready(&self) -> Nanos {
        self.phases.get().ready.unwrap_or_default()
    }

    pub(super) fn phase(&self, note: impl FnOnce(&mut Phases, Nanos)) {
        let mut phases = self.phases.get();
        note(&mut phases, self.arena.now());
        self.phases.set(phases);
    }

    /// Notes why the run cannot be judged; the first reason stays.
    pub(super) fn trouble(&self, why: String) {
        self.trouble.borrow_mut().get_or_insert(why);
    }

    pub(super) fn view(&self) -> View {
        View { leader: self.leader.get().map(|(_, node)| node) }
    }

    /// Works on the script, if the plan has one.
    pub(super) fn script<R>(&self, work: impl FnOnce(&mut Script) -> R) -> Option<R> {
        self.script.borrow_mut().as_mut().map(work)
    }

    /// Whether all faults are over.
    pub(super) fn is_healed(&self) -> bool {
        self.phases.get().healed.is_some()
    }

    /// Takes in what a node told.
    pub(super) fn observed(&self, traced: Traced) {
        if let Observation::Role { role, term } = traced.observation {
            self.role(traced.node, role, term);
        }
        if self.script(|script| script.observed(traced.node, &traced.observation)).is_some() {
            self.stirred.notify_one();
        }
        let mut trace = self.trace.borrow_mut();
        if trace.len() < MOST_OBSERVATIONS {
            trace.push(traced);
        } else {
            self.trouble(format!("the nodes told more than {MOST_OBSERVATIONS} observations"));
        }
    }

    /// A node has sent so much since it was started for this time.
    pub(super) fn sent(&self, node: NodeId, start: u32, sent: Sent) {
        self.sent.borrow_mut().insert((node, start), sent);
        self.stirred.notify_one();
    }

    /// What all nodes together have sent so far, if they tell.
    pub(super) fn all_sent(&self) -> Option<Sent> {
        self.sent.borrow().values().copied().reduce(Sent::and)
    }

    fn role(&self, node: NodeId, role: Role, term: u64) {
        match (role, self.leader.get()) {
            (Role::Leader, Some((newest, _))) if newest > term => {}
            (Role::Leader, _) => self.leader.set(Some((term, node))),
            (Role::Follower | Role::Candidate, _) => self.no_leader(node),
        }
    }

    /// The node leads no more, if it did.
    pub(super) fn no_leader(&self, node: NodeId) {
        if self.view().leader == Some(node) {
            self.leader.set(None);
        }
    }

    pub(super) fn crashed(&self) -> bool {
        self.nodes.borrow().iter().any(|node| node.crashed.is_some())
    }

    pub(super) fn note_crash(&self, node: NodeId, crash: Crash) {
        self.no_leader(node);
        self.script(|script| script.stopped(node));
        self.live(node, |live| live.crashed.get_or_insert(crash).time);
        self.news.notify_waiters();
    }

    /// Works on a node.
    pub(super) fn live<R>(&self, node: NodeId, work: impl FnOnce(&mut Live) -> R) -> R {
        work(&mut self.nodes.borrow_mut()[usize::from(node.0) - 1])
    }

    pub(super) fn set_faults(&self, faults: Vec<FaultRecord>) {
        self.faults.replace(faults);
    }

    pub(super) fn take_faults(&self) -> Vec<FaultRecord> {
        self.faults.take()
    }

    /// Ends every node.
    pub(super) fn end_nodes(&self) -> Vec<NodeEnd> {
        self.nodes.borrow_mut().iter_mut().map(Live::end).collect()
    }

    /// All that happened. The observations of different nodes come through different pipes, and
    /// are brought into the order of true time here.
    pub(super) fn execution(
        &self,
        nodes: Vec<NodeEnd>,
        faults: Vec<FaultRecord>,
        traffic: Traffic,
    ) -> Execution {
        let mut trace = self.trace.take();
        trace.sort_by_key(|traced| (traced.time, traced.node));
        Execution {
            history: self.recorder.take().into_history(),
            trace,
            messages: None,
            faults,
            traffic,
            script: self.script(|script| script.end().cloned()).flatten(),
            node_cpu: nodes.iter().map(|end| end.cpu).sum(),
            nodes: nodes.into_iter().map(|end| end.record).collect::<Vec<NodeRecord>>(),
            phases: self.phases.get(),
            lag: self.lag(),
            trace_hash: None,
            trouble: self.trouble.take(),
        }
    }
}
