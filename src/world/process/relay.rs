//! Relays: a network between nodes where namespaces are refused.
//!
//! Every ordered pair of nodes has a **door**: a listening address that the first knows as the
//! second's. Behind it a relay dials the second and carries messages both ways, each judged by the
//! rules of its directed link. It knows the one wire format that all own nodes speak: a message is
//! a `u32` (little-endian) of its length and so many bytes. The first message of the dialer says
//! who it is and is always carried, for without it a connection means nothing.

use super::clock::monotonic;
use super::fabric::Fabric;
use super::held::HeldFrames;
use crate::network::{Endpoint, Fate};
use chaos_node::{Nanos, NodeId};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

/// The longest message.
const LONGEST: u32 = 64 << 20;
/// How many messages wait between the two halves of a direction before the sender has to.
const WAITING: usize = 1_024;

/// The thread that all relays run on; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct RelayThread {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

/// The relays of one run; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Relays {
    doors: BTreeMap<(NodeId, NodeId), SocketAddr>,
    task: AbortHandle,
}

/// Where a direction begins and ends.
#[derive(Clone, Copy, Debug)]
struct Way {
    from: Endpoint,
    to: Endpoint,
}

impl RelayThread {
    pub(super) fn start() -> io::Result<RelayThread> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let (handle, (stop, stopped)) = (runtime.handle().clone(), oneshot::channel::<()>());
        let run = move || drop(runtime.block_on(stopped));
        std::thread::Builder::new().name("chaos-relay".to_owned()).spawn(run)?;
        Ok(RelayThread { handle, _stop: stop })
    }

    /// Opens a door for each ordered pair of these nodes, n1 first.
    pub(super) fn relay(
        &self,
        address: Ipv4Addr,
        nodes: &[SocketAddr],
        fabric: &Arc<Fabric>,
    ) -> io::Result<Relays> {
        let _context = self.handle.enter();
        let (mut doors, mut listeners) = (BTreeMap::new(), Vec::new());
        for (from, to) in pairs(nodes.len() as u16) {
            let listener = std::net::TcpListener::bind((address, 0))?;
            listener.set_nonblocking(true)?;
            doors.insert((from, to), listener.local_addr()?);
            let target = nodes[usize::from(to.0 - 1)];
            let way = Way { from: Endpoint::of(from), to: Endpoint::of(to) };
            listeners.push((TcpListener::from_std(listener)?, target, way));
        }
        let task = self.handle.spawn(keep_doors(listeners, fabric.clone())).abort_handle();
        Ok(Relays { doors, task })
    }
}

impl Relays {
    /// Where one node reaches another.
    pub(super) fn door(&self, from: NodeId, to: NodeId) -> SocketAddr {
        self.doors[&(from, to)]
    }
}

impl Drop for Relays {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn pairs(nodes: u16) -> impl Iterator<Item = (NodeId, NodeId)> {
    let all = move || (1..=nodes).map(NodeId);
    all().flat_map(move |from| all().filter(move |to| *to != from).map(move |to| (from, to)))
}

/// Aborting it aborts all that it began.
async fn keep_doors(listeners: Vec<(TcpListener, SocketAddr, Way)>, fabric: Arc<Fabric>) {
    let mut doors = JoinSet::new();
    for (listener, target, way) in listeners {
        doors.spawn(keep_door(listener, target, way, fabric.clone()));
    }
    while doors.join_next().await.is_some() {}
}

async fn keep_door(listener: TcpListener, target: SocketAddr, way: Way, fabric: Arc<Fabric>) {
    let mut sessions = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((dialer, _)) => {
                sessions.spawn(session(dialer, target, way, fabric.clone()));
            }
            // Out of descriptors, perhaps: it gets better or the run fails by itself.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
        while sessions.try_join_next().is_some() {}
    }
}

/// One connection through a door. An end of either side, or a target that refuses, ends both.
async fn session(
    dialer: TcpStream,
    target: SocketAddr,
    way: Way,
    fabric: Arc<Fabric>,
) -> io::Result<()> {
    let target = TcpStream::connect(target).await?;
    dialer.set_nodelay(true)?;
    target.set_nodelay(true)?;
    let (mut dialer_reads, dialer_writes) = dialer.into_split();
    let (target_reads, mut target_writes) = target.into_split();
    let hello = read_message(&mut dialer_reads).await?;
    target_writes.write_all(&hello).await?;
    let back = Way { from: way.to, to: way.from };
    tokio::select! {
        result = carry(dialer_reads, target_writes, way, &fabric) => result,
        result = carry(target_reads, dialer_writes, back, &fabric) => result,
    }
}

/// Carries messages one way.
async fn carry(
    reads: OwnedReadHalf,
    writes: OwnedWriteHalf,
    way: Way,
    fabric: &Fabric,
) -> io::Result<()> {
    let (judged, inbox) = mpsc::channel(WAITING);
    tokio::select! {
        result = judge(reads, &judged, way, fabric) => result,
        result = deliver(writes, inbox) => result,
    }
}

/// Reads messages and passes those on that are not dropped, with their time.
async fn judge(
    mut reads: OwnedReadHalf,
    judged: &mpsc::Sender<(Nanos, Vec<u8>)>,
    way: Way,
    fabric: &Fabric,
) -> io::Result<()> {
    loop {
        let message = read_message(&mut reads).await?;
        let fate = fabric.lock().as_mut().map(|run| run.judge(way.from, way.to, monotonic()));
        let Some(Fate::Deliver { at, copy }) = fate else { continue };
        for at in [Some(at), copy].into_iter().flatten() {
            judged.send((at, message.clone())).await.map_err(io::Error::other)?;
        }
    }
}

/// Writes each message when its time has come.
async fn deliver(
    mut writes: OwnedWriteHalf,
    mut inbox: mpsc::Receiver<(Nanos, Vec<u8>)>,
) -> io::Result<()> {
    let mut held = HeldFrames::default();
    loop {
        while let Some(due) = held.pop_due(monotonic()) {
            writes.write_all(&due.frame).await?;
        }
        let wait = held.next().map(|at| at.saturating_sub(monotonic()));
        tokio::select! {
            message = inbox.recv() => {
                let Some((at, message)) = message else { return Ok(()) };
                held.push(at, (0, 0), 0, &message);
            }
            () = sleep(wait.unwrap_or_default().into()), if wait.is_some() => {}
        }
    }
}

/// A whole message with its length in front.
async fn read_message(reads: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let length = reads.read_u32_le().await?;
    if length > LONGEST {
        return Err(io::Error::other("a message longer than any"));
    }
    let mut message = vec![0; 4 + length as usize];
    message[..4].copy_from_slice(&length.to_le_bytes());
    reads.read_exact(&mut message[4..]).await?;
    Ok(message)
}
