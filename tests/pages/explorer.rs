//! The part of a run's page that is looked around in.

use crate::campaign;
use crate::tab::Tab;
use serde_json::json;

fn opened() -> Option<Tab> {
    let mut tab = Tab::new()?;
    tab.open_file(&campaign().2.join("report.html"));
    tab.evaluate("document.querySelectorAll('.panel')[1].focus()");
    Some(tab)
}

/// The part of the run that is seen, in seconds.
#[track_caller]
fn seen(tab: &mut Tab) -> (f64, f64) {
    let text = tab.text(".explorer .seen");
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    (numbers.next().expect("its begin"), numbers.next().expect("its end"))
}

/// How many operations and messages go through the filters, of how many.
#[track_caller]
fn count(tab: &mut Tab) -> [u64; 4] {
    let text = tab.text(".explorer .count").replace(',', "");
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn time_zooms_pans_and_is_chosen_with_a_brush() {
    let Some(mut tab) = opened() else { return };
    let violation = seen(&mut tab);
    tab.key("0");
    let whole = seen(&mut tab);
    assert!(whole.0 == 0.0 && whole.1 > violation.1 - violation.0, "{whole:?} {violation:?}");
    tab.key("+");
    let half = seen(&mut tab);
    assert!(((half.1 - half.0) * 2.0 - whole.1).abs() < 0.01, "{half:?} of {whole:?}");
    tab.keys("ArrowRight", 8);
    let later = seen(&mut tab);
    assert!(later.0 > half.0 + 0.1 && (later.1 - later.0 - half.1 + half.0).abs() < 0.01);
    tab.key("v");
    assert_eq!(seen(&mut tab), violation);
    tab.key("-");
    assert!(seen(&mut tab).1 - seen(&mut tab).0 > violation.1 - violation.0);

    let [left, top, width, height] = tab.place(".panel.overview");
    let at = |part: f64| (left + 92.0 + (width - 100.0) * part, top + height / 2.0);
    tab.key("0");
    tab.drag(&[at(0.5), at(0.6), at(0.75)]);
    let brushed = seen(&mut tab);
    let near = |one: f64, part: f64| (one - whole.1 * part).abs() < whole.1 * 0.02;
    assert!(near(brushed.0, 0.5) && near(brushed.1, 0.75), "{brushed:?} of {whole:?}");

    let [left, top, width, _] = tab.place(".panel:not(.overview)");
    let from = (left + width / 2.0, top + 8.0);
    tab.drag(&[from, (from.0 + 60.0, from.1), (from.0 + 200.0, from.1)]);
    let dragged = seen(&mut tab);
    assert!(dragged.0 < brushed.0 - 0.01, "to the right is back in time: {dragged:?} {brushed:?}");
    tab.is_silent();
}

#[test]
fn filters_let_through_what_they_say() {
    let Some(mut tab) = opened() else { return };
    assert_eq!(tab.text(".explorer .count"), "");
    tab.fill("[data-filter=key]", "k1");
    let [keys, all, messages, of] = count(&mut tab);
    assert!(0 < keys && keys < all && messages == of, "{keys} of {all}");
    walked(&mut tab, |told| told.contains(" k1"));
    tab.fill("[data-filter=client]", "2");
    let [both, ..] = count(&mut tab);
    assert!(0 < both && both < keys, "{both} of {keys}");
    walked(&mut tab, |told| told.starts_with("client ") && told.contains(" k1"));
    tab.key("Escape");
    assert_eq!(tab.text(".explorer .count"), "", "Escape takes filters away");

    tab.fill("[data-filter=node]", "3");
    let [operations, all, messages, of] = count(&mut tab);
    assert!(operations < all && 0 < messages && messages < of);
    let heads = "[...document.querySelectorAll('.line.head span')].map((head) => head.textContent)";
    assert_eq!(tab.evaluate(heads), json!(["time", "n3"]));
    tab.key("Escape");
    let kinds =
        "[...document.querySelectorAll('[data-filter=kind] option')].map((o) => [o.text, o.value])";
    let kinds: Vec<(String, String)> = serde_json::from_value(tab.evaluate(kinds)).expect("kinds");
    let value = |name: &str| {
        let found = kinds.iter().find(|(text, _)| text == name);
        found.unwrap_or_else(|| panic!("{name}: {kinds:?}")).1.clone()
    };
    tab.fill("[data-filter=kind]", &value("put"));
    let [puts, all, ..] = count(&mut tab);
    assert!(0 < puts && puts < all);
    walked(&mut tab, |told| told.contains(": put "));
    tab.fill("[data-filter=kind]", &value("RequestVote"));
    let [operations, all, votes, of] = count(&mut tab);
    assert!(operations == all && 0 < votes && votes < of, "{votes} of {of}");
    tab.is_silent();
}

/// Walks to the first and through some more operations by keys: all must be so.
#[track_caller]
fn walked(tab: &mut Tab, is: impl Fn(&str) -> bool) {
    tab.evaluate("document.querySelectorAll('.panel')[1].focus()");
    let mut told = std::collections::BTreeSet::new();
    for key in ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"] {
        tab.key(key);
        let title = tab.text("#details strong");
        if title.contains("client ") {
            assert!(is(title.trim_start_matches("✗ ")), "{title}");
            told.insert(title);
        }
    }
    assert!(told.len() > 1, "{told:?}");
}

