use super::{Script, Wish};
use crate::execution::ScriptEnd;
use crate::nemesis::Order;
use crate::network::Sent;
use crate::targets::Targets;
use crate::workload::{draw, load};
use chaos_node::{Digest, Nanos, NodeId, Observation, Role};

const MS: fn(u64) -> Nanos = Nanos::from_millis;

fn script(steps: &str) -> Script {
    let text = format!("target: raft\nnodes: 3\nsteps:\n{steps}");
    let workload =
        load("w.yaml", &text, &Targets::builtin()).expect("the test's workload is right");
    let mut script = Script::new(&draw::plan(&workload, 1)).expect("there is a script");
    script.begin(Nanos::ZERO);
    script
}

fn role(script: &mut Script, node: u16, role: Role, term: u64) {
    script.observed(NodeId(node), &Observation::Role { role, term });
}

fn applied(script: &mut Script, node: u16, index: u64) {
    let digest = Digest::EMPTY;
    script.observed(NodeId(node), &Observation::Applied { index, term: 1, digest });
}

fn orders(wishes: &[Wish]) -> Vec<&Order> {
    fn order(wish: &Wish) -> Option<&Order> {
        match wish {
            Wish::Order(order) => Some(order),
            Wish::Submit { .. } => None,
        }
    }
    wishes.iter().filter_map(order).collect()
}

fn failure(script: &Script) -> (usize, u64, &str, &str) {
    match script.end() {
        Some(ScriptEnd::Failed(failure)) => {
            (failure.step, failure.line, &failure.expected, &failure.seen)
        }
        end => panic!("the script has not failed: {end:?}"),
    }
}

#[test]
fn a_leader_is_waited_for_and_remembered_and_cut_off() {
    let mut script = script(
        "  - await-leader: { within: 1s, as: first }\n  - cut: { nodes: [first] }\n  - await-leader: { within: 1s, not: [first] }\n",
    );
    assert!(script.act(MS(0), None).is_empty());
    assert_eq!(script.next(), MS(1000));
    role(&mut script, 2, Role::Leader, 1);
    let wishes = script.act(MS(100), None);
    assert_eq!(orders(&wishes).len(), 4, "both ways, to two others");
    assert!(script.end().is_none() && script.next() == MS(1100), "a leader without a majority");
    role(&mut script, 3, Role::Leader, 2);
    script.act(MS(300), None);
    assert_eq!(script.end(), Some(&ScriptEnd::Passed));
    assert_eq!(script.records().len(), 1);
    assert_eq!(script.heal(MS(300)), [Order::Lift { fault: 0 }]);
}

#[test]
fn the_step_that_fails_is_told_with_its_line() {
    let mut script = script("  - wait: 1s\n  - await-leader: { within: 1s }\n");
    script.act(MS(0), None);
    script.act(MS(1000), None);
    script.act(MS(2000), None);
    let (step, line, expected, seen) = failure(&script);
    assert_eq!((step, line, expected), (2, 5, "a leader of a majority within 1s"));
    assert_eq!(seen, "n1 silent in term 0, n2 silent in term 0, n3 silent in term 0");
}

#[test]
fn what_must_not_happen_fails_at_once_when_it_does() {
    let mut terms = script("  - same-term: 1s\n");
    terms.act(MS(0), None);
    role(&mut terms, 1, Role::Candidate, 1);
    terms.act(MS(10), None);
    assert_eq!(failure(&terms).3, "term 1");
    let mut leaders = script("  - no-leader: 1s\n");
    leaders.act(MS(0), None);
    role(&mut leaders, 1, Role::Leader, 1);
    leaders.act(MS(10), None);
    assert_eq!(failure(&leaders).2, "no new leader for 1s");
    let mut commits = script("  - no-commit: 1s\n");
    applied(&mut commits, 1, 4);
    commits.act(MS(0), None);
    applied(&mut commits, 2, 4);
    commits.act(MS(10), None);
    assert!(commits.end().is_none(), "another one learns what was committed before");
    applied(&mut commits, 2, 5);
    commits.act(MS(20), None);
    assert_eq!(failure(&commits).3, "entry 5 committed");
}

#[test]
fn operations_that_are_not_acknowledged_in_time_fail_it() {
    let mut script = script("  - submit: { count: 2, to: n2 }\n  - committed: 1s\n");
    let wishes = script.act(MS(0), None);
    assert_eq!(wishes.len(), 2);
    let pinned = |wish: &Wish| match wish {
        Wish::Submit { operation, .. } => operation.stays && operation.first == Some(NodeId(2)),
        Wish::Order(_) => false,
    };
    assert!(wishes.iter().all(pinned));
    script.completed(0, true);
    script.completed(1, false);
    script.act(MS(1000), None);
    assert_eq!(failure(&script).3, "1");
}

#[test]
fn nodes_agree_when_all_that_can_have_applied_what_is_committed() {
    let mut script = script(
        "  - kill: { nodes: [n3] }\n  - agree: 1s\n  - start: { nodes: [down] }\n  - agree: 1s\n",
    );
    for node in 1..=3 {
        applied(&mut script, node, 2);
    }
    assert_eq!(
        orders(&script.act(MS(0), None)),
        [&Order::Kill(NodeId(3)), &Order::Start(NodeId(3))]
    );
    assert!(script.end().is_none(), "what it had applied before it died does not count");
    applied(&mut script, 3, 2);
    script.act(MS(10), None);
    assert_eq!(script.end(), Some(&ScriptEnd::Passed));
}

#[test]
fn messages_are_counted_where_the_world_counts_them() {
    let steps = "  - count\n  - wait: 1s\n  - messages: { most: 10 }\n";
    let sent = |messages| Some(Sent { messages, bytes: 0 });
    let mut many = script(steps);
    many.act(MS(0), sent(5));
    many.act(MS(1000), sent(16));
    assert_eq!(failure(&many).3, "11");
    let mut few = script(steps);
    few.act(MS(0), sent(5));
    few.act(MS(1000), sent(15));
    assert_eq!(few.end(), Some(&ScriptEnd::Passed));
    let mut dark = script(steps);
    dark.act(MS(0), None);
    dark.act(MS(1000), None);
    assert!(matches!(dark.end(), Some(ScriptEnd::Unseen(_))));
}

#[test]
fn a_script_that_takes_too_long_fails() {
    let mut script = script("  - wait: 3m\n");
    script.act(MS(0), None);
    assert_eq!(script.next(), Nanos::from_secs(120));
    script.act(Nanos::from_secs(120), None);
    assert_eq!(failure(&script).2, "the whole script to be over by now");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let mistake = |steps: &str| {
        let text = format!("target: raft\nnodes: 3\nsteps:\n  - {steps}\n");
        let mistake = load("w.yaml", &text, &Targets::builtin()).expect_err("a mistake");
        (mistake.place, mistake.message)
    };
    let unknown = "no step before has remembered `frist`".to_owned();
    assert_eq!(mistake("cut: { nodes: [frist] }"), (Some((4, 20)), unknown));
    let taken = "`leader` means something already: another name".to_owned();
    assert_eq!(mistake("cut: { nodes: [n1], as: leader }"), (Some((4, 29)), taken));
    let nobody = "`n9` of 3 nodes is nobody".to_owned();
    assert_eq!(mistake("kill: { nodes: [n9] }"), (Some((4, 21)), nobody));
    let many = "expected 1 to 1000 operations, found 0".to_owned();
    assert_eq!(mistake("submit: { count: 0 }"), (Some((4, 22)), many));
}
