//! What the paper and the thesis say, section by section, on nodes driven by hand.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod network;

use chaos_node::{
    Message, Nanos, NodeConfig, NodeId, Observation, Op, Options, Reply, Request, Role, Ticket,
    Timer, Value,
};
use network::safety::Safety;
use network::{Effect, Host};
use std::collections::BTreeMap;

const ELECTION: Timer = Timer(0);
const HEARTBEAT: Timer = Timer(1);

/// A cluster in which nothing happens by itself.
struct Cluster {
    hosts: Vec<Host>,
    now: Nanos,
    under_way: Vec<(NodeId, NodeId, Message)>,
    replies: Vec<(u64, Reply)>,
    observed: Vec<(NodeId, Observation)>,
    apart: Vec<u16>,
    safety: Safety,
    tickets: u64,
}

impl Cluster {
    fn of(count: u16) -> Cluster {
        Cluster::with(count, &[])
    }

    fn with(count: u16, options: &[(&str, Value)]) -> Cluster {
        let nodes: Vec<NodeId> = (1..=count).map(NodeId).collect();
        let options: BTreeMap<String, Value> =
            options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let host = |id: &NodeId| {
            let (nodes, options) = (nodes.clone(), Options(options.clone()));
            Host::new(NodeConfig { id: *id, nodes, mutant: None, options }, 7)
        };
        let mut cluster = Cluster {
            hosts: nodes.iter().map(host).collect(),
            now: Nanos::ZERO,
            under_way: Vec::new(),
            replies: Vec::new(),
            observed: Vec::new(),
            apart: Vec::new(),
            safety: Safety::default(),
            tickets: 0,
        };
        (1..=count).for_each(|id| cluster.restart(id));
        cluster
    }

    fn host(&mut self, id: u16) -> &mut Host {
        &mut self.hosts[usize::from(id) - 1]
    }

    fn restart(&mut self, id: u16) {
        let now = self.now;
        let effects = self.host(id).start(now);
        self.take(id, effects);
    }

    fn crash(&mut self, id: u16) {
        self.host(id).crash(None);
    }

    /// The node hears nothing for two election timeouts.
    fn timeout(&mut self, id: u16) {
        self.now += Nanos::from_millis(300);
        self.fire(id, ELECTION);
    }

    fn fire(&mut self, id: u16, timer: Timer) {
        let now = self.now;
        let effects = self.host(id).timeout(now, None, timer);
        self.take(id, effects);
    }

    fn elect(&mut self, id: u16) {
        self.timeout(id);
        self.settle();
        assert_eq!(self.role(id), Role::Leader);
    }

    fn ask(&mut self, id: u16, f: &str, value: Value) -> u64 {
        self.tickets += 1;
        let op = Op { f: f.to_owned(), key: Value::from("k"), value };
        let request = Request { session: 1, sequence: self.tickets, op };
        let (now, ticket) = (self.now, Ticket(self.tickets));
        let effects = self.host(id).request(now, None, ticket, request);
        self.take(id, effects);
        self.tickets
    }

    fn put(&mut self, id: u16, value: i64) -> u64 {
        self.ask(id, "put", Value::Int(value))
    }

    fn put_all(&mut self, id: u16, count: i64) {
        for value in 0..count {
            self.put(id, value);
        }
    }

    fn get(&mut self, id: u16) -> u64 {
        self.ask(id, "get", Value::Nil)
    }

