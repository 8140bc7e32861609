//! The table of runs, as it stands and while the campaign goes on.

use crate::campaign;
use crate::cli_support::{eventually, program};
use crate::tab::Tab;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const ROWS: &str = "[...document.querySelectorAll('#all tbody tr')].filter((row) => !row.hidden)";

#[track_caller]
fn column(tab: &mut Tab, number: usize) -> Vec<f64> {
    let cells = format!("{ROWS}.map((row) => Number(row.cells[{number}].dataset.by))");
    serde_json::from_value(tab.evaluate(&cells)).expect("numbers")
}

#[test]
fn the_table_sorts_by_keyboard_and_filters() {
    let Some(mut tab) = Tab::new() else { return };
    tab.open_file(&campaign().1);
    tab.evaluate("document.querySelectorAll('#all th button')[7].focus()");
    tab.key("Enter");
    let took = column(&mut tab, 7);
    assert!(took.len() > 1 && took.is_sorted(), "{took:?}");
    tab.key("Enter");
    assert!(column(&mut tab, 7).iter().rev().is_sorted());
    let sort = tab.evaluate("document.querySelectorAll('#all th')[7].getAttribute('aria-sort')");
    assert_eq!(sort, json!("descending"));
    tab.fill("#runs select", "invalid");
    assert_eq!(
        tab.evaluate(&format!("{ROWS}.map((row) => row.cells[1].textContent)")),
        json!(["invalid"])
    );
    tab.fill("#runs input", "no such words");
    assert_eq!(tab.evaluate(&format!("{ROWS}.length")), json!(0));
    tab.is_silent();
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // A server is ended, whatever the test came to.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path) -> (Served, String) {
    let mut command = Command::new(program());
    command.args(["serve", "--port", "0"]).arg(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("where it is");
    let url = line.split_whitespace().next().expect("an address").to_owned();
    (Served(child), url)
}

#[test]
fn the_page_of_a_campaign_under_way_renews_itself_and_keeps_what_was_chosen() {
    let Some(mut tab) = Tab::new() else { return };
    let ended = campaign().1.parent().expect("a folder");
    let folder = tempfile::tempdir().expect("room");
    let text = fs::read_to_string(ended.join("campaign.json")).expect("a beginning");
    let mut begun: Value = serde_json::from_str(&text).expect("JSON");
    begun["end"] = Value::Null;
    fs::write(folder.path().join("campaign.json"), begun.to_string()).expect("room");
    let runs = fs::read_to_string(ended.join("runs.jsonl")).expect("a journal");
    let lines: Vec<&str> = runs.split_inclusive('\n').collect();
    let journal = folder.path().join("runs.jsonl");
    fs::write(&journal, lines[..2].concat()).expect("room");
    let (_served, url) = serve(folder.path());
    tab.open(&url);
    assert!(tab.text("h1").starts_with("2 runs so far"), "{}", tab.text("h1"));
    tab.fill("#runs select", "valid");
    tab.evaluate("document.querySelectorAll('#all th button')[7].click()");
    tab.evaluate("document.querySelector('#runs input').focus()");
    fs::write(&journal, &runs).expect("room");
    let all = format!("{} runs so far", lines.len());
    eventually("the page is renewed", || tab.text("h1").starts_with(&all));
    let valid = lines.iter().filter(|line| line.contains("\"status\":\"valid\"")).count();
    let took = column(&mut tab, 7);
    assert!(took.len() == valid && valid > 1 && took.is_sorted(), "{valid}: {took:?}");
    assert_eq!(tab.evaluate("document.activeElement.type"), json!("search"), "the focus stays");
    assert!(tab.text("#failures").contains("chaos replay"), "what failed meanwhile is there");
    // Its end: the page that the campaign left takes its place.
    fs::copy(ended.join("index.html"), folder.path().join("index.html")).expect("room");
    fs::write(folder.path().join("campaign.json"), &text).expect("room");
    eventually("the last page is there", || {
        tab.evaluate("document.documentElement?.dataset.live ?? 'no'") == json!("no")
    });
    tab.is_silent();
}
