use super::{index_page, run_page};
use crate::check::Verdict;
use crate::report::sample::{self, Sample};
use std::fs;
use std::path::PathBuf;

const EVIL: &str =
    "</script></style></svg><img src=x onerror=alert(1)>\"'\u{1b}[31m\u{0}\r\u{202e}";

/// A page must hold no markup but its own, and nothing that reaches out.
fn is_closed(page: &str) {
    assert!(!page.contains("<img"), "foreign markup");
    assert_eq!(page.matches("</script>").count(), page.matches("<script").count());
    assert!(page.matches("<script").count() <= 3, "foreign scripts");
    assert_eq!(page.matches("</style>").count(), 1);
    let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!page.contains(harmful), "a control character");
    for reaching in ["http://", "https://", " src=\"", "@import", "url(http", "<link", "<iframe"] {
        assert!(!page.contains(reaching), "{reaching}");
    }
}

#[test]
fn a_stale_read_is_told_first_and_in_a_sentence() {
    let sample = sample::stale_read();
    assert!(matches!(sample.outcomes[0].verdict, Verdict::Invalid(_)), "{:?}", sample.outcomes);
    assert!(sample.outcomes[1..].iter().all(|outcome| outcome.verdict == Verdict::Valid));
    let page = run_page(&sample.run());
    is_closed(&page);
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
    let places = ["<h1>", "id=\"counterexample\"", "chaos replay", "id=\"around\""];
    let places = places.map(|place| page.find(place).expect(place));
    assert!(places.is_sorted(), "{places:?}");
    let summary = &sample.run().violation().unwrap().summary;
    assert!(page.contains(&format!("<h1>{summary}</h1>")), "{summary}");
    assert!(page.contains("n1 took itself for the leader of term 1"));
}

#[test]
fn what_a_node_or_a_client_says_is_never_markup() {
    let sample = sample::hostile(EVIL);
    let page = run_page(&sample.run());
    is_closed(&page);
    let mut end = sample::campaign();
    end.start.workload = EVIL.to_owned();
    end.start.warnings = vec![EVIL.to_owned()];
    for run in &mut end.runs {
        sample::spoil(run, EVIL);
        run.folder = Some(PathBuf::from(EVIL));
    }
    is_closed(&index_page(&end));
}

#[test]
fn a_long_run_is_cut_and_says_so() {
    let mut sample = sample::stale_read();
    let history = sample.execution.history.clone();
    for round in 1..60 {
        sample.execution.history.extend(history.iter().map(|event| {
            let mut event = event.clone();
            event.index += round * 100_000;
            event.time.0 += round * 4_000_000_000;
            event
        }));
    }
    for node in &mut sample.execution.nodes {
        node.stderr = "<&>".repeat(100_000);
    }
    let page = run_page(&sample.run());
    assert!(page.len() < 2 << 20, "{} bytes", page.len());
    assert!(page.contains("more are in"), "the cut is told");
}

#[test]
fn odd_runs_have_pages_too() {
    let mut sample = sample::two_leaders();
    is_closed(&run_page(&sample.run()));
    sample.outcomes.clear();
    is_closed(&run_page(&sample.run()));
    sample.execution = crate::execution::Execution::default();
    sample.plan.clients.clear();
    is_closed(&run_page(&sample.run()));
    let mut end = sample::campaign();
    end.runs.clear();
    is_closed(&index_page(&end));
}

/// Writes the pages to look at them: `cargo test -- --ignored pages_to_look_at`.
#[test]
#[ignore = "writes files for people"]
fn pages_to_look_at() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    let write = |name: &str, sample: &Sample| {
        crate::report::folder::write(&folder.join(name), &sample.run()).unwrap();
    };
    write("seed-17", &sample::stale_read());
    write("seed-19", &sample::two_leaders());
    write("hostile", &sample::hostile(EVIL));
    fs::write(folder.join("index.html"), index_page(&sample::campaign())).unwrap();
}