    fn take(&mut self, id: u16, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    if self.apart.contains(&id) == self.apart.contains(&to.0) {
                        self.under_way.push((NodeId(id), to, message));
                    }
                }
                Effect::Reply { ticket, reply } => self.replies.push((ticket.0, reply)),
                Effect::Observed(observation) => {
                    self.safety.observe(NodeId(id), &observation).unwrap();
                    self.observed.push((NodeId(id), observation));
                }
                Effect::Armed { .. } | Effect::Wrote(_) | Effect::Crashed => {}
            }
        }
    }

    /// Delivers everything that is under way now.
    fn deliver(&mut self) {
        for (from, to, message) in std::mem::take(&mut self.under_way) {
            let now = self.now;
            let effects = self.host(to.0).receive(now, None, from, &message);
            self.take(to.0, effects);
        }
    }

    fn settle(&mut self) {
        while !self.under_way.is_empty() {
            self.deliver();
        }
    }

    fn beat(&mut self, id: u16) {
        self.now += Nanos::from_millis(50);
        self.fire(id, HEARTBEAT);
        self.settle();
    }

    fn role(&self, id: u16) -> Role {
        self.safety.nodes[&NodeId(id)].role
    }

    fn term(&self, id: u16) -> u64 {
        self.safety.nodes[&NodeId(id)].term
    }

    fn commit(&self, id: u16) -> u64 {
        self.safety.nodes[&NodeId(id)].commit
    }

    fn terms(&self, id: u16) -> Vec<u64> {
        self.safety.nodes[&NodeId(id)].log.iter().map(|(term, _)| *term).collect()
    }

    fn reply(&self, ticket: u64) -> Option<&Reply> {
        self.replies.iter().find(|(of, _)| *of == ticket).map(|(_, reply)| reply)
    }

    fn words(&self) -> Vec<String> {
        self.under_way.iter().map(|(.., m)| chaos_raft::describe(m).unwrap()).collect()
    }
}

#[test]
fn section_5_1_a_later_term_makes_any_node_a_follower_of_that_term() {
    let mut cluster = Cluster::with(3, &[("pre_vote", Value::Bool(false))]);
    cluster.elect(1);
    cluster.apart = vec![1];
    cluster.elect(2);
    cluster.apart.clear();
    cluster.beat(2);
    assert_eq!((cluster.role(1), cluster.term(1)), (Role::Follower, 2));
}

#[test]
fn section_5_1_a_message_of_an_earlier_term_is_answered_with_the_later() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.apart = vec![1];
    cluster.elect(2);
    cluster.apart.clear();
    cluster.beat(1);
    assert_eq!((cluster.role(1), cluster.term(1)), (Role::Follower, 2));
    assert_eq!(cluster.role(2), Role::Leader);
}

#[test]
fn section_5_2_a_node_that_hears_a_leader_stays_a_follower() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    for _ in 0..10 {
        cluster.beat(1);
        cluster.fire(2, ELECTION);
        assert!(cluster.under_way.is_empty());
    }
    assert_eq!(cluster.term(2), 1);
}

#[test]
fn section_5_2_a_vote_goes_to_one_candidate_a_term_first_come_first_served() {
    let mut cluster = Cluster::with(3, &[("pre_vote", Value::Bool(false))]);
    cluster.timeout(1);
    cluster.timeout(2);
    cluster.settle();
    let leaders = (1..=3).filter(|id| cluster.role(*id) == Role::Leader).count();
    assert_eq!(leaders, 1);
}

#[test]
fn section_5_2_election_timeouts_are_spread_over_the_range() {
    let mut seen = Vec::new();
    for seed in 0..200 {
        let config = NodeConfig {
            id: NodeId(1),
            nodes: (1..=3).map(NodeId).collect(),
            mutant: None,
            options: Options::default(),
        };
        let mut host = Host::new(config, seed);
        host.start(Nanos::ZERO);
        seen.push(host.timers[&ELECTION]);
    }
    let (least, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
    assert!(*least >= Nanos::from_millis(150) && *least < Nanos::from_millis(160));
    assert!(*most <= Nanos::from_millis(300) && *most > Nanos::from_millis(290));
}

#[test]
fn section_5_3_an_entry_is_committed_once_a_majority_has_it() {
    let mut cluster = Cluster::of(5);
    cluster.elect(1);
    cluster.apart = vec![4, 5];
    let ticket = cluster.put(1, 7);
    cluster.settle();
    assert_eq!(cluster.reply(ticket), Some(&Reply::Ok(Value::Nil)));
    cluster.apart = vec![3, 4, 5];
    let ticket = cluster.put(1, 8);
    cluster.settle();
    assert_eq!(cluster.reply(ticket), None);
}

#[test]
fn section_5_3_logs_that_differ_are_made_the_leaders() {
    let mut cluster = Cluster::of(5);
    cluster.elect(1);
    for (alone, next) in [(1, 2), (2, 3), (3, 4)] {
        cluster.apart = vec![alone];
        cluster.put_all(alone, 3);
        cluster.settle();
        cluster.elect(next);
        cluster.apart.clear();
    }
    (0..3).for_each(|_| cluster.beat(4));
    for id in 1..=5 {
        assert_eq!(cluster.terms(id), cluster.terms(4), "n{id}");
        assert_eq!(cluster.commit(id), cluster.commit(4), "n{id}");
    }
}

#[test]
fn section_5_3_a_leader_skips_a_whole_term_that_conflicts() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.apart = vec![1];
    cluster.put_all(1, 50);
    cluster.elect(2);
    cluster.put_all(2, 60);
    cluster.settle();
    cluster.apart.clear();
    cluster.crash(1);
    cluster.restart(1);
    // n3 has n2's log, and probes n1 at its end.
    cluster.apart = vec![2];
    cluster.elect(3);
    let conflicts = |(_, o): &&(NodeId, Observation)| matches!(o, Observation::Note { topic, .. } if topic == "conflict");
    assert_eq!(cluster.observed.iter().filter(conflicts).count(), 1);
    assert_eq!(cluster.terms(1), cluster.terms(3));
}

