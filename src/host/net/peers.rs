//! Connections to the other nodes: one for each pair, dialed by the smaller id, used both ways.
//!
//! The dialer dials again, after a short rest that grows a little from one attempt to the next,
//! for as long as there is no connection. The other side believes the newest hello: the old
//! connection may be dead without its knowing. A connection dies by itself soon after a cut, for
//! its unacknowledged bytes give it away, so that the next attempt after the heal gets through.

use super::connection::{Connection, Got};
use super::link::{End, Link};
use super::listener::Listener;
use super::{Inbound, PEER_LISTENER, PEER_PARITY, Tokens};
use crate::host::frame::{HEADER, Hello, put_frame};
use crate::host::{HostConfig, HostError};
use chaos_node::{Nanos, NodeId, Rng};
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Registry, Token};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// How long a dialed connection may take to stand.
const CONNECT_TIMEOUT: Nanos = Nanos::from_millis(250);
/// How long bytes may stay unacknowledged before a connection counts as dead.
const USER_TIMEOUT: Nanos = Nanos::from_millis(500);
/// How long the rest before the first new attempt is at least; each further one is twice as long.
const FIRST_REST: Nanos = Nanos::from_millis(5);
/// How long a rest is at most, but for a jitter of as much again.
const LONGEST_REST: Nanos = Nanos::from_millis(50);
/// How long a connection may stand without a hello.
const HELLO_TIMEOUT: Nanos = Nanos::from_secs(1);
/// How many connections may stand without a hello.
const MAX_STRANGERS: usize = 64;
/// How many bytes may wait for a peer before messages to it are lost. One may always wait.
const MAX_BACKLOG: usize = 8 << 20;

/// All that there is between this node and the others.
#[derive(Debug)]
pub(super) struct Peers {
    own: NodeId,
    listener: Listener,
    peers: BTreeMap<NodeId, Peer>,
    links: BTreeMap<Token, Link>,
    /// Links with bytes to write at the end of the turn.
    dirty: Vec<Token>,
    tokens: Tokens,
    /// For the rests alone. The node's own stream is another.
    rng: Rng,
}

#[derive(Debug)]
struct Peer {
    address: SocketAddr,
    /// Attempts since a connection last stood.
    attempts: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The peer shall dial.
    Awaited,
    /// This node dials again then.
    Resting { until: Nanos },
    /// This node has dialed.
    Dialing { link: Token, until: Nanos },
    /// There is a connection.
    Up { link: Token },
}

impl Peers {
    /// Listens for peers with larger numbers dialing, and is about to dial the others.
    pub(super) fn open(registry: &Registry, config: &HostConfig) -> Result<Peers, HostError> {
        let own = config.node.id;
        let listener = Listener::bind(registry, PEER_LISTENER, config.peer_address)?;
        let peer = |(id, address): (&NodeId, &SocketAddr)| {
            let resting = State::Resting { until: Nanos::ZERO };
            let state = if own < *id { resting } else { State::Awaited };
            (*id, Peer { address: *address, attempts: 0, state })
        };
        Ok(Peers {
            own,
            listener,
            peers: config.peers.iter().map(peer).collect(),
            links: BTreeMap::new(),
            dirty: Vec::new(),
            tokens: Tokens::new(PEER_PARITY),
            rng: Rng::stream(config.seed, &format!("host {own}")),
        })
    }

