//! The node's sockets: a poll over connections to peers and to clients.
//!
//! A turn of the event loop is one [`Net::wait`], which reads at most one buffer from each
//! connection, and one [`Net::flush`], which writes all that the turn gave to a connection in one
//! piece. Reading so little at a time keeps a loud connection from silencing the others.

mod clients;
mod connection;
mod lines;
mod link;
mod listener;
mod peers;

use super::clock::true_time;
use super::{HostConfig, HostError};
use chaos_node::{Message, Nanos, NodeId, Reply, Request, Ticket};
use clients::Clients;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use nix::sys::signalfd::SignalFd;
use peers::Peers;
use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

const SIGNALS: Token = Token(0);
const PEER_LISTENER: Token = Token(1);
const CLIENT_LISTENER: Token = Token(2);
/// Tokens of connections begin here; those to peers are odd, those to clients are even.
const FIRST: usize = 16;
const PEER_PARITY: usize = 1;
const CLIENT_PARITY: usize = 0;

const EVENTS: usize = 128;
const BUFFER: usize = 64 << 10;

/// Something for the node.
#[derive(Debug)]
pub(super) enum Inbound {
    /// A message of a peer.
    Message { from: NodeId, bytes: Message },
    /// A request of a client.
    Request { ticket: Ticket, request: Request },
    /// The process was asked to end.
    Stop,
}

/// All sockets of a node.
#[derive(Debug)]
pub(super) struct Net {
    poll: Poll,
    events: Events,
    peers: Peers,
    clients: Clients,
    /// Connections that may have more to read, though the poll will not say so again.
    unread: Vec<Token>,
    buffer: Box<[u8]>,
    _signals: SignalFd,
}

/// Tokens that were never given before, so that no event is taken for one of another connection.
#[derive(Debug)]
struct Tokens(usize);

impl Tokens {
    fn new(parity: usize) -> Tokens {
        Tokens(FIRST + parity)
    }

    fn next(&mut self) -> Token {
        let token = Token(self.0);
        self.0 += 2;
        token
    }
}

impl Net {
    /// Listens for peers and clients; `signals` tells that the process shall end.
    pub(super) fn open(config: &HostConfig, signals: SignalFd) -> Result<Net, HostError> {
        let poll = Poll::new().map_err(poll_failure)?;
        let registry = poll.registry();
        registry
            .register(&mut SourceFd(&signals.as_raw_fd()), SIGNALS, Interest::READABLE)
            .map_err(poll_failure)?;
        let peers = Peers::open(registry, config)?;
        let clients = Clients::open(registry, config)?;
        Ok(Net {
            poll,
            events: Events::with_capacity(EVENTS),
            peers,
            clients,
            unread: Vec::new(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            _signals: signals,
        })
    }

    /// Puts a message on its way, or loses it. It leaves at the next flush.
    pub(super) fn send(&mut self, to: NodeId, message: &[u8]) {
        self.peers.send(to, message);
    }

    /// Answers a client. It leaves at the next flush.
    pub(super) fn reply(&mut self, ticket: Ticket, reply: Reply) {
        self.clients.reply(ticket, reply);
    }

    /// Writes what waits, as far as the sockets take it.
    pub(super) fn flush(&mut self) {
        self.peers.flush(true_time());
        self.clients.flush();
    }

    /// Waits for something to happen, until a true time at the latest, and gives what it means for
    /// the node.
    pub(super) fn wait(
        &mut self,
        until: Option<Nanos>,
        inbound: &mut Vec<Inbound>,
    ) -> Result<(), HostError> {
        let deadline = [self.peers.next_deadline(), self.clients.next_deadline()];
        let own = deadline.into_iter().flatten().min();
        let until = [until, own].into_iter().flatten().min();
        self.poll(until)?;
        let now = true_time();
        self.read_on(now, inbound);
        self.dispatch(now, inbound);
        if own.is_some_and(|at| at <= now) {
            self.peers.tick(self.poll.registry(), now);
            self.clients.tick(self.poll.registry(), now);
        }
        Ok(())
    }

    fn poll(&mut self, until: Option<Nanos>) -> Result<(), HostError> {
        let timeout = match until {
            _ if !self.unread.is_empty() => Some(Duration::ZERO),
            Some(until) => Some(until.saturating_sub(true_time()).into()),
            None => None,
        };
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(poll_failure(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Reads from the connections that had more last time.
    fn read_on(&mut self, now: Nanos, inbound: &mut Vec<Inbound>) {
        for token in std::mem::take(&mut self.unread) {
            let more = if is_peer(token) {
                self.peers.read(token, true, now, &mut self.buffer, inbound)
            } else {
                self.clients.read(token, true, &mut self.buffer, inbound)
            };
            if more {
                self.unread.push(token);
            }
        }
    }

    fn dispatch(&mut self, now: Nanos, inbound: &mut Vec<Inbound>) {
        let registry = self.poll.registry();
        for event in &self.events {
            let more = match event.token() {
                SIGNALS => {
                    inbound.push(Inbound::Stop);
                    false
                }
                PEER_LISTENER => {
                    self.peers.accept(registry, now);
                    false
                }
                CLIENT_LISTENER => {
                    self.clients.accept(registry, now);
                    false
                }
                token if is_peer(token) => self.peers.event(event, now, &mut self.buffer, inbound),
                _ => self.clients.event(event, &mut self.buffer, inbound),
            };
            if more && !self.unread.contains(&event.token()) {
                self.unread.push(event.token());
            }
        }
    }
}

fn is_peer(token: Token) -> bool {
    token.0 % 2 == PEER_PARITY
}

fn poll_failure(source: io::Error) -> HostError {
    HostError::System { verb: "poll the sockets", source }
}