#[test]
fn keys_reach_every_lane_and_what_is_selected_is_told() {
    let Some(mut tab) = opened() else { return };
    // By the Tab key alone, from the top of the page.
    tab.evaluate("document.activeElement.blur()");
    let focused = "document.activeElement.getAttribute('aria-label') ?? ''";
    let mut reached = false;
    for _ in 0..200 {
        tab.key("Tab");
        reached |= tab.evaluate(focused) == json!("Timeline of clients, nodes and faults");
        if reached {
            break;
        }
    }
    assert!(reached, "the timeline takes the focus");
    let outline = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(tab.evaluate(outline), json!("solid"), "and shows it");
    tab.key("ArrowRight");
    let first = tab.text("#details");
    assert!(first.contains("part of the violation"), "the guilty is first: {first}");
    let mut lanes = std::collections::BTreeSet::new();
    for key in ["ArrowUp", "ArrowDown"] {
        for _ in 0..30 {
            tab.key(key);
            let title = tab.text("#details strong");
            let title = title.trim_start_matches("✗ ").replace(':', " ");
            lanes.insert(title.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        }
    }
    let has = |begin: &str| lanes.iter().any(|lane| lane.starts_with(begin));
    for begin in ["client 0", "client 1", "n1 ", "n2 ", "n3 ", "n4 ", "n5 ", "n1 →", "n5 →"] {
        assert!(has(begin), "{begin} is not among {lanes:?}");
    }
    tab.key("Escape");
    assert!(tab.text("#details").contains("Nothing is selected"));
    tab.is_silent();
}

#[test]
fn a_selected_operation_leads_to_its_messages_and_back() {
    let Some(mut tab) = opened() else { return };
    let kind = "[...document.querySelectorAll('[data-filter=kind] option')].find((o) => o.text === 'put').value";
    let kind = tab.evaluate(kind);
    tab.fill("[data-filter=kind]", kind.as_str().expect("puts"));
    tab.evaluate("document.querySelectorAll('.panel')[1].focus()");
    let mut found = false;
    // Along one lane after the other, for the first are those of faults.
    let along = ["ArrowLeft"; 15].into_iter().chain(["ArrowRight"; 30]);
    let lane = ["ArrowDown"].into_iter().chain(along);
    for key in lane.collect::<Vec<_>>().repeat(6) {
        tab.key(key);
        found = tab.text("#details").contains("Messages that carry it");
        if found {
            break;
        }
    }
    assert!(found, "{}", tab.text("#details"));
    let operation = tab.text("#details strong");
    let message = tab.text("#details li button");
    assert!(message.contains("AppendEntries"), "{message}");
    tab.evaluate("document.querySelector('#details li button').focus()");
    tab.key("Enter");
    let details = tab.text("#details");
    assert!(
        details.contains("AppendEntries") && details.contains("Operations that it carries"),
        "{details}"
    );
    let operation = operation.trim_start_matches("✗ ");
    assert!(details.contains(operation), "{operation}: {details}");
    tab.is_silent();
}

#[test]
fn what_the_pointer_is_over_is_told() {
    let Some(mut tab) = opened() else { return };
    let [left, top, width, height] = tab.place(".panel:not(.overview)");
    let mut told = std::collections::BTreeSet::new();
    for step in 0..24 {
        let y = top + height * f64::from(step) / 24.0;
        for part in [0.3, 0.6] {
            tab.hover((left + width * part, y));
            if tab.evaluate("document.querySelector('.tip').hidden") == json!(false) {
                told.insert(
                    tab.text(".tip").split_whitespace().next().unwrap_or_default().to_owned(),
                );
            }
        }
    }
    assert!(told.len() >= 4, "{told:?}");
    tab.is_silent();
}
