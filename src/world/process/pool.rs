//! The pool of slots. Making a cluster's wires costs milliseconds and the kernel takes its time to
//! take them down again, so they are used over and over.

use super::arena::ArenaOptions;
use super::drain::Drain;
use super::error::ArenaError;
use super::fabric::Fabric;
use super::frame::{MOST_NODES, MOST_SLOTS};
use super::ground::Base;
use super::netns::Netns;
use super::porter::Porter;
use super::relay::RelayThread;
use super::store::Store;
use super::switch::{Port, Switch};
use super::wire;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All that arenas share.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) porter: Porter,
    pub(super) drain: Arc<Drain>,
    pub(super) store: Store,
    pub(super) network: Network,
    slots: Mutex<Slots>,
    runs: AtomicU32,
}

/// What carries messages between nodes.
#[derive(Debug)]
pub(super) enum Network {
    /// Namespaces, wires and the switch.
    Wired { base: Arc<Base>, switch: Switch },
    /// Relays on loopback addresses.
    Relayed { thread: RelayThread },
}

/// A place for one cluster.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: u8,
    /// How many nodes it has room for: as many as its clusters have.
    pub(super) nodes: u16,
    /// Where each node lives, n1 first; empty on loopback.
    pub(super) homes: Vec<Arc<Netns>>,
    pub(super) fabric: Arc<Fabric>,
}

#[derive(Debug, Default)]
struct Slots {
    free: Vec<Slot>,
    made: usize,
}

impl Pool {
    pub(super) fn new(base: Option<Arc<Base>>, options: &ArenaOptions) -> Result<Pool, ArenaError> {
        let store = Store::open(options, base.is_some())?;
        let threads = || -> io::Result<_> {
            let namespace = base.as_ref().map(|base| base.init.namespace()).transpose()?;
            Ok((Porter::start(namespace)?, Drain::start()?, Network::start(base)?))
        };
        let (porter, drain, network) =
            threads().map_err(ArenaError::system("start the threads that carry the network"))?;
        let (slots, runs) = (Mutex::default(), AtomicU32::new(0));
        Ok(Pool { porter, drain, store, network, slots, runs })
    }

    /// A free slot for a cluster of this size, or a new one; and the number of its run.
    pub(super) fn take(&self, nodes: u16) -> Result<(Slot, u32), ArenaError> {
        if !(1..=MOST_NODES).contains(&nodes) {
            return Err(ArenaError::Nodes { nodes, most: MOST_NODES });
        }
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let number = {
            let mut slots = self.slots();
            if let Some(free) = slots.free.iter().rposition(|slot| slot.nodes == nodes) {
                return Ok((slots.free.swap_remove(free), run));
            }
            let number = u8::try_from(slots.made).map_err(|_| ArenaError::Full(MOST_SLOTS))?;
            slots.made += 1;
            number
        };
        let what = format!("make a network for {nodes} nodes");
        Ok((self.make(number, nodes).map_err(ArenaError::system(what))?, run))
    }

    pub(super) fn give_back(&self, slot: Slot) {
        self.slots().free.push(slot);
    }

    fn make(&self, number: u8, nodes: u16) -> io::Result<Slot> {
        let fabric = Arc::new(Fabric::default());
        let homes = match &self.network {
            Network::Wired { base, switch } => self.wire((number, nodes), base, switch, &fabric)?,
            Network::Relayed { .. } => Vec::new(),
        };
        Ok(Slot { number, nodes, homes, fabric })
    }

    fn wire(
        &self,
        (slot, nodes): (u8, u16),
        base: &Base,
        switch: &Switch,
        fabric: &Arc<Fabric>,
    ) -> io::Result<Vec<Arc<Netns>>> {
        let home = base.home.clone();
        let wires = self.porter.carry(move || wire::lay(slot, nodes, &home))?;
        switch.plug(Port { slot, nodes, tap: wires.tap, fabric: fabric.clone() })?;
        Ok(wires.nodes)
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    fn start(base: Option<Arc<Base>>) -> io::Result<Network> {
        Ok(match base {
            Some(base) => Network::Wired { base, switch: Switch::start()? },
            None => Network::Relayed { thread: RelayThread::start()? },
        })
    }
}
