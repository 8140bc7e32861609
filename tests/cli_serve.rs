//! `chaos serve` and `chaos open`: what a browser is given, and what nobody is.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files and sockets")]

mod cli_support;

use cli_support::{CALM, Home, eventually, names};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Stdio};

struct Served {
    child: Child,
    address: String,
}

impl Served {
    /// Serves the reports of a home on a free port.
    fn start(home: &Home) -> Served {
        let mut command = home.command(&["serve", "--port", "0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("where it is");
        let address = line.strip_prefix("http://").and_then(|line| line.split_once("/ shows "));
        let address = address.unwrap_or_else(|| panic!("{line}")).0.to_owned();
        Served { child, address }
    }

    /// What it answers to these bytes.
    fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        // It may have said no before all was sent.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn ask(&self, method: &str, path: &str, more: &str) -> String {
        let host = &self.address;
        self.raw(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n").as_bytes())
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path, "")
    }

    /// The end of it, as Ctrl-C makes it.
    fn stop(mut self, signal: Signal) -> Option<i32> {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("it is there");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that fails leaves nobody behind; what has ended is only taken note of.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with the reports of one campaign, and the campaign's name.
fn reported() -> (Home, String) {
    let home = Home::with(CALM);
    home.chaos(&["run", "w.yaml", "--sim", "--seed", "1", "-n", "3", "--keep"]).code(0);
    let name = names(&home.path().join("reports")).remove(0);
    (home, name)
}

fn is(answer: &str, status: u16) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} "))
}

#[test]
fn reports_are_listed_and_read_and_ctrl_c_ends_it() {
    let (home, name) = reported();
    let served = Served::start(&home);
    let list = served.get("/");
    assert!(is(&list, 200) && list.contains(&format!("href=\"./{name}/\"")), "{list}");
    let moved = served.get(&format!("/{name}"));
    assert!(is(&moved, 301) && moved.contains(&format!("Location: /{name}/\r\n")), "{moved}");
    let page = served.get(&format!("/{name}/"));
    let file = fs::read_to_string(home.campaign("reports").join("index.html")).expect("a page");
    assert!(is(&page, 200) && page.ends_with(&file), "the campaign's own page");
    let run = served.get(&format!("/{name}/runs/1/report.html"));
    assert!(is(&run, 200) && run.contains("Content-Type: text/html"), "{run}");
    let plan = served.get(&format!("/{name}/runs/1/plan.json"));
    assert!(is(&plan, 200) && plan.contains("Content-Type: text/plain"), "{plan}");
    let nodes = served.get(&format!("/{name}/runs/1/nodes/n1/"));
    assert!(is(&nodes, 200) && nodes.contains("stderr.log"), "{nodes}");
    let head = served.ask("HEAD", &format!("/{name}/"), "");
    let (head, body) = head.split_once("\r\n\r\n").expect("a head");
    assert!(is(head, 200) && body.is_empty(), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", file.len())), "{head}");
    assert_eq!(served.stop(Signal::SIGINT), Some(0));
}

#[test]
fn nothing_but_the_reports_is_given_and_nobody_else_is_answered() {
    let (home, name) = reported();
    let campaign = home.campaign("reports");
    fs::write(home.path().join("secret"), "out of bounds").expect("room");
    symlink(home.path().join("secret"), campaign.join("link.txt")).expect("a link");
    symlink(home.path(), campaign.join("up")).expect("a link");
    fs::write(campaign.join("<img src=x onerror=alert(1)>.html"), "<script>").expect("room");
    let served = Served::start(&home);
    for path in ["/../secret", "/%2e%2e/secret", "/a%2f..%2f..%2fsecret", "//127.0.0.1/", "/a%00"] {
        assert!(is(&served.get(path), 400), "{path}");
    }
    for path in ["link.txt", "up/", "up/secret", "gone", "campaign.json/"] {
        let answer = served.get(&format!("/{name}/{path}"));
        assert!(is(&answer, 404) && !answer.contains("out of bounds"), "{path}: {answer}");
    }
    // A file that somebody planted is text, and its name is no markup.
    let planted = served.get(&format!("/{name}/%3Cimg%20src=x%20onerror=alert(1)%3E.html"));
    assert!(planted.contains("Content-Type: text/plain") && planted.contains("nosniff"));
    fs::remove_file(campaign.join("campaign.json")).expect("it is there");
    let list = served.get(&format!("/{name}/"));
    assert!(list.contains("&lt;img src=x") && !list.contains("<img"), "{list}");
    assert!(!list.contains("link.txt"), "what leads out is not listed");

    for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT"] {
        assert!(is(&served.ask(method, "/", ""), 405), "{method}");
    }
    for host in ["evil.org", "evil.org:80", "127.0.0.1"] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert!(is(&served.raw(request.as_bytes()), 421), "{host}");
    }
    assert!(is(&served.raw(b"GET / HTTP/1.0\r\n\r\n"), 421));
    assert!(is(&served.raw(b"\x16\x03\x01\x02\r\n\r\n"), 400));
    assert!(is(&served.ask("GET", "/", &format!("X: {}\r\n", "y".repeat(20_000))), 431));
    assert!(is(&served.get("/"), 200), "and it serves on");
    assert_eq!(served.stop(Signal::SIGTERM), Some(0));
}

