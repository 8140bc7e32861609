//! Runs for tests to report: five nodes and a leader that is cut off but goes on to answer reads.

use crate::check::testing::plan;
use crate::check::{Outcome, Verdict, Violation, check, foremost};
use crate::event::{CampaignEnd, CampaignStart, FaultCounts, Moments, OperationCounts};
use crate::event::{Replays, RunRecord, ShrunkRun, Status, WorkloadStart};
use crate::execution::{
    Drop, Execution, FaultRecord, MessageRecord, Messages, NodeRecord, Phases, Traced, Traffic,
};
use crate::workload::plan::{Plan, Property, Size};
use chaos_checker::{Budget, Event, EventType, Value};
use chaos_node::{Digest, Nanos, NodeId, Observation, Rng, Role};
use std::collections::BTreeMap;

/// A run with all that its reports need.
pub(crate) struct Sample {
    pub(crate) plan: Plan,
    pub(crate) execution: Execution,
    pub(crate) outcomes: Vec<Outcome>,
}

const REPLAY: &str = "chaos replay reports/raft-kv/seed-17";

impl Sample {
    pub(crate) fn run(&self) -> super::Run<'_> {
        let Sample { plan, execution, outcomes } = self;
        let world = "processes in network namespaces";
        super::Run { plan, execution, outcomes, replay: REPLAY, world }
    }

    fn judged(plan: Plan, execution: Execution) -> Sample {
        let outcomes = check(&plan, &execution, &Budget::default());
        Sample { plan, execution, outcomes }
    }
}

/// The leader of term 1 is cut off, a new one is elected, and the old one answers a read.
pub(crate) fn stale_read() -> Sample {
    let mut plan = plan();
    plan.seed = 17;
    plan.target.mutant = Some("deposed-leader-read".to_owned());
    plan.final_reads = KEYS.map(Into::into).to_vec();
    Sample::judged(plan, execution())
}

/// The same, but a second leader is elected in term 2.
pub(crate) fn two_leaders() -> Sample {
    let mut sample = stale_read();
    let mut clients = Clients::new();
    clients.work();
    sample.execution.history = clients.events(false);
    let role = Observation::Role { role: Role::Leader, term: 2 };
    sample.execution.trace.push(traced(1_460, 5, role));
    sample.execution.trace.sort_by_key(|traced| traced.time);
    sample.plan.target.mutant = Some("forget-vote".to_owned());
    Sample::judged(sample.plan, sample.execution)
}

/// Text that wants to be markup, in every place that a node, a client or a user fills.
pub(crate) fn hostile(text: &str) -> Sample {
    let mut sample = stale_read();
    sample.plan.workload = text.to_owned();
    sample.plan.target.mutant = Some(text.to_owned());
    for event in &mut sample.execution.history {
        let key = event.key.take().unwrap_or_default();
        event.key = Some(format!("{key}{text}").into());
        event.error = Some(text.to_owned());
        event.node = Some(text.to_owned());
        if !event.value.is_nil() {
            event.value = format!("{}{text}", event.value).into();
        }
    }
    for fault in &mut sample.execution.faults {
        fault.what.push_str(text);
        fault.effect = Some(text.to_owned());
    }
    for node in &mut sample.execution.nodes {
        node.stderr = text.to_owned();
    }
    let note = Observation::Note { topic: text.to_owned(), text: text.to_owned() };
    sample.execution.trace.push(traced(3_900, 1, note));
    sample.execution.trouble = Some(text.to_owned());
    let mut sample = Sample::judged(sample.plan, sample.execution);
    sample.outcomes.iter_mut().for_each(|outcome| spoil_outcome(outcome, text));
    sample
}

fn shrunk() -> ShrunkRun {
    let size = Size {
        operations: 3,
        faults: 1,
        steps: 0,
        nodes: 3,
        clients: 2,
        duration: Nanos::from_millis(412),
    };
    ShrunkRun {
        workload: "raft-kv".to_owned(),
        seed: 17,
        kind: "linearizable: only · was possible".to_owned(),
        size,
        replays: Some(Replays { failed: 9, of: 10 }),
        folder: Some("seed-17/shrunk".into()),
        replay: "chaos replay reports/raft-kv/seed-17/shrunk".to_owned(),
    }
}

