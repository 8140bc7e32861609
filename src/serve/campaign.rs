//! Campaigns that have not ended, as they stand.

use super::response::Response;
use super::root::Root;
use crate::report::follow::{self, Beginning, Counts, Follower, Stage};
use crate::report::html;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// So large may a `campaign.json` be, in bytes: it holds the texts of all workloads.
const MOST: u64 = 64 << 20;
/// So many campaigns are followed at once.
const FOLLOWED: usize = 16;

/// What is known of the campaigns that were asked for, by their paths.
#[derive(Debug, Default)]
pub(super) struct Campaigns(Mutex<BTreeMap<Vec<OsString>, Follower>>);

impl Campaigns {
    /// The page of the campaign in this folder, if it is one, for a caller who knows this version of
    /// it already.
    pub(super) fn page(
        &self,
        path: &[OsString],
        folder: &Root,
        known: Option<&str>,
    ) -> Option<Response> {
        let begun = beginning(path, folder)?;
        if begun.ended.is_some()
            && let Ok(file) = folder.file("index.html")
        {
            let size = file.metadata().ok()?.len();
            return Some(Response::file(Some(&"index.html".into()), file, size));
        }
        let began = folder.file("campaign.json").and_then(|file| file.metadata()?.modified());
        let mut journal = folder.file("runs.jsonl").ok()?;
        let stage = begun.ended.map_or_else(|| follow::stage(&journal), |_| Stage::Ended);
        let last = match stage {
            Stage::Running => SystemTime::now(),
            Stage::Stopped | Stage::Ended => journal.metadata().ok()?.modified().ok()?,
        };
        let elapsed = last.duration_since(began.ok()?).unwrap_or_default();
        let end = self.followed(path, |follower| {
            follower.more(&mut journal).ok()?;
            let tag = format!("\"{}-{stage:?}\"", follower.position());
            let new = known != Some(tag.as_str());
            Some((new.then(|| follower.so_far(begun.start, elapsed)), tag))
        });
        end.map(|(end, tag)| match end {
            Some(end) => Response::page(html::live_page(&end, stage)).tagged(tag),
            None => Response::unchanged().tagged(tag),
        })
    }

    /// How the campaign in this folder stands, if it is one.
    pub(super) fn standing(&self, path: &[OsString], folder: &Root) -> Option<(Stage, Counts)> {
        let begun = beginning(path, folder)?;
        if let Some(counts) = begun.ended {
            return Some((Stage::Ended, counts));
        }
        let mut journal = folder.file("runs.jsonl").ok()?;
        let counts = self.followed(path, |follower| {
            follower.more(&mut journal).ok()?;
            Some(follower.counts())
        });
        Some((follow::stage(&journal), counts?))
    }

    fn followed<T>(&self, path: &[OsString], look: impl FnOnce(&mut Follower) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= FOLLOWED && !all.contains_key(path) {
            all.pop_first();
        }
        look(all.entry(path.to_vec()).or_default())
    }
}

fn beginning(path: &[OsString], folder: &Root) -> Option<Beginning> {
    let text = folder.text("campaign.json", MOST).ok()?;
    Beginning::parse(&path.iter().collect::<PathBuf>(), &text).ok()
}