#[test]
fn a_campaign_under_way_is_shown_as_it_stands() {
    let (home, name) = reported();
    let campaign = home.campaign("reports");
    let text = fs::read_to_string(campaign.join("runs.jsonl")).expect("a journal");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let begun = fs::read(campaign.join("campaign.json")).expect("a beginning");
    let mut begun: serde_json::Value = serde_json::from_slice(&begun).expect("JSON");
    begun["end"] = serde_json::Value::Null;
    fs::write(campaign.join("campaign.json"), begun.to_string()).expect("room");
    // As after `--resume`: the page of an earlier end is there, and not shown.
    assert!(campaign.join("index.html").exists());
    fs::write(campaign.join("runs.jsonl"), lines[0]).expect("room");
    let served = Served::start(&home);
    let page = served.get(&format!("/{name}/"));
    assert!(page.contains("1 run so far") && page.contains("It goes on, to 3 runs"), "{page}");
    let (_, tag) = page.split_once("ETag: ").expect("a tag");
    let known = format!("If-None-Match: {}\r\n", tag.lines().next().expect("a line"));
    assert!(is(&served.ask("GET", &format!("/{name}/"), &known), 304), "nothing is new");
    fs::write(campaign.join("runs.jsonl"), [lines[0], lines[1], &lines[2][..40]].concat())
        .expect("room");
    let page = served.ask("GET", &format!("/{name}/"), &known);
    assert!(is(&page, 200) && page.contains("2 runs so far"), "{page}");
    assert!(served.get("/").contains("goes on"));
    // Nobody has the journal locked, which shows once it has not grown for a while.
    eventually("it is seen that it was killed", || {
        served.get(&format!("/{name}/")).contains("chaos run --resume reports/")
    });
}

#[test]
fn what_cannot_be_served_or_opened_is_told() {
    let home = Home::with(CALM);
    for command in ["serve", "open"] {
        let ended = home.chaos(&[command]).code(64);
        assert!(ended.err.contains("reports: No such file"), "{ended}");
        home.chaos(&[command, "w.yaml"]).code(64);
    }
    let ended = home.chaos(&["open", "."]).code(64);
    assert!(ended.err.contains(".: no campaign or run in it has a page"), "{ended}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its number").port().to_string();
    let ended = home.chaos(&["serve", ".", "--port", &port]).code(69);
    assert!(ended.err.contains(&format!("port {port}")), "{ended}");
}

#[test]
fn the_newest_page_is_opened_and_told_where_there_is_no_desktop() {
    let (home, _) = reported();
    let page = home.campaign("reports").join("index.html").canonicalize().expect("a page");
    let opener = home.write("xdg-open", "#!/bin/sh\necho \"$1\" > opened\nexit $CODE\n");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let path = format!("{}:{}", home.path().display(), std::env::var("PATH").unwrap_or_default());
    let open_folder = |folder: &str, display: &str, code: &str| {
        let mut command = home.command(&["open", folder]);
        command.env_remove("WAYLAND_DISPLAY").env_remove("BROWSER");
        command.env("DISPLAY", display).env("PATH", &path).env("CODE", code);
        cli_support::Ended::from(command.output().expect("the program starts"))
    };
    let open = |display: &str, code: &str| open_folder("reports", display, code);
    let told = format!("{}\n", page.display());
    assert_eq!(open(":0", "0").code(0).out, told);
    assert_eq!(fs::read_to_string(home.path().join("opened")).expect("it was called"), told);
    assert!(open(":0", "3").code(69).err.contains("exit status: 3"));
    fs::remove_file(home.path().join("opened")).expect("it is there");
    let ended = open("", "0").code(69);
    assert!(ended.out == told && ended.err.contains("chaos serve"), "{ended}");
    assert!(!home.path().join("opened").exists(), "nobody was called");
    fs::remove_file(&page).expect("it is there");
    let run = home.path().join("reports").join(names(&home.path().join("reports")).remove(0));
    let ended = open_folder(&run.join("runs/1").display().to_string(), "", "0");
    assert!(ended.out.ends_with("runs/1/report.html\n"), "{ended}");
}
