//! `index.html`, written when a campaign is over.

use super::{file, html};
use crate::event::{CampaignEvent, Sink};
use std::io;

/// Writes the page of a whole campaign into its folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct IndexPage;

impl Sink for IndexPage {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        let CampaignEvent::Ended(end) = event else { return Ok(()) };
        let page = html::index_page(end);
        file::write(&end.start.out.join("index.html"), |out| out.write_all(page.as_bytes()))
    }
}
