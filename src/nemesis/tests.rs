use super::{Cut, Nemesis, Order, Powers, View, cuts, victims};
use crate::targets::Targets;
use crate::workload::fault::{Fault, NodeSpec, Shape};
use crate::workload::plan::{Moment, Plan, PlannedFault};
use crate::workload::{draw, load};
use chaos_node::{Nanos, NodeId, Rng, Role};

fn plan(faults: Vec<(u64, u64, Fault)>) -> Plan {
    let workload = load("w", "target: raft\nfaults: []", &Targets::builtin()).unwrap();
    let planned = faults.into_iter().map(|(at, lasts, fault)| PlannedFault {
        at: Nanos(at),
        when: Moment::Anytime,
        lasts: Nanos(lasts),
        fault,
        draw: at,
    });
    Plan { faults: planned.collect(), ..draw::plan(&workload, 1) }
}

fn kill(node: u16) -> Fault {
    Fault::Kill { victims: NodeSpec::Node(NodeId(node)) }
}

fn pause(node: u16) -> Fault {
    Fault::Pause { victims: NodeSpec::Node(NodeId(node)) }
}

/// All orders of a plan, each with its time.
fn story(plan: &Plan) -> Vec<(u64, Order)> {
    let mut nemesis = Nemesis::new(plan, Powers::Machines);
    let mut story = Vec::new();
    while let Some(at) = nemesis.next() {
        let orders = nemesis.act(at, &View::default());
        story.extend(orders.into_iter().map(|order| (at.0, order)));
    }
    story
}

fn nodes(count: u16) -> Vec<NodeId> {
    (1..=count).map(NodeId).collect()
}

#[test]
fn a_node_stays_down_until_all_who_want_it_down_let_go() {
    let plan = plan(vec![(10, 20, kill(1)), (20, 30, kill(1))]);
    assert_eq!(story(&plan), [(10, Order::Kill(NodeId(1))), (50, Order::Start(NodeId(1)))]);
}

#[test]
fn a_fault_that_finds_nothing_to_strike_is_attempted_but_not_applied() {
    let plan = plan(vec![(10, 20, kill(1)), (20, 5, pause(1))]);
    let mut nemesis = Nemesis::new(&plan, Powers::Machines);
    nemesis.act(Nanos(100), &View::default());
    let records = nemesis.records();
    assert!(records[0].applied.is_some());
    assert_eq!((records[1].applied, records[1].what.as_str()), (None, "pause nobody"));
}

#[test]
fn nobody_is_resumed_who_was_killed_meanwhile() {
    let plan = plan(vec![(10, 30, pause(1)), (20, 100, kill(1))]);
    let expected = [
        (10, Order::Pause(NodeId(1))),
        (20, Order::Kill(NodeId(1))),
        (120, Order::Start(NodeId(1))),
    ];
    assert_eq!(story(&plan), expected);
}

#[test]
fn healing_ends_everything_at_once() {
    let halves = Fault::Partition { shape: Shape::Halves };
    let plan = plan(vec![(10, 100, kill(2)), (20, 100, halves), (90, 10, pause(3))]);
    let mut nemesis = Nemesis::new(&plan, Powers::Machines);
    nemesis.act(Nanos(30), &View::default());
    let orders = nemesis.heal(Nanos(40));
    assert_eq!(orders, [Order::Start(NodeId(2)), Order::Lift { fault: 1 }]);
    assert_eq!(nemesis.next(), None);
    assert!(nemesis.records().iter().all(|record| record.ended == Some(Nanos(40))));
}

#[test]
fn a_fault_that_waits_for_an_election_strikes_then_and_lasts_from_then() {
    let mut plan = plan(vec![(10, 20, kill(1)), (50, 20, kill(2))]);
    let reflex = Nanos(3);
    plan.faults[0].when = Moment::Election { reflex };
    plan.faults[1].when = Moment::Leadership { reflex };
    let (mut nemesis, view) = (Nemesis::new(&plan, Powers::Machines), View::default());
    assert!(!nemesis.saw(Role::Candidate, Nanos(5)));
    assert_eq!(nemesis.act(Nanos(10), &view), []);
    assert!(!nemesis.saw(Role::Leader, Nanos(20)));
    assert!(nemesis.saw(Role::Candidate, Nanos(30)));
    assert_eq!(nemesis.next(), Some(Nanos(33)));
    assert_eq!(nemesis.act(Nanos(33), &view), [Order::Kill(NodeId(1))]);
    assert_eq!(nemesis.act(Nanos(53), &view), [Order::Start(NodeId(1))]);
    nemesis.heal(Nanos(90));
    let records = nemesis.records();
    assert_eq!(records[0].applied, Some(Nanos(33)));
    assert_eq!((records[1].applied, records[1].ended), (None, Some(Nanos(90))));
}

#[test]
fn the_leader_is_who_leads_when_the_fault_strikes() {
    let spec = |view: &View| victims(NodeSpec::Leader, &nodes(3), view, &mut Rng::new(1));
    assert_eq!(spec(&View { leader: Some(NodeId(3)) }), [NodeId(3)]);
    assert_eq!(spec(&View::default()), []);
}

#[test]
fn specs_choose_as_many_as_they_say() {
    let count = |spec, n| victims(spec, &nodes(n), &View::default(), &mut Rng::new(9)).len();
    assert_eq!([1, 2, 3, 5].map(|n| count(NodeSpec::Minority, n)), [0, 0, 1, 2]);
    assert_eq!([1, 2, 3, 5].map(|n| count(NodeSpec::Majority, n)), [1, 2, 2, 3]);
    assert_eq!([1, 5].map(|n| count(NodeSpec::All, n)), [1, 5]);
}

fn reaches(cuts: &[Cut], from: u16, to: u16) -> bool {
    !cuts.contains(&Cut { from: NodeId(from), to: NodeId(to) })
}

#[test]
fn in_a_majority_ring_each_sees_a_majority_and_no_two_the_same() {
    for count in [4, 5, 7, 9] {
        let all = nodes(count);
        let (_, _, cuts) = cuts(Shape::MajorityRing, &all, &View::default(), &mut Rng::new(5));
        let sees = |me: u16| -> Vec<u16> {
            (1..=count).filter(|&to| to == me || reaches(&cuts, me, to)).collect()
        };
        let seen: std::collections::BTreeSet<Vec<u16>> = (1..=count).map(sees).collect();
        assert_eq!(seen.len(), usize::from(count), "{count} nodes");
        assert!(seen.iter().all(|seen| seen.len() > usize::from(count) / 2), "{count} nodes");
        assert!(seen.iter().any(|seen| seen.len() < usize::from(count)), "{count} nodes");
    }
}

#[test]
fn shapes_cut_what_they_say() {
    let view = View { leader: Some(NodeId(2)) };
    let cut = |shape| cuts(shape, &nodes(5), &view, &mut Rng::new(3));
    let (_, victims, links) = cut(Shape::Leader);
    assert_eq!((victims, links.len()), (vec![NodeId(2)], 8));
    let (_, mute, links) = cut(Shape::OneWay);
    assert!(links.iter().all(|cut| cut.from == mute[0]) && links.len() == 4);
    let (_, minority, links) = cut(Shape::Halves);
    assert_eq!((minority.len(), links.len()), (2, 12));
    let (_, middle, links) = cut(Shape::Bridge);
    assert!(links.iter().all(|cut| cut.from != middle[0] && cut.to != middle[0]));
    assert_eq!(links.len(), 8);
}
