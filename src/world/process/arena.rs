//! An arena: where one cluster lives for one run.

use super::addresses::{Addresses, Ports, looped, wired};
use super::clock::monotonic;
use super::command::{Body, NodeCommand, NodeProcess, start};
use super::error::ArenaError;
use super::ground::Base;
use super::pool::{Network, Pool, Slot};
use super::relay::Relays;
use crate::network::Links;
use chaos_node::{Nanos, NodeId};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where arenas keep the nodes' files.
#[derive(Clone, Debug)]
pub struct ArenaOptions {
    /// A folder inside the run's folder. A tmpfs that only this process and its children see is
    /// mounted on it; on loopback it is used as it is.
    pub scratch: PathBuf,
    /// A folder on a real disk, to be used instead.
    pub data_dir: Option<PathBuf>,
}

/// A pool of arenas; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Arenas {
    pool: Arc<Pool>,
}

/// Where one cluster lives for one run. Dropping it kills its nodes, loses all frames on their
/// way, wipes the nodes' files and makes room for the next run. That takes some milliseconds.
#[derive(Debug)]
pub struct Arena {
    pool: Arc<Pool>,
    /// There until the drop.
    slot: Option<Slot>,
    epoch: Nanos,
    ports: Ports,
    relays: Option<Relays>,
    bodies: Mutex<Vec<Arc<Body>>>,
}

impl Arenas {
    pub(super) fn new(
        base: Option<Arc<Base>>,
        options: &ArenaOptions,
    ) -> Result<Arenas, ArenaError> {
        Ok(Arenas { pool: Arc::new(Pool::new(base, options)?) })
    }

    /// An arena for a cluster with these links, whose last endpoint is the clients'. Blocks for some
    /// milliseconds where it has to be made.
    ///
    /// # Errors
    /// If there is no cluster of that size, the kernel refuses to make one more, or the nodes'
    /// folders cannot be made.
    pub fn acquire(&self, links: Links) -> Result<Arena, ArenaError> {
        let pool = self.pool.clone();
        let (slot, run) = pool.take(links.clients().0)?;
        let prepared = pool.store.prepare(slot.number, slot.nodes);
        let ports = Ports::of_run(run);
        let epoch = slot.fabric.open(links);
        let bodies = Mutex::default();
        // From here on, whatever fails: the drop gives the slot back.
        let mut arena = Arena { pool, slot: Some(slot), epoch, ports, relays: None, bodies };
        prepared.map_err(ArenaError::system("make the nodes' folders"))?;
        arena.relays = arena.relay().map_err(ArenaError::system("relay between nodes"))?;
        Ok(arena)
    }
}

impl Arena {
    /// When the arena was acquired, by CLOCK_MONOTONIC, the same clock that nodes read.
    pub fn epoch(&self) -> Nanos {
        self.epoch
    }

    /// True time since the epoch.
    pub fn now(&self) -> Nanos {
        monotonic().saturating_sub(self.epoch)
    }

    /// Works on the links between two messages; it is told the time since the epoch as well. The
    /// whole cluster's network waits for it.
    pub fn with_links<R>(&self, work: impl FnOnce(&mut Links, Nanos) -> R) -> R {
        self.slot().fabric.with_links(work)
    }

    /// Frames that were lost in this run without any rule, for want of room in a queue.
    pub fn overflows(&self) -> u64 {
        self.slot().fabric.overflows()
    }

    /// Where a node listens and reaches the others. They hold until the arena is dropped.
    ///
    /// # Panics
    /// If there is no such node; so do all functions here that take one.
    pub fn addresses(&self, node: NodeId) -> Addresses {
        let own = self.address(node);
        let others = (1..=self.slot().nodes).map(NodeId).filter(|peer| *peer != node);
        let peer = |peer| (peer, self.peer_address(node, peer));
        Addresses {
            peer_address: self.ports.peer(own),
            client_address: self.ports.client(own),
            peers: others.map(peer).collect(),
        }
    }

