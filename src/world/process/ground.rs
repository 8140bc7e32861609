//! The ground: what the whole process stands on, entered before anything else happens.

use super::arena::{ArenaOptions, Arenas};
use super::error::{ArenaError, GroundError};
use super::init::Init;
use super::namespaces::{self, Refusal};
use super::netns::Netns;
use super::orphans::Orphans;
use super::remedy;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::fs;
use std::io;
use std::sync::Arc;

/// How well nodes are to be kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// By namespaces where they are allowed, on loopback elsewhere.
    #[default]
    Auto,
    /// By namespaces, or not at all.
    Namespaces,
    /// On loopback addresses, with relays between nodes.
    Loopback,
}

/// What keeps nodes apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footing {
    /// Each node has a network namespace of its own; the tester is the switch.
    Namespaces,
    /// Nodes share the loopback device; relays between them play the network.
    Loopback {
        /// Why, as a sentence for the user.
        why: String,
    },
}

/// The ground that arenas stand on. There is one a process; with the last that holds it, the
/// namespaces and all that lives in them end.
#[derive(Clone, Debug)]
pub struct Ground {
    footing: Footing,
    base: Option<Arc<Base>>,
}

/// What namespaces are held by.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) init: Init,
    /// Where the tester itself lives, and with it all clients.
    pub(super) home: Arc<Netns>,
    pub(super) orphans: Arc<Orphans>,
}

/// Enters the ground: call it first thing in `main`, before any other thread exists. The process is
/// then alone in a network of its own and reaches nothing but the nodes that it starts.
///
/// # Errors
/// If other threads exist already, or if `want` is [`Isolation::Namespaces`] and they are refused.
pub fn enter(want: Isolation) -> Result<Ground, GroundError> {
    raise_file_limit();
    match want {
        Isolation::Namespaces => enter_namespaces(),
        Isolation::Loopback => Ok(loopback("it was asked for".to_owned())),
        Isolation::Auto => enter_namespaces().or_else(|error| match error {
            GroundError::Threads(_) => Err(error),
            GroundError::Refused { .. } | GroundError::Failed(_) => Ok(loopback(error.to_string())),
        }),
    }
}

impl Ground {
    /// What keeps nodes apart here.
    pub fn footing(&self) -> &Footing {
        &self.footing
    }

    /// A pool of arenas.
    ///
    /// # Errors
    /// If the scratch folder cannot be made or mounted, or no thread can start.
    pub fn arenas(&self, options: &ArenaOptions) -> Result<Arenas, ArenaError> {
        Arenas::new(self.base.clone(), options)
    }
}

fn loopback(why: String) -> Ground {
    Ground { footing: Footing::Loopback { why }, base: None }
}

fn enter_namespaces() -> Result<Ground, GroundError> {
    let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads > 1 {
        return Err(GroundError::Threads(threads));
    }
    namespaces::rehearse()?.map_err(refused)?;
    namespaces::enter().map_err(refused)?;
    let init = Init::start().map_err(io::Error::from)?;
    let orphans = Arc::new(Orphans::of(init.pid()));
    let base = Base { init, home: Arc::new(Netns::current()?), orphans };
    Ok(Ground { footing: Footing::Namespaces, base: Some(Arc::new(base)) })
}

pub(super) fn refused(refusal: Refusal) -> GroundError {
    GroundError::Refused {
        what: refusal.step.name(),
        source: refusal.error.into(),
        remedy: remedy::of(refusal),
    }
}

/// A cluster needs a few descriptors for each node; what it cannot get, an arena will tell.
fn raise_file_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