/// Eight runs: five are fine, two fail, one cannot be judged.
pub(crate) fn campaign() -> CampaignEnd {
    let outcomes = stale_read().outcomes;
    let leaders = two_leaders().outcomes;
    let runs = (14..22).map(|seed| match seed {
        17 => record(seed, outcomes.clone()),
        19 => record(seed, leaders.clone()),
        20 => record(seed, unknown()),
        _ => record(seed, valid()),
    });
    CampaignEnd {
        start: CampaignStart {
            workload: "raft-kv".to_owned(),
            workloads: vec![WorkloadStart { name: "raft-kv".to_owned(), expect: None }],
            runs: Some(8),
            jobs: 4,
            seed: 14,
            world: "processes in network namespaces".to_owned(),
            warnings: Vec::new(),
            out: "reports/raft-kv".into(),
            regressions: Vec::new(),
            recipe: None,
        },
        runs: runs.collect(),
        shrunk: vec![shrunk()],
        interrupted: false,
        elapsed: Nanos::from_millis(9_400),
        tester_cpu: Nanos::from_millis(1_700),
        node_cpu: Nanos::from_millis(4_250),
    }
}

/// Puts foreign text into what a run's record says.
pub(crate) fn spoil(run: &mut RunRecord, text: &str) {
    run.outcomes.iter_mut().for_each(|outcome| spoil_outcome(outcome, text));
}

fn spoil_outcome(outcome: &mut Outcome, text: &str) {
    match &mut outcome.verdict {
        Verdict::Valid => {}
        Verdict::Unknown(reason) => reason.push_str(text),
        Verdict::Invalid(violation) => {
            violation.summary.push_str(text);
            violation.story.push(text.to_owned());
            violation.facts.iter_mut().for_each(|fact| fact.text.push_str(text));
        }
    }
}

fn valid() -> Vec<Outcome> {
    let holds = |property| Outcome { property, verdict: Verdict::Valid };
    Property::ALL.iter().copied().map(holds).collect()
}

fn unknown() -> Vec<Outcome> {
    let mut outcomes = valid();
    outcomes[0].verdict = Verdict::Unknown("more than 1000 configurations".to_owned());
    outcomes
}

fn record(seed: u64, outcomes: Vec<Outcome>) -> RunRecord {
    let status = Status::of(&outcomes);
    let kind = foremost(&outcomes).map(Violation::kind);
    let fingerprint = kind.as_ref().map(|_| plan().fingerprint());
    RunRecord {
        workload: "raft-kv".to_owned(),
        seed,
        status,
        outcomes,
        operations: OperationCounts { ok: 400 + seed, fail: 3, info: 7 },
        faults: FaultCounts { attempted: 9, applied: 8, effective: 7 },
        coverage: [("kill".to_owned(), Moments { leader: 1, others: 7, ..Moments::default() })]
            .into(),
        cluster_time: Nanos::from_millis(4_000 + seed * 10),
        trace_hash: None,
        folder: (status != Status::Valid).then(|| format!("seed-{seed}").into()),
        replay: format!("chaos replay reports/raft-kv/seed-{seed}"),
        kind,
        plan: fingerprint,
    }
}

const KEYS: [&str; 3] = ["x", "y", "z"];

/// Clients of a store that is right until the test says otherwise.
struct Clients {
    rng: Rng,
    operations: Vec<Planned>,
}

struct Planned {
    process: u64,
    call: u64,
    takes_effect: u64,
    ret: u64,
    key: &'static str,
    put: Option<i64>,
    kind: EventType,
}

impl Clients {
    fn new() -> Clients {
        Clients { rng: Rng::new(17), operations: Vec::new() }
    }

