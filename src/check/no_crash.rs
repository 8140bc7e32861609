//! No node stops by itself. A node that meets a broken invariant of its own dies loudly, and that
//! is a finding; deaths that the tester caused are not counted.

use super::{Fact, Verdict, Violation};
use crate::execution::{Crash, NodeRecord};
use crate::workload::plan::Property;
use chaos_node::NodeId;

pub(super) fn check(nodes: &[NodeRecord]) -> Verdict {
    let crashed = |(place, node): (usize, &NodeRecord)| {
        let id = NodeId(u16::try_from(place + 1).unwrap_or(u16::MAX));
        node.crashed.clone().map(|crash| (id, crash))
    };
    let mut crashes: Vec<_> = nodes.iter().enumerate().filter_map(crashed).collect();
    crashes.sort_by_key(|(_, crash)| crash.time);
    let Some((node, first)) = crashes.first() else { return Verdict::Valid };
    let story = first.last_words.lines().map(str::to_owned).collect();
    Verdict::Invalid(Box::new(Violation {
        property: Property::NoCrash,
        summary: summary(*node, first),
        time: Some(first.time),
        facts: crashes.iter().map(|(node, crash)| fact(*node, crash)).collect(),
        story,
        events: Vec::new(),
        start: None,
    }))
}

fn summary(node: NodeId, crash: &Crash) -> String {
    match crash.telling_line() {
        Some(line) => format!("{node} stopped by itself ({}): {line}", crash.status),
        None => format!("{node} stopped by itself ({}) without a word", crash.status),
    }
}

fn fact(node: NodeId, crash: &Crash) -> Fact {
    let text = format!("stopped by itself: {}", crash.status);
    Fact { time: crash.time, node: Some(node), text }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{invalid, is_valid};
    use crate::execution::{Crash, NodeRecord};
    use chaos_node::Nanos;

    fn crashed(millis: u64, last_words: &str) -> NodeRecord {
        let crash = Crash {
            time: Nanos::from_millis(millis),
            status: "exit status 101".to_owned(),
            last_words: last_words.to_owned(),
        };
        NodeRecord { crashed: Some(crash), ..NodeRecord::default() }
    }

    #[test]
    fn nodes_that_run_or_were_killed_are_fine() {
        is_valid(&check(&[NodeRecord { starts: 4, ..NodeRecord::default() }]));
    }

    #[test]
    fn the_first_crash_is_told_with_what_it_panicked_with() {
        let words =
            "thread 'main' panicked at raft/src/log.rs:70:9:\nlog has a hole at 12\nnote: x";
        let nodes = [crashed(900, "later"), NodeRecord::default(), crashed(20, words)];
        let violation = invalid(check(&nodes));
        let wanted = "n3 stopped by itself (exit status 101): log has a hole at 12";
        assert_eq!(violation.summary, wanted);
        assert_eq!(violation.facts.len(), 2);
        assert_eq!(violation.story.len(), 3);
    }

    #[test]
    fn a_crash_without_words_is_told_too() {
        let violation = invalid(check(&[crashed(1, " \n")]));
        assert!(violation.summary.ends_with("without a word"));
    }
}
