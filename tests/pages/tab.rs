//! A page in a browser, as a person has it before them.

use crate::browser::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) struct Tab {
    browser: Browser,
    _profile: TempDir,
}

/// The browser, if there is one.
fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .find_map(|name| places.iter().map(|place| place.join(name)).find(|place| place.is_file()));
    if found.is_none() {
        println!("skipped: no chromium");
    }
    found
}

impl Tab {
    /// A new one, of 1280 × 800; nothing where there is no browser.
    pub(crate) fn new() -> Option<Tab> {
        let profile = tempfile::tempdir().expect("room for a profile");
        let browser = Browser::start(&chromium()?, profile.path()).expect("the browser starts");
        let mut tab = Tab { browser, _profile: profile };
        tab.resize(1280, 800);
        Some(tab)
    }

    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.browser.call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Which media the page is for, and whether in the dark.
    pub(crate) fn media(&mut self, media: &str, scheme: &str) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "media": media, "features": scheme }));
    }

    pub(crate) fn open(&mut self, url: &str) {
        self.browser.open(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Opens a file, and holds that it tells nothing on the console and asks nobody for anything.
    pub(crate) fn open_file(&mut self, page: &Path) {
        let url = format!("file://{}", page.display());
        self.open(&url);
        self.is_silent();
        let own = |request: &&String| **request == url;
        assert!(self.browser.requests.iter().all(|r| own(&r)), "{:?}", self.browser.requests);
    }

    #[track_caller]
    pub(crate) fn is_silent(&mut self) {
        // What was told before is known when this is answered.
        self.evaluate("0");
        let console = &self.browser.console;
        assert!(console.is_empty(), "{console:#?}");
    }

    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        self.browser.evaluate(expression).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The text of the first element that a selector means.
    #[track_caller]
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let selector = json!(selector);
        let text = self.evaluate(&format!("document.querySelector({selector})?.textContent"));
        text.as_str().unwrap_or_else(|| panic!("no {selector}")).to_owned()
    }

    /// Presses a key, and lets the page draw.
    #[track_caller]
    pub(crate) fn key(&mut self, key: &str) {
        self.keys(key, 0);
    }

    /// With modifiers: 8 is Shift.
    #[track_caller]
    pub(crate) fn keys(&mut self, key: &str, modifiers: u32) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({
                "type": kind, "key": key, "modifiers": modifiers, "windowsVirtualKeyCode": code
            });
            if kind == "keyDown" && key.chars().count() == 1 {
                event["text"] = json!(key);
            }
            if kind == "keyDown" && key == "Enter" {
                event["text"] = json!("\r");
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
        self.drawn();
    }

    /// Moves the pointer from place to place, pressed in between.
    #[track_caller]
    pub(crate) fn drag(&mut self, places: &[(f64, f64)]) {
        let mut mouse = |kind: &str, (x, y): (f64, f64), buttons: u32| {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left",
                "buttons": buttons, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event);
        };
        mouse("mouseMoved", places[0], 0);
        mouse("mousePressed", places[0], 1);
        places[1..].iter().for_each(|place| mouse("mouseMoved", *place, 1));
        mouse("mouseReleased", places[places.len() - 1], 0);
        self.drawn();
    }

    #[track_caller]
    pub(crate) fn hover(&mut self, (x, y): (f64, f64)) {
        let event = json!({ "type": "mouseMoved", "x": x, "y": y });
        self.call("Input.dispatchMouseEvent", &event);
        self.drawn();
    }

    /// Where the first element that a selector means is seen: left, top, width, height.
    #[track_caller]
    pub(crate) fn place(&mut self, selector: &str) -> [f64; 4] {
        let place = self.evaluate(&format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{ block: 'center' }}); \
             const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; }})()",
            json!(selector)
        ));
        serde_json::from_value(place).unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Waits until what was asked for is drawn.
    #[track_caller]
    pub(crate) fn drawn(&mut self) {
        let frames =
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
        self.evaluate(&format!("{frames}.then(() => 0)"));
    }

    /// Sets a field as if it had been typed or chosen.
    #[track_caller]
    pub(crate) fn fill(&mut self, selector: &str, value: &str) {
        self.evaluate(&format!(
            "(() => {{ const e = document.querySelector({}); e.value = {}; \
             if (e.value !== {}) throw new Error('there is no such choice'); \
             e.dispatchEvent(new Event('input', {{ bubbles: true }})); \
             e.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()",
            json!(selector),
            json!(value),
            json!(value)
        ));
        self.drawn();
    }
}