    /// Times in microseconds. While nobody leads, operations wait.
    fn work(&mut self) {
        let mut value = 0;
        for client in 0..5 {
            let mut now = 150_000 + client * 1_700;
            while now < 3_950_000 {
                let waits = if (1_000_000..1_290_000).contains(&now) { 1_290_000 - now } else { 0 };
                let took = 2_000 + self.rng.below(7_000) + waits;
                let put = self.rng.below(2) == 0;
                value += i64::from(put);
                self.operations.push(Planned {
                    process: client,
                    call: now,
                    takes_effect: now + took - 1_000,
                    ret: now + took,
                    key: KEYS[self.rng.below(3) as usize],
                    put: put.then_some(value),
                    kind: EventType::Ok,
                });
                now += took + 20_000 + self.rng.below(30_000);
            }
        }
        let unsure = self.operations.iter_mut().find(|op| op.call > 1_000_000 && op.put.is_some());
        unsure.expect("some put was called by then").kind = EventType::Info;
    }

    /// The events; a stale read is one of a value that was current when the leader was cut off.
    fn events(mut self, stale: bool) -> Vec<Event> {
        self.operations.sort_by_key(|op| op.takes_effect);
        let mut store: BTreeMap<&str, Value> = BTreeMap::new();
        let (mut old, mut events) = (None, Vec::new());
        for op in &self.operations {
            if op.takes_effect > 1_000_000 && old.is_none() {
                old = Some(store.clone());
            }
            let read_from_old =
                stale && op.process == 4 && (1_700_000..1_760_000).contains(&op.call);
            let result = match op.put {
                Some(value) => {
                    store.insert(op.key, value.into());
                    Value::Nil
                }
                None if read_from_old => {
                    old.iter().find_map(|old| old.get(op.key).cloned()).unwrap_or_default()
                }
                None => store.get(op.key).cloned().unwrap_or_default(),
            };
            let put = op.put.map(Value::from);
            events.push(event(op, op.call, EventType::Invoke, put.unwrap_or_default()));
            events.push(event(op, op.ret, op.kind, result));
        }
        events.sort_by_key(|event| event.time);
        (0..).zip(&mut events).for_each(|(index, event)| event.index = index);
        events
    }
}

fn event(op: &Planned, micros: u64, kind: EventType, value: Value) -> Event {
    let f = if op.put.is_some() { "put" } else { "get" };
    let error = (kind == EventType::Info).then(|| "no answer in time".to_owned());
    Event {
        index: 0,
        time: chaos_checker::Nanos(micros * 1_000),
        process: op.process,
        kind,
        f: f.to_owned(),
        key: Some(op.key.into()),
        value,
        error,
        node: (kind != EventType::Invoke).then(|| format!("n{}", op.process + 1)),
    }
}

fn execution() -> Execution {
    let mut clients = Clients::new();
    clients.work();
    Execution {
        history: clients.events(true),
        trace: trace(),
        messages: Some(messages()),
        faults: faults(),
        traffic: Traffic { delivered: 18_412, dropped: 1_207, duplicated: 61, reordered: 212 },
        nodes: (1..=5).map(node).collect(),
        phases: Phases {
            ready: Some(Nanos::from_millis(140)),
            healed: Some(Nanos::from_millis(3_140)),
            recovered: Some(Nanos::from_millis(3_310)),
            end: Nanos::from_millis(4_010),
        },
        lag: Nanos::from_millis(3),
        trace_hash: None,
        ..Execution::default()
    }
}

fn node(number: u16) -> NodeRecord {
    let starts = if number == 4 { 2 } else { 1 };
    let stderr = format!("n{number} listens on 10.0.0.{number}:7000\n");
    NodeRecord { starts, crashed: None, stderr }
}

fn traced(millis: u64, node: u16, observation: Observation) -> Traced {
    let time = Nanos::from_millis(millis);
    Traced { time, node: NodeId(node), clock: time, observation }
}

