//! What holds of every page, whatever its colours, its width and what stands in it.

use crate::campaign;
use crate::tab::Tab;
use chaos::report::{folder, html};
use chaos_checker::Value as Datum;
use chaos_node::Observation;
use serde_json::Value;
use std::fs;
use std::path::Path;

const PROBE: &str = include_str!("probe.js");

#[track_caller]
fn is_sound(tab: &mut Tab) -> Value {
    let found = tab.evaluate(PROBE);
    for (what, place) in
        [("too little contrast", "faint"), ("a control without a name", "nameless")]
    {
        let all = found[place].as_array().expect("a list");
        assert!(all.is_empty(), "{what}: {all:#?}");
    }
    let (content, window) = (found["content"].as_u64(), found["inside"].as_u64());
    assert!(content <= window, "{content:?} of {window:?} pixels: it scrolls to the side");
    assert_eq!(found["headings"], 1);
    found
}

#[test]
fn pages_read_well_in_both_colour_schemes_on_any_width_and_on_paper() {
    let Some(mut tab) = Tab::new() else { return };
    let (_, index, run) = campaign();
    let report = run.join("report.html");
    for page in [index, &report] {
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")] {
            tab.resize(width, 800);
            tab.media("screen", scheme);
            tab.open_file(page);
            let found = is_sound(&mut tab);
            assert_eq!(
                (&found["window"], &found["dark"]),
                (&width.into(), &(scheme == "dark").into())
            );
        }
        tab.resize(800, 1100);
        tab.media("print", "light");
        tab.open_file(page);
        is_sound(&mut tab);
    }
    let printed = "[getComputedStyle(document.querySelector('#explore')).display, \
                   document.querySelector('#around').checkVisibility()]";
    assert_eq!(tab.evaluate(printed), serde_json::json!(["none", true]), "figures are printed");
}

#[test]
fn the_violation_is_seen_without_scrolling() {
    let Some(mut tab) = Tab::new() else { return };
    let (_, _, run) = campaign();
    tab.open_file(&run.join("report.html"));
    let found = is_sound(&mut tab);
    let end = found["headline"].as_f64().expect("a headline");
    assert!(end > 0.0 && end < 400.0, "the sentence ends at {end}");
    let drawn = tab
        .evaluate("document.querySelector('#counterexample svg').getBoundingClientRect().bottom");
    let drawn = drawn.as_f64().expect("a counterexample");
    assert!(drawn > 0.0 && drawn <= 800.0, "the counterexample ends at {drawn}");
}

#[test]
fn a_page_is_read_without_its_scripts() {
    let Some(mut tab) = Tab::new() else { return };
    let (home, index, run) = campaign();
    let plain = |page: &Path| {
        let text = fs::read_to_string(page).expect("a page");
        let text = text.replace("<script", "<template").replace("</script", "</template");
        let copy = home.path().join("plain.html");
        fs::write(&copy, text).expect("room");
        copy
    };
    tab.open_file(&plain(&run.join("report.html")));
    let seen = "[...document.querySelectorAll('#counterexample svg, #around svg, #replay code, #operations table')] \
                .filter((part) => part.checkVisibility()).length";
    assert!(tab.evaluate(seen).as_u64() >= Some(4), "{}", tab.evaluate(seen));
    tab.open_file(&plain(index));
    assert_eq!(tab.evaluate("document.querySelector('#all').checkVisibility()"), true);
}

/// Markup, an escape sequence, and characters that end scripts or turn texts around.
const EVIL: &str =
    "</script><img src=x onerror=\"window.evil=1\">\u{1b}[2J\u{202e}\u{2028}'\"&amp;\0";

#[test]
fn what_nodes_clients_and_files_say_is_text() {
    let Some(mut tab) = Tab::new() else { return };
    let (home, _, run) = campaign();
    let mut saved = folder::read(run).expect("a run");
    let evil = |text: &mut String| text.push_str(EVIL);
    evil(&mut saved.plan.workload);
    evil(&mut saved.replay);
    evil(&mut saved.world);
    for event in &mut saved.execution.history {
        evil(&mut event.f);
        event.key = event.key.as_ref().map(|key| Datum::from(format!("{key}{EVIL}")));
        event.value = Datum::from(format!("{}{EVIL}", event.value));
        event.node.iter_mut().for_each(evil);
        event.error = Some(EVIL.to_owned());
    }
    for traced in &mut saved.execution.trace {
        if let Observation::Note { topic, text } = &mut traced.observation {
            evil(topic);
            evil(text);
        }
    }
    for fault in &mut saved.execution.faults {
        evil(&mut fault.what);
        evil(&mut fault.kind);
        fault.effect.iter_mut().for_each(evil);
    }
    let messages = saved.execution.messages.as_mut().expect("messages");
    messages.sent.iter_mut().filter_map(|message| message.text.as_mut()).for_each(evil);
    saved.execution.nodes.iter_mut().for_each(|node| evil(&mut node.stderr));
    let page = home.path().join("evil.html");
    fs::write(&page, html::run_page(&saved.run())).expect("room for a page");
    tab.open_file(&page);
    is_sound(&mut tab);
    // What is drawn and told by scripts as well: an item of every lane.
    tab.evaluate("document.querySelectorAll('.panel')[1].focus()");
    for _ in 0..20 {
        tab.key("ArrowDown");
        tab.key("ArrowRight");
    }
    assert!(tab.text("#details").contains("<img src=x"), "it is there as text");
    assert_eq!(tab.evaluate("[window.evil, document.images.length]"), serde_json::json!([null, 0]));
    tab.is_silent();
}
