//! One TCP connection: bytes that wait to be written, and what the socket is set to.

use crate::host::frame::KEEP;
use chaos_node::Nanos;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

/// How a read went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// So many bytes, and there may be more.
    More(usize),
    /// So many bytes, and no more for now.
    All(usize),
    /// The connection is over.
    End,
}

/// A connection that is registered with the poll.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    output: Vec<u8>,
    /// So many bytes at the begin of `output` are written already.
    written: usize,
    /// Whether the socket may take bytes; if not, the poll will say when it does.
    writable: bool,
}

impl Connection {
    /// Registers the stream. It dies when its bytes stay unacknowledged for as long as `patience`.
    pub(super) fn new(
        mut stream: TcpStream,
        registry: &Registry,
        token: Token,
        patience: Nanos,
    ) -> io::Result<Connection> {
        set_options(&stream, patience.into())?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Connection { stream, output: Vec::new(), written: 0, writable: false })
    }

    /// The bytes that wait, to add some.
    pub(super) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// How many bytes wait.
    pub(super) fn backlog(&self) -> usize {
        self.output.len() - self.written
    }

    /// The poll says that the socket takes bytes again, or for the first time.
    pub(super) fn set_writable(&mut self) {
        self.writable = true;
    }

    /// Whether the connection that was begun stands now.
    ///
    /// # Errors
    /// If it was refused.
    pub(super) fn established(&self) -> io::Result<bool> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads once. A read that does not fill the buffer has taken all there was, for the poll
    /// tells of what comes later; `to_the_end` asks for the end of the stream too.
    pub(super) fn read(&mut self, buffer: &mut [u8], to_the_end: bool) -> Got {
        loop {
            return match self.stream.read(buffer) {
                Ok(0) => Got::End,
                Ok(len) if len == buffer.len() || to_the_end => Got::More(len),
                Ok(len) => Got::All(len),
                Err(error) if error.kind() == ErrorKind::WouldBlock => Got::All(0),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => Got::End,
            };
        }
    }

    /// Writes as much as the socket takes.
    ///
    /// # Errors
    /// If the connection is over.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.writable && self.backlog() > 0 {
            match self.stream.write(&self.output[self.written..]) {
                Ok(len) => self.written += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.give_back();
        Ok(())
    }

    /// Forgets the written bytes once they are all, or most of the buffer.
    fn give_back(&mut self) {
        if self.backlog() == 0 && self.output.capacity() > KEEP {
            self.output = Vec::new();
        } else if self.written > self.output.len() / 2 {
            self.output.drain(..self.written);
        } else {
            return;
        }
        self.written = 0;
    }
}

fn set_options(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    let socket = SockRef::from(stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_user_timeout(Some(patience))?;
    let second = Duration::from_secs(1);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(second).with_interval(second))
}