fn trace() -> Vec<Traced> {
    let role = |role, term| Observation::Role { role, term };
    let note = |topic: &str, text: &str| Observation::Note {
        topic: topic.to_owned(),
        text: text.to_owned(),
    };
    let restored = Observation::Restored { index: 0, term: 0, digest: Digest::EMPTY };
    let first = Digest::EMPTY.then(1, b"no-op");
    let second = first.then(2, b"no-op");
    let appended = |index, term, digest| Observation::Appended { index, term, digest };
    let mut trace: Vec<_> = (1..=5).map(|node| traced(5, node, restored.clone())).collect();
    trace.extend((1..=5).map(|node| traced(6, node, role(Role::Follower, 0))));
    trace.extend((2..=5).map(|node| traced(110, node, role(Role::Follower, 1))));
    trace.extend((1..=5).map(|node| traced(125, node, appended(1, 1, first))));
    trace.extend((2..=5).map(|node| traced(1_262, node, role(Role::Follower, 2))));
    trace.extend((2..=5).map(|node| traced(1_280, node, appended(2, 2, second))));
    trace.extend([
        traced(104, 1, role(Role::Candidate, 1)),
        traced(121, 1, role(Role::Leader, 1)),
        traced(130, 1, Observation::Committed { index: 1, term: 1 }),
        traced(131, 1, Observation::Applied { index: 1, term: 1, digest: first }),
        traced(1_238, 3, note("election", "no word from n1 for 212 ms: ask for votes in term 2")),
        traced(1_240, 3, role(Role::Candidate, 2)),
        traced(1_263, 3, note("vote", "n2, n4 and n5 vote for me")),
        traced(1_264, 3, role(Role::Leader, 2)),
        traced(1_285, 3, Observation::Committed { index: 2, term: 2 }),
        traced(1_712, 1, note("read", "answer get from my own state: I lead in term 1")),
        traced(2_204, 1, note("append", "n3 leads in term 2: step down")),
        traced(2_205, 1, role(Role::Follower, 2)),
        traced(2_207, 1, appended(2, 2, second)),
    ]);
    trace.extend([
        traced(2_610, 4, restored),
        traced(2_611, 4, appended(1, 1, first)),
        traced(2_612, 4, appended(2, 2, second)),
        traced(2_613, 4, role(Role::Follower, 2)),
    ]);
    trace.sort_by_key(|traced| traced.time);
    trace
}

/// The votes of term 2, and what the old leader sends in vain.
fn messages() -> Messages {
    let sent = |(from, to), micros, arrived: &[u64], dropped, text: &str| MessageRecord {
        time: Nanos::from_micros(micros),
        from: NodeId(from),
        to: NodeId(to),
        size: text.len() as u64,
        arrived: arrived.iter().copied().map(Nanos::from_micros).collect(),
        dropped,
        overtaken: false,
        unheard: false,
        text: Some(text.to_owned()),
        carries: Vec::new(),
    };
    let (ask, yes) = ("t2 RequestVote last=1@1", "t2 VoteReply yes");
    let mut all = vec![
        sent((3, 1), 1_240_000, &[], Some(Drop::Fault(1)), ask),
        sent((3, 2), 1_240_000, &[1_240_300], None, ask),
        sent((3, 4), 1_240_000, &[1_241_200, 1_241_500], None, ask),
        sent((1, 2), 1_245_000, &[], Some(Drop::Fault(1)), "t1 AppendEntries prev=1@1 commit=1"),
        sent((2, 3), 1_262_000, &[1_262_400], None, yes),
        sent((4, 3), 1_262_000, &[], Some(Drop::Loss), yes),
    ];
    all[2].overtaken = true;
    Messages { sent: all, left_out: 0 }
}

fn faults() -> Vec<FaultRecord> {
    let fault =
        |index, kind: &str, what: &str, victims: &[u16], (from, to), effect: Option<&str>| {
            FaultRecord {
                index,
                kind: kind.to_owned(),
                what: what.to_owned(),
                victims: victims.iter().copied().map(NodeId).collect(),
                attempted: Nanos::from_millis(from),
                applied: Some(Nanos::from_millis(from)),
                ended: Some(Nanos::from_millis(to)),
                effect: effect.map(str::to_owned),
            }
        };
    let lossy = "links: loss 2%, reorder 5%";
    let mut faults = vec![
        fault(0, "links", lossy, &[], (400, 2_400), Some("1,207 frames dropped")),
        fault(1, "partition", "isolate n1", &[1], (1_000, 2_200), Some("812 frames dropped")),
        fault(2, "kill", "kill n4", &[4], (2_300, 2_600), Some("killed by SIGKILL")),
        fault(3, "pause", "pause n5", &[5], (2_700, 2_950), None),
        fault(4, "kill", "kill the leader", &[], (3_000, 3_100), None),
    ];
    faults[4].applied = None;
    faults
}