#[test]
fn section_5_4_1_a_candidate_without_all_committed_entries_loses() {
    let options = [("pre_vote", Value::Bool(false)), ("check_quorum", Value::Bool(false))];
    let mut cluster = Cluster::with(3, &options);
    cluster.elect(1);
    cluster.apart = vec![3];
    cluster.put(1, 7);
    cluster.settle();
    cluster.apart.clear();
    for _ in 0..5 {
        cluster.timeout(3);
        cluster.settle();
        assert_ne!(cluster.role(3), Role::Leader);
    }
    cluster.elect(2);
}

#[test]
fn section_5_4_2_a_new_leader_commits_old_entries_with_one_of_its_own() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.put(1, 7);
    cluster.deliver();
    cluster.under_way.clear();
    cluster.crash(1);
    cluster.timeout(2);
    cluster.settle();
    assert_eq!((cluster.terms(2), cluster.commit(2)), (vec![1, 1, 2], 3));
}

#[test]
fn section_5_5_a_crashed_follower_is_sent_to_until_it_is_back() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.crash(3);
    let ticket = cluster.put(1, 7);
    cluster.settle();
    assert_eq!(cluster.reply(ticket), Some(&Reply::Ok(Value::Nil)));
    cluster.restart(3);
    cluster.beat(1);
    assert_eq!(cluster.commit(3), 2);
}

#[test]
fn section_7_a_log_stays_short() {
    let options = [("snapshot_every", Value::Int(10)), ("keep_entries", Value::Int(3))];
    let mut cluster = Cluster::with(3, &options);
    cluster.elect(1);
    for value in 0..100 {
        cluster.put(1, value);
        cluster.settle();
        assert!((1..=3).all(|id| cluster.terms(id).len() <= 15));
    }
    cluster.crash(2);
    cluster.restart(2);
    cluster.beat(1);
    assert_eq!(cluster.commit(2), cluster.commit(1));
}

#[test]
fn section_8_a_leader_begins_its_term_with_a_no_op_and_reads_nothing_before() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.put(1, 7);
    cluster.settle();
    cluster.crash(1);
    cluster.timeout(2);
    while cluster.role(2) != Role::Leader {
        cluster.deliver();
    }
    let ticket = cluster.get(2);
    assert_eq!(cluster.reply(ticket), None);
    cluster.settle();
    assert_eq!(cluster.reply(ticket), Some(&Reply::Ok(Value::Int(7))));
}

#[test]
fn section_8_a_leader_without_a_majority_answers_no_read() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.apart = vec![1];
    let read = cluster.get(1);
    let write = cluster.put(1, 1);
    cluster.settle();
    assert_eq!((cluster.reply(read), cluster.reply(write)), (None, None));
    cluster.fire(1, ELECTION);
    cluster.fire(1, ELECTION);
    assert_eq!(cluster.reply(read), Some(&Reply::Redirect(None)));
    assert!(matches!(cluster.reply(write), Some(Reply::Info(_))));
}

