//! The part of a page that a script draws: panels on one time axis that zooms and pans.
//!
//! Without a script, and on paper, the figures beside it stand for it.

use super::data::{Block, element};
use super::timeline::{legend, phases};
use crate::report::Run;
use maud::{Markup, PreEscaped, html};

/// The script, in the order of its parts.
const SCRIPT: [&str; 11] = [
    include_str!("script/data.js"),
    include_str!("script/axis.js"),
    include_str!("script/paint.js"),
    include_str!("script/items.js"),
    include_str!("script/timeline.js"),
    include_str!("script/messages.js"),
    include_str!("script/rates.js"),
    include_str!("script/logs.js"),
    include_str!("script/pointer.js"),
    include_str!("script/filters.js"),
    include_str!("script/explore.js"),
];
const START: &str = include_str!("script/start.js");

/// The panels, the run's data and the script.
pub(super) fn explore(run: &Run<'_>, block: &Block) -> Markup {
    html! {
        section #explore {
            h2 { "What happened, on one axis of time" }
            (phases(run))
            (legend())
            div.explorer {}
            p #explore-keys {
                small {
                    "Drag to pan, pinch or Ctrl and the wheel to zoom, or choose a part of the whole "
                    "run above. Keys: ← → the item before or behind, ↑ ↓ another lane, + − zoom, "
                    "Shift and ← → pan, 0 the whole run, v the violation, Escape nothing selected "
                    "and no filter."
                }
            }
        }
        (element(block))
        script { (PreEscaped("'use strict';\n{\n")) @for part in SCRIPT { (PreEscaped(part)) } (PreEscaped(START)) (PreEscaped("}\n")) }
    }
}
