use super::{Look, lines};
use crate::report::sample;
use chaos_node::{Nanos, NodeId};

fn around(width: usize) -> Look {
    let (from, to) = (Nanos::from_millis(1_230), Nanos::from_millis(1_300));
    Look { width, from, to, ..Look::default() }
}

fn story(look: &Look) -> String {
    lines(&sample::stale_read().run(), look).join("\n")
}

#[test]
fn an_election_reads_as_a_story() {
    for width in [60, 120, 200] {
        insta::assert_snapshot!(format!("election_{width}"), story(&around(width)));
    }
}

#[test]
fn messages_are_shown_where_they_are_asked_for() {
    let topics = ["send", "receive", "role", "fault"].map(str::to_owned).to_vec();
    insta::assert_snapshot!("messages", story(&Look { topics, ..around(140) }));
    assert!(!story(&around(140)).contains("RequestVote"));
}

#[test]
fn the_violation_is_marked_at_its_time_whatever_else_is_shown() {
    let topics = vec!["role".to_owned()];
    let story = story(&Look { topics, ..Look::default() });
    assert!(story.contains("▲ violated linearizable: "), "{story}");
    assert!(!story.contains(" ✓ "), "{story}");
    assert!(story.ends_with("chaos replay reports/raft-kv/seed-17"), "{story}");
}

#[test]
fn topics_nodes_and_times_choose() {
    let ignore = vec!["client".to_owned()];
    let told = story(&Look { ignore, nodes: vec![NodeId(3)], ..around(120) });
    assert!(told.contains("LEADER of term 2") && !told.contains("get "), "{told}");
    assert!(!told.contains("append 2@2  "), "{told}");
    assert!(!told.contains("fault 2"), "{told}");
}

#[test]
fn no_line_is_wider_than_wanted_nor_moves_the_cursor() {
    let evil = "\u{1b}[2J\r\n\u{202e}".to_owned() + &"x".repeat(5_000);
    let sample = sample::hostile(&evil);
    for width in [40, 60, 120, 200] {
        let story = lines(&sample.run(), &Look { width, ..Look::default() });
        let (head, foot) = (2, story.iter().position(|line| line.starts_with("stderr")).unwrap());
        for line in &story {
            assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line}");
        }
        for line in &story[head..foot] {
            assert!(line.chars().count() <= width.max(52), "{width}: {line}");
        }
    }
}

#[test]
fn colours_are_there_only_where_they_are_wanted() {
    let colours = true;
    assert!(story(&Look { colours, ..around(120) }).contains("\u{1b}[32mLEADER"));
    assert!(!story(&around(120)).contains('\u{1b}'));
}
