//! Pages: self-contained files that open without a network and read without a script.
//!
//! A page of a run is told from the violation outwards: what broke, why it cannot be, how to bring
//! it back, what went on around it, and everything that is known at the end.

mod attempts;
mod contradiction;
mod counterexample;
mod data;
mod explore;
mod facts;
mod figure;
mod index;
mod lanes;
mod listing;
mod operations;
mod overview;
mod run;
mod runs;
mod scale;
pub(super) mod story;
mod system;
mod timeline;

pub(crate) use index::spelled;
pub use index::{index_page, live_page};
pub use listing::{Item, listing_page};
pub use run::run_page;

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Asks for the page again and shows what is new in it.
const LIVE: &str = include_str!("script/live.js");

/// What a page may do besides being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Nothing: it is the same without a network.
    Closed,
    /// It asks the server that it came from for itself, again and again.
    Live,
}

/// A whole page around its content.
fn page(title: &str, content: &Markup) -> String {
    page_with(Reach::Closed, title, content)
}

fn page_with(reach: Reach, title: &str, content: &Markup) -> String {
    let closed = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
    let policy = match reach {
        Reach::Closed => closed.to_owned(),
        Reach::Live => format!("{closed}; connect-src 'self'"),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" data-live=[(reach == Reach::Live).then_some("yes")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (patterns())
                main { (content) }
                footer {
                    "chaos " (env!("CARGO_PKG_VERSION"))
                    @match reach {
                        Reach::Closed => ". This page needs no network, and no script to be read.",
                        Reach::Live => ". This page renews itself, or, without a script, when you ask for it.",
                    }
                }
                script { (PreEscaped(SCRIPT)) }
                @if reach == Reach::Live { script { (PreEscaped(LIVE)) } }
            }
        }
    };
    page.into_string()
}

/// The hatchings of all figures.
fn patterns() -> Markup {
    html! {
        svg.patterns width="0" height="0" aria-hidden="true" {
            defs {
                pattern #hatch width="6" height="6" patternUnits="userSpaceOnUse"
                    patternTransform="rotate(45)" {
                    line x1="0" y1="0" x2="0" y2="6" stroke-width="3" {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