#[test]
fn thesis_4_2_3_candidates_do_not_disturb_nodes_that_hear_a_leader() {
    let mut cluster = Cluster::with(3, &[("pre_vote", Value::Bool(false))]);
    cluster.elect(1);
    cluster.now += Nanos::from_millis(300);
    cluster.beat(1);
    cluster.fire(3, ELECTION);
    cluster.apart = vec![3];
    cluster.timeout(3);
    cluster.beat(1);
    cluster.apart.clear();
    cluster.fire(3, HEARTBEAT);
    cluster.settle();
    assert_eq!((cluster.role(1), cluster.term(2)), (Role::Leader, 1));
}

#[test]
fn thesis_6_2_a_leader_that_hears_no_majority_steps_down() {
    let mut cluster = Cluster::of(5);
    cluster.elect(1);
    cluster.apart = vec![1, 2];
    cluster.fire(1, ELECTION);
    cluster.beat(1);
    cluster.fire(1, ELECTION);
    assert_eq!((cluster.role(1), cluster.term(1)), (Role::Follower, 1));
}

#[test]
fn thesis_6_3_a_command_sent_again_is_done_once() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    let op = Op { f: "append".to_owned(), key: Value::from("k"), value: Value::from("a") };
    let request = Request { session: 9, sequence: 1, op };
    for id in [1, 1, 2] {
        if cluster.role(id) != Role::Leader {
            cluster.crash(1);
            cluster.elect(id);
        }
        let now = cluster.now;
        let effects = cluster.host(id).request(now, None, Ticket(1000), request.clone());
        cluster.take(id, effects);
        cluster.settle();
    }
    let done = cluster.replies.iter().filter(|reply| **reply == (1000, Reply::Ok(Value::Nil)));
    assert_eq!(done.count(), 3);
    let ticket = cluster.get(2);
    cluster.settle();
    assert_eq!(cluster.reply(ticket), Some(&Reply::Ok(Value::from("a"))));
}

#[test]
fn thesis_6_4_reads_write_nothing_and_share_rounds() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.beat(1);
    let files: Vec<_> = cluster.hosts.iter().map(Host::files).collect();
    let tickets: Vec<u64> = (0..10).map(|_| cluster.get(1)).collect();
    assert_eq!(cluster.words().len(), 2, "one round for the first read");
    cluster.deliver();
    cluster.deliver();
    assert_eq!(cluster.words().len(), 2, "one more for the others");
    cluster.settle();
    assert!(tickets.iter().all(|ticket| cluster.reply(*ticket).is_some()));
    assert_eq!(files, cluster.hosts.iter().map(Host::files).collect::<Vec<_>>());
}

#[test]
fn thesis_9_6_a_pre_vote_raises_no_term() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.apart = vec![3];
    for _ in 0..10 {
        cluster.timeout(3);
        cluster.beat(1);
    }
    assert_eq!(cluster.term(3), 1);
    cluster.apart.clear();
    cluster.beat(1);
    assert_eq!((cluster.role(1), cluster.term(1)), (Role::Leader, 1));
}

#[test]
fn thesis_10_2_1_a_leader_sends_before_it_has_written() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    let (now, op) = (cluster.now, Op { f: "put".to_owned(), key: Value::Nil, value: Value::Nil });
    let request = Request { session: 5, sequence: 1, op };
    let effects = cluster.host(1).request(now, None, Ticket(1), request);
    let sync = |effect: &Effect| matches!(effect, Effect::Wrote(chaos_node::Action::Sync));
    let sent = effects.iter().position(|effect| matches!(effect, Effect::Send { .. }));
    assert!(sent < effects.iter().position(sync));
}

#[test]
fn idle_traffic_is_heartbeats_alone_and_nothing_is_written() {
    let mut cluster = Cluster::of(3);
    cluster.elect(1);
    cluster.beat(1);
    let files: Vec<_> = cluster.hosts.iter().map(Host::files).collect();
    cluster.now += Nanos::from_millis(50);
    cluster.fire(1, HEARTBEAT);
    assert_eq!(cluster.under_way.len(), 2);
    assert!(cluster.under_way.iter().all(|(.., message)| message.len() <= 16));
    cluster.deliver();
    assert_eq!(cluster.under_way.len(), 2);
    cluster.deliver();
    assert!(cluster.under_way.is_empty());
    assert_eq!(files, cluster.hosts.iter().map(Host::files).collect::<Vec<_>>());
}