    /// Puts a message on its way, or loses it.
    ///
    /// # Panics
    /// If `to` is no peer.
    pub(super) fn send(&mut self, to: NodeId, message: &[u8]) {
        let Some(peer) = self.peers.get(&to) else {
            panic!("{} sent a message to {to}, which is not among its peers", self.own);
        };
        let State::Up { link } = peer.state else { return };
        let Some(open) = self.links.get_mut(&link) else { return };
        let backlog = open.connection.backlog();
        if backlog > 0 && backlog + HEADER + message.len() > MAX_BACKLOG {
            return;
        }
        put_frame(open.connection.output(), message);
        if backlog == 0 {
            self.dirty.push(link);
        }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, now: Nanos) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for token in dirty.drain(..) {
            let Some(link) = self.links.get_mut(&token) else { continue };
            if link.connection.flush().is_err() {
                self.lose(token, now);
            }
        }
        self.dirty = dirty;
    }

    /// Accepts whoever knocks.
    pub(super) fn accept(&mut self, registry: &Registry, now: Nanos) {
        while let Some(stream) = self.listener.accept(now) {
            let strangers = self.links.values().filter(|link| link.is_stranger()).count();
            if strangers < MAX_STRANGERS {
                let end = End::Stranger { until: now + HELLO_TIMEOUT };
                self.add(registry, stream, end);
            }
        }
    }

    /// When something is to be done that no event tells of.
    pub(super) fn next_deadline(&self) -> Option<Nanos> {
        let peers = self.peers.values().filter_map(|peer| peer.deadline());
        let links = self.links.values().filter_map(|link| link.deadline());
        peers.chain(links).chain(self.listener.again).min()
    }

    /// Does what no event tells of: dials, and gives up what takes too long.
    pub(super) fn tick(&mut self, registry: &Registry, now: Nanos) {
        if self.listener.again.is_some_and(|at| at <= now) {
            self.accept(registry, now);
        }
        let due = |deadline: Option<Nanos>| deadline.is_some_and(|at| at <= now);
        let late = |link: &(&Token, &Link)| due(link.1.deadline());
        let strangers: Vec<Token> = self.links.iter().filter(late).map(|(t, _)| *t).collect();
        strangers.into_iter().for_each(|token| self.lose(token, now));
        let late = |peer: &(&NodeId, &Peer)| due(peer.1.deadline());
        let peers: Vec<NodeId> = self.peers.iter().filter(late).map(|(id, _)| *id).collect();
        peers.into_iter().for_each(|id| self.wake(registry, id, now));
    }

    fn wake(&mut self, registry: &Registry, id: NodeId, now: Nanos) {
        match self.peers.get(&id).map(|peer| peer.state) {
            Some(State::Dialing { link, .. }) => self.lose(link, now),
            Some(State::Resting { .. }) => self.dial(registry, id, now),
            Some(State::Awaited | State::Up { .. }) | None => {}
        }
    }

    fn dial(&mut self, registry: &Registry, id: NodeId, now: Nanos) {
        let Some(peer) = self.peers.get(&id) else { return };
        let begun = TcpStream::connect(peer.address).ok();
        let link = begun.and_then(|stream| self.add(registry, stream, End::Peer(id)));
        match link {
            Some(link) => {
                self.set(id, State::Dialing { link, until: now + CONNECT_TIMEOUT });
            }
            None => self.rest(id, now),
        }
    }

    /// What the poll told of a link. Returns whether there may be more to read.
    pub(super) fn event(
        &mut self,
        event: &Event,
        now: Nanos,
        buffer: &mut [u8],
        inbound: &mut Vec<Inbound>,
    ) -> bool {
        let token = event.token();
        if event.is_writable() {
            self.writable(token, now);
        }
        event.is_readable() && self.read(token, event.is_read_closed(), now, buffer, inbound)
    }

    fn writable(&mut self, token: Token, now: Nanos) {
        let Some(link) = self.links.get_mut(&token) else { return };
        if let End::Peer(id) = link.end
            && self.peers.get(&id).is_some_and(|peer| peer.is_dialing(token))
        {
            match link.connection.established() {
                Ok(true) => self.greet(token, id),
                Ok(false) => return,
                Err(_) => return self.lose(token, now),
            }
        }
        let Some(link) = self.links.get_mut(&token) else { return };
        link.connection.set_writable();
        if link.connection.backlog() > 0 {
            self.dirty.push(token);
        }
    }

    fn greet(&mut self, token: Token, id: NodeId) {
        let hello = Hello(self.own).to_bytes();
        let Some(link) = self.links.get_mut(&token) else { return };
        put_frame(link.connection.output(), &hello);
        self.set(id, State::Up { link: token });
    }

    /// Reads once. Returns whether there may be more.
    pub(super) fn read(
        &mut self,
        token: Token,
        to_the_end: bool,
        now: Nanos,
        buffer: &mut [u8],
        inbound: &mut Vec<Inbound>,
    ) -> bool {
        let Some(link) = self.links.get_mut(&token) else { return false };
        let (len, more) = match link.connection.read(buffer, to_the_end) {
            Got::More(len) => (len, true),
            Got::All(len) => (len, false),
            Got::End => {
                self.lose(token, now);
                return false;
            }
        };
        let before = link.end;
        let welcome = |id: NodeId| id < self.own && self.peers.contains_key(&id);
        let sound = link.take(&buffer[..len], welcome, inbound);
        if let (End::Stranger { .. }, End::Peer(id)) = (before, link.end) {
            self.adopt(token, id);
        }
        if !sound {
            self.lose(token, now);
        }
        sound && more
    }

    /// Makes a stranger that said hello the connection of its peer, in place of any older one.
    fn adopt(&mut self, token: Token, id: NodeId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if let State::Up { link } = peer.state {
            self.links.remove(&link);
        }
        peer.state = State::Up { link: token };
    }

    fn add(&mut self, registry: &Registry, stream: TcpStream, end: End) -> Option<Token> {
        let token = self.tokens.next();
        let connection = Connection::new(stream, registry, token, USER_TIMEOUT).ok()?;
        self.links.insert(token, Link::new(connection, end));
        Some(token)
    }

    /// Closes a link. If it was a peer's, a new one is needed.
    fn lose(&mut self, token: Token, now: Nanos) {
        let Some(Link { end: End::Peer(id), .. }) = self.links.remove(&token) else { return };
        let Some(peer) = self.peers.get(&id) else { return };
        match peer.state {
            State::Up { link } | State::Dialing { link, .. } if link == token => self.rest(id, now),
            State::Up { .. } | State::Dialing { .. } | State::Resting { .. } | State::Awaited => {}
        }
    }

    fn rest(&mut self, id: NodeId, now: Nanos) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if id < self.own {
            peer.state = State::Awaited;
            return;
        }
        let rest = LONGEST_REST.min(FIRST_REST * (1 << peer.attempts.min(10)));
        let until = now + self.rng.time(rest..=rest * 2);
        peer.attempts += 1;
        peer.state = State::Resting { until };
    }

    fn set(&mut self, id: NodeId, state: State) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.state = state;
        if let State::Up { .. } = state {
            peer.attempts = 0;
        }
    }
}

impl Peer {
    fn is_dialing(&self, token: Token) -> bool {
        matches!(self.state, State::Dialing { link, .. } if link == token)
    }

    fn deadline(&self) -> Option<Nanos> {
        match self.state {
            State::Resting { until } | State::Dialing { until, .. } => Some(until),
            State::Awaited | State::Up { .. } => None,
        }
    }
}
