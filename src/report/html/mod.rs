//! Pages: self-contained files that open without a network and read without a script.
//!
//! A page of a run is told from the violation outwards: what broke, why it cannot be, how to bring
//! it back, what went on around it, and everything that is known at the end.

mod counterexample;
mod data;
mod explore;
mod facts;
mod figure;
mod index;
mod lanes;
mod operations;
mod overview;
mod run;
mod runs;
mod scale;
pub(super) mod story;
mod system;
mod timeline;

pub use index::index_page;
pub use run::run_page;

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A whole page around its content.
fn page(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (patterns())
                main { (content) }
                footer {
                    "chaos " (env!("CARGO_PKG_VERSION")) ". This page needs no network, and no script to be read."
                }
                script { (PreEscaped(SCRIPT)) }
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