    /// Begins to connect a client to a node: non-blocking, without Nagle's delay, and perhaps not
    /// connected yet when it returns.
    ///
    /// # Errors
    /// If there is no socket left, or the node refuses at once.
    pub fn connect(&self, node: NodeId) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        match socket.connect(&self.ports.client(self.address(node)).into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
            _ => Ok(socket.into()),
        }
    }

    /// The node's files: empty when the arena is acquired, kept over the node's deaths.
    pub fn data_dir(&self, node: NodeId) -> PathBuf {
        self.pool.store.folder(self.slot().number, self.known(node).0)
    }

    /// Starts a node: in its network, with its data folder as working directory, as the leader of a
    /// process group, with nothing on its standard input.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn spawn(&self, node: NodeId, command: &NodeCommand) -> io::Result<NodeProcess> {
        let (command, folder) = (command.clone(), self.data_dir(node));
        let (pool, home) = (self.pool.clone(), self.home(node));
        let process = self.pool.porter.carry(move || {
            let Some((base, home)) = home else {
                return start(&command, &folder, &pool.drain, None);
            };
            home.enter()?;
            let orphans = (base.orphans.clone(), home);
            let process = start(&command, &folder, &pool.drain, Some(orphans));
            base.home.enter()?;
            process
        })?;
        self.bodies().push(process.body());
        Ok(process)
    }

    /// Where a node lives, if it has a namespace.
    fn home(&self, node: NodeId) -> Option<(Arc<Base>, Arc<super::netns::Netns>)> {
        let index = usize::from(self.known(node).0 - 1);
        match &self.pool.network {
            Network::Wired { base, .. } => Some((base.clone(), self.slot().homes[index].clone())),
            Network::Relayed { .. } => None,
        }
    }

    fn relay(&self) -> io::Result<Option<Relays>> {
        let slot = self.slot();
        match &self.pool.network {
            Network::Wired { .. } => Ok(None),
            Network::Relayed { thread } => {
                let nodes = (1..=slot.nodes).map(|i| self.ports.peer(looped(slot.number, i)));
                let door = looped(slot.number, 0);
                thread.relay(door, &nodes.collect::<Vec<_>>(), &slot.fabric).map(Some)
            }
        }
    }

    fn peer_address(&self, from: NodeId, to: NodeId) -> std::net::SocketAddr {
        match &self.relays {
            Some(relays) => relays.door(from, to),
            None => self.ports.peer(self.address(to)),
        }
    }

    fn address(&self, node: NodeId) -> Ipv4Addr {
        let (slot, node) = (self.slot().number, self.known(node));
        match self.pool.network {
            Network::Wired { .. } => wired(slot, node, self.slot().nodes),
            Network::Relayed { .. } => looped(slot, node.0),
        }
    }

    fn known(&self, node: NodeId) -> NodeId {
        assert!((1..=self.slot().nodes).contains(&node.0), "there is no {node} in this cluster");
        node
    }

    fn slot(&self) -> &Slot {
        self.slot.as_ref().expect("an arena has its slot until it is dropped")
    }

    fn bodies(&self) -> MutexGuard<'_, Vec<Arc<Body>>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        slot.fabric.close();
        self.relays = None;
        let bodies = std::mem::take(&mut *self.bodies());
        // All at once, and only then one after the other: each death takes the kernel a while.
        bodies.iter().for_each(|body| body.strike());
        for body in &bodies {
            body.kill();
        }
        // What cannot be wiped now is tried again, with its error, before the next run.
        let _ = self.pool.store.wipe(slot.number);
        self.pool.give_back(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::{Arena, Arenas, NodeProcess};

    #[test]
    fn arenas_may_be_shared_by_tasks() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Arenas>();
        shared::<Arena>();
        shared::<NodeProcess>();
    }
}
