//! A folder as a page: the campaigns in it, the newest first, and what else is there.

use super::campaign::Campaigns;
use super::response::Response;
use super::root::{Entry, Root};
use crate::report::html::{self, Item};
use std::cmp::Reverse;
use std::ffi::OsString;

/// So many entries are looked at.
const MOST: usize = 5_000;

pub(super) fn listing(path: &[OsString], folder: &Root, campaigns: &Campaigns) -> Response {
    let Ok(names) = folder.names(MOST) else { return Response::missing() };
    let mut items: Vec<Item> =
        names.into_iter().filter_map(|name| item(path, folder, name, campaigns)).collect();
    items.sort_by_cached_key(|item| {
        let newest = item.campaign.is_some().then_some(item.began);
        (Reverse(newest), Reverse(item.folder), item.name.clone())
    });
    let shown: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    Response::page(html::listing_page(&shown.join("/"), &items))
}

/// What is told of an entry; nothing of a link, for it leads nowhere.
fn item(path: &[OsString], folder: &Root, name: OsString, campaigns: &Campaigns) -> Option<Item> {
    let entry = folder.entry(std::slice::from_ref(&name)).ok()?;
    let (size, below) = match entry {
        Entry::File(_, size) => (size, None),
        Entry::Folder(below) => (0, Some(below)),
    };
    let own = [path, std::slice::from_ref(&name)].concat();
    let campaign = below.as_ref().and_then(|below| campaigns.standing(&own, below));
    let began = below.as_ref().and_then(|below| {
        below.file("campaign.json").and_then(|file| file.metadata()?.modified()).ok()
    });
    Some(Item { name, folder: below.is_some(), size, began, campaign })
}
