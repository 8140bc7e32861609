//! A figure on a time axis: lanes below each other, faults as bands across all of them.
//!
//! Places on the axis are percentages, so that a figure fills whatever width it is given while its
//! texts and lanes keep their size. It needs no script.

use super::scale::{Scale, percent};
use crate::execution::FaultRecord;
use crate::report::{text, words};
use chaos_node::Nanos;
use maud::{Markup, html};

/// The height of a line of faults.
const FAULT: u32 = 20;
/// The height of the axis.
const AXIS: u32 = 22;

/// A figure in the making.
pub(super) struct Figure<'a> {
    /// What it shows, for those who cannot see it.
    pub(super) about: String,
    pub(super) scale: Scale,
    pub(super) faults: Vec<&'a FaultRecord>,
    pub(super) lanes: Vec<Lane>,
    /// The moment that all is about.
    pub(super) moment: Option<Nanos>,
    /// Marks on the axis.
    pub(super) ticks: Vec<Nanos>,
    /// The least width at which it can be read, in pixels.
    pub(super) least: usize,
}

/// A lane of a figure.
pub(super) struct Lane {
    pub(super) label: String,
    pub(super) height: u32,
    /// What is drawn in it: heights count from its upper edge.
    pub(super) content: Markup,
}

impl Figure<'_> {
    /// The figure as markup.
    pub(super) fn draw(&self) -> Markup {
        let rows = rows(&self.faults);
        let depth = rows.iter().max().map_or(0, |last| last + 1);
        let top = depth * FAULT + if depth > 0 { 6 } else { 0 };
        let lanes: u32 = self.lanes.iter().map(|lane| lane.height).sum();
        let (bottom, height) = (top + lanes, top + lanes + AXIS);
        html! {
            div.figure {
                div.labels {
                    @if top > 0 { div style=(px(top)) { "faults" } }
                    @for lane in &self.lanes { div style=(px(lane.height)) { (lane.label) } }
                }
                div.plot tabindex="0" role="group" aria-label=(self.about) {
                    svg role="img" aria-label=(self.about) height=(height)
                        style={ "min-width:" (self.least) "px" } {
                        (self.bands(&rows, bottom))
                        (self.grid(top, bottom))
                        (self.stack(top))
                        @if let Some(moment) = self.moment {
                            @let x = percent(self.scale.at(moment));
                            line.moment x1=(x) x2=(x) y1="0" y2=(bottom) {}
                        }
                        (self.axis(bottom))
                    }
                }
            }
        }
    }

    /// What a fault strikes lies below its band; its name stands in a line of its own.
    fn bands(&self, rows: &[u32], bottom: u32) -> Markup {
        html! {
            @for fault in self.faults.iter().filter(|fault| fault.applied.is_some()) {
                @if let Some((x, width)) = self.scale.bar(fault.attempted, fault.ended) {
                    rect.band x=(percent(x)) y="0" width=(percent(width)) height=(bottom) {}
                }
            }
            @for (fault, row) in self.faults.iter().zip(rows) {
                @if let Some(place) = self.scale.bar(fault.attempted, fault.ended) {
                    (strip(fault, place, row * FAULT))
                }
            }
        }
    }

    fn grid(&self, top: u32, bottom: u32) -> Markup {
        html! {
            @for tick in &self.ticks {
                @let x = percent(self.scale.at(*tick));
                line.tick x1=(x) x2=(x) y1=(top) y2=(bottom) {}
            }
        }
    }

    fn stack(&self, top: u32) -> Markup {
        let mut upper = top;
        let offsets = self.lanes.iter().map(|lane| {
            upper += lane.height;
            upper - lane.height
        });
        html! {
            @for (lane, y) in self.lanes.iter().zip(offsets) {
                line.lane x1="0" x2="100%" y1=(y) y2=(y) {}
                g transform={ "translate(0," (y) ")" } { (lane.content) }
            }
        }
    }

    fn axis(&self, y: u32) -> Markup {
        html! {
            @for tick in &self.ticks {
                @let x = self.scale.at(*tick);
                @let anchor = if x < 4.0 { "start" } else if x > 96.0 { "end" } else { "middle" };
                text.axis x=(percent(x)) y=(y + 15) text-anchor=(anchor) {
                    (words::at(*tick))
                }
            }
        }
    }
}

fn strip(fault: &FaultRecord, (x, width): (f64, f64), y: u32) -> Markup {
    let what = text::one_line(&fault.what);
    html! {
        g.fault {
            title { (describe(fault)) }
            rect.strip.idle[fault.effect.is_none()] x=(percent(x)) y=(y + 1)
                width=(percent(width)) height=(FAULT - 3) rx="3" {}
            svg x=(percent(x)) y=(y) width=(percent(width)) height=(FAULT) {
                text.name x="5" y="14" { (text::shortened(&what, 60)) }
            }
        }
    }
}

/// A fault with what became of it.
pub(super) fn describe(fault: &FaultRecord) -> String {
    let what = text::one_line(&fault.what);
    let until = fault.ended.map_or("the end".to_owned(), words::at);
    let came = match (fault.applied, &fault.effect) {
        (None, _) => "there was nothing to strike".to_owned(),
        (Some(_), None) => "it made no difference".to_owned(),
        (Some(_), Some(effect)) => text::one_line(effect).into_owned(),
    };
    format!("{what}, from {} to {until}: {came}", words::at(fault.attempted))
}

/// The line of each fault: the first in which it covers no other.
fn rows(faults: &[&FaultRecord]) -> Vec<u32> {
    let mut free: Vec<Nanos> = Vec::new();
    let row = |fault: &&FaultRecord| {
        let end = fault.ended.unwrap_or(Nanos::MAX);
        let found = free.iter().position(|free| *free <= fault.attempted);
        let row = found.unwrap_or(free.len());
        match found {
            Some(row) => free[row] = end,
            None => free.push(end),
        }
        u32::try_from(row).unwrap_or(u32::MAX)
    };
    faults.iter().map(row).collect()
}

fn px(height: u32) -> String {
    format!("height:{height}px")
}
