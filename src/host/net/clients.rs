//! Connections of clients: requests in, answers out, each a line.

use super::connection::{Connection, Got};
use super::lines::LineBuffer;
use super::listener::Listener;
use super::{CLIENT_LISTENER, CLIENT_PARITY, Inbound, Tokens};
use crate::host::line::{AnswerLine, RequestLine};
use crate::host::{HostConfig, HostError};
use chaos_node::{Nanos, Reply, Ticket};
use mio::event::Event;
use mio::{Registry, Token};
use std::collections::BTreeMap;

/// How long answers may stay unacknowledged before a connection counts as dead.
const USER_TIMEOUT: Nanos = Nanos::from_secs(10);
/// How many clients are served at once: well within the usual limit of open files.
const MAX_CLIENTS: usize = 512;
/// How many requests of one connection may be under way.
const MAX_UNDER_WAY: usize = 65_536;
/// How many bytes of answers may wait for a client that does not read them.
const MAX_BACKLOG: usize = 16 << 20;
/// How many bytes of unfinished lines all clients may have.
const MAX_HELD: usize = 64 << 20;

/// All connections of clients.
#[derive(Debug)]
pub(super) struct Clients {
    listener: Listener,
    clients: BTreeMap<Token, Client>,
    /// Clients with bytes to write at the end of the turn.
    dirty: Vec<Token>,
    tokens: Tokens,
    /// How many bytes of unfinished lines there are.
    held: usize,
}

#[derive(Debug)]
struct Client {
    connection: Connection,
    lines: LineBuffer,
    /// The ids of the requests under way, by the serial number in their tickets.
    under_way: BTreeMap<u32, u64>,
    serial: u32,
    /// Why no more is read from it. It is closed once this is said.
    refused: bool,
}

impl Clients {
    /// Listens for clients.
    pub(super) fn open(registry: &Registry, config: &HostConfig) -> Result<Clients, HostError> {
        let listener = Listener::bind(registry, CLIENT_LISTENER, config.client_address)?;
        let tokens = Tokens::new(CLIENT_PARITY);
        Ok(Clients { listener, clients: BTreeMap::new(), dirty: Vec::new(), tokens, held: 0 })
    }

    /// Answers the request that got this ticket, if its client is still there.
    pub(super) fn reply(&mut self, ticket: Ticket, reply: Reply) {
        let (token, serial) = parts(ticket);
        let Some(client) = self.clients.get_mut(&token) else { return };
        let Some(id) = client.under_way.remove(&serial) else { return };
        if client.connection.backlog() > MAX_BACKLOG {
            self.close(token);
        } else {
            client.answer(Some(id), reply);
            self.dirty.push(token);
        }
    }

    /// Writes what waits, and closes what was refused.
    pub(super) fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for token in dirty.drain(..) {
            let Some(client) = self.clients.get_mut(&token) else { continue };
            if client.connection.flush().is_err() || client.refused {
                self.close(token);
            }
        }
        self.dirty = dirty;
    }

    /// Accepts whoever knocks, while there is room.
    pub(super) fn accept(&mut self, registry: &Registry, now: Nanos) {
        while let Some(stream) = self.listener.accept(now) {
            let token = self.tokens.next();
            if self.clients.len() >= MAX_CLIENTS {
                continue;
            }
            let Ok(connection) = Connection::new(stream, registry, token, USER_TIMEOUT) else {
                continue;
            };
            self.clients.insert(token, Client::new(connection));
        }
    }

    /// When something is to be done that no event tells of.
    pub(super) fn next_deadline(&self) -> Option<Nanos> {
        self.listener.again
    }

    /// Does what no event tells of.
    pub(super) fn tick(&mut self, registry: &Registry, now: Nanos) {
        if self.listener.again.is_some_and(|at| at <= now) {
            self.accept(registry, now);
        }
    }

    /// What the poll told of a client. Returns whether there may be more to read.
    pub(super) fn event(
        &mut self,
        event: &Event,
        buffer: &mut [u8],
        inbound: &mut Vec<Inbound>,
    ) -> bool {
        let token = event.token();
        if event.is_writable()
            && let Some(client) = self.clients.get_mut(&token)
        {
            client.connection.set_writable();
            self.dirty.push(token);
        }
        event.is_readable() && self.read(token, event.is_read_closed(), buffer, inbound)
    }

    /// Reads once. Returns whether there may be more.
    pub(super) fn read(
        &mut self,
        token: Token,
        to_the_end: bool,
        buffer: &mut [u8],
        inbound: &mut Vec<Inbound>,
    ) -> bool {
        let Some(client) = self.clients.get_mut(&token) else { return false };
        let (len, more) = match client.connection.read(buffer, to_the_end) {
            Got::More(len) => (len, true),
            Got::All(len) => (len, false),
            Got::End => {
                self.close(token);
                return false;
            }
        };
        let before = client.lines.held();
        client.take(token, &buffer[..len], inbound);
        self.held = self.held - before + client.lines.held();
        if self.held > MAX_HELD {
            client.refuse("too many bytes of unfinished lines");
        }
        if client.refused {
            self.dirty.push(token);
        }
        more && !client.refused
    }

    fn close(&mut self, token: Token) {
        if let Some(client) = self.clients.remove(&token) {
            self.held -= client.lines.held();
        }
    }
}

impl Client {
    fn new(connection: Connection) -> Client {
        let (lines, under_way) = (LineBuffer::default(), BTreeMap::new());
        Client { connection, lines, under_way, serial: 0, refused: false }
    }

    fn take(&mut self, token: Token, bytes: &[u8], inbound: &mut Vec<Inbound>) {
        let mut lines = std::mem::take(&mut self.lines);
        let cut = lines.feed(bytes, |line| self.take_line(token, line, inbound));
        self.lines = lines;
        if let Err(error) = cut {
            self.refuse(&error.to_string());
        }
    }

    fn take_line(&mut self, token: Token, line: &[u8], inbound: &mut Vec<Inbound>) {
        if self.refused {
            return;
        }
        match serde_json::from_slice::<RequestLine>(line) {
            Ok(_) if self.under_way.len() >= MAX_UNDER_WAY => {
                self.refuse("too many requests under way");
            }
            Ok(line) => {
                self.serial = self.serial.wrapping_add(1);
                self.under_way.insert(self.serial, line.id);
                let ticket = ticket(token, self.serial);
                inbound.push(Inbound::Request { ticket, request: line.into_request() });
            }
            Err(error) => self.refuse(&format!("malformed request: {error}")),
        }
    }

    fn refuse(&mut self, reason: &str) {
        if !self.refused {
            self.answer(None, Reply::Fail(reason.to_owned()));
            self.refused = true;
        }
    }

    fn answer(&mut self, id: Option<u64>, reply: Reply) {
        let output = self.connection.output();
        serde_json::to_writer(&mut *output, &AnswerLine { id, reply })
            .expect("plain data can always be written to memory");
        output.push(b'\n');
    }
}

fn ticket(token: Token, serial: u32) -> Ticket {
    Ticket((token.0 as u64) << 32 | u64::from(serial))
}

fn parts(Ticket(ticket): Ticket) -> (Token, u32) {
    (Token((ticket >> 32) as usize), ticket as u32)
}

#[cfg(test)]
mod tests {
    use super::{parts, ticket};
    use mio::Token;

    #[test]
    fn a_ticket_finds_its_request() {
        assert_eq!(parts(ticket(Token(7), 9)), (Token(7), 9));
        assert_eq!(parts(ticket(Token(u32::MAX as usize), u32::MAX)).1, u32::MAX);
    }
}
