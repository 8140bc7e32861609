//! The page of a folder: its campaigns, and what else lies in it.

use super::index::spelled;
use super::{Reach, page_with};
use crate::report::follow::{Counts, Stage};
use crate::report::{text, words};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use std::ffi::OsString;
use std::time::SystemTime;

/// Something that lies in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: OsString,
    /// Whether it is a folder.
    pub folder: bool,
    /// How long it is, for a file, in bytes.
    pub size: u64,
    /// When a campaign began, or ended.
    pub began: Option<SystemTime>,
    /// How it stands, for a campaign.
    pub campaign: Option<(Stage, Counts)>,
}

/// The page of a folder at this path, which asks for itself again.
pub fn listing_page(path: &str, items: &[Item]) -> String {
    let (campaigns, others): (Vec<&Item>, Vec<&Item>) =
        items.iter().partition(|item| item.campaign.is_some());
    let name = match path {
        "" => "Reports".to_owned(),
        path => text::one_line(path).into_owned(),
    };
    let content = html! {
        header #head {
            @if !path.is_empty() { p.kicker { a href="../" { "the folder above" } } }
            h1 { (name) }
        }
        @if !campaigns.is_empty() {
            section #campaigns {
                h2 { "Campaigns" }
                div.wide { table {
                    thead { tr { th { "campaign" } th { "how it stands" } th.right { "runs" } th.right { "failed" } th { "began, or ended" } } }
                    tbody { @for item in campaigns { (campaign(item)) } }
                } }
            }
        }
        @if !others.is_empty() {
            section #files {
                h2 { "Files" }
                div.wide { table.narrow { tbody { @for item in others { (file(item)) } } } }
            }
        }
        @if items.is_empty() { section #nothing { p { "Nothing is here yet." } } }
    };
    page_with(Reach::Live, &name, &content)
}

fn campaign(item: &Item) -> Markup {
    let Some((stage, counts)) = item.campaign else { return html! {} };
    let (class, words) = match (stage, counts.failed) {
        (Stage::Running, _) => ("unknown", "goes on"),
        (Stage::Stopped, _) => ("unknown", "was killed"),
        (Stage::Ended, 0) => ("valid", "ended"),
        (Stage::Ended, _) => ("invalid", "ended"),
    };
    html! {
        tr {
            td { (link(item)) }
            td { span class={ "badge " (class) } { (words) } }
            td.right { (words::grouped(counts.runs)) }
            td.right { (words::grouped(counts.failed)) }
            td { (item.began.map(moment).unwrap_or_default()) }
        }
    }
}

fn file(item: &Item) -> Markup {
    html! {
        tr {
            td { (link(item)) }
            td.right { @if !item.folder { (words::grouped(item.size)) " bytes" } }
        }
    }
}

fn link(item: &Item) -> Markup {
    let end = if item.folder { "/" } else { "" };
    let name = item.name.to_string_lossy();
    html! {
        a href={ "./" (spelled(item.name.as_encoded_bytes())) (end) } { (text::one_line(&name)) (end) }
    }
}

/// To the second, as this machine's clock shows it.
fn moment(time: SystemTime) -> String {
    let stamp = Timestamp::try_from(time).map(|stamp| stamp.to_zoned(TimeZone::system()));
    stamp.map(|stamp| stamp.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}
