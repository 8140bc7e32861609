//! A listening socket that survives a shortage of descriptors.

use crate::host::HostError;
use chaos_node::Nanos;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// How long accepting rests when the machine refuses.
const REST: Nanos = Nanos::from_millis(50);

/// A listening socket that is registered with the poll.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    /// When to try again, if there may be connections that the poll will not tell of.
    pub(super) again: Option<Nanos>,
}

impl Listener {
    /// Listens.
    pub(super) fn bind(
        registry: &Registry,
        token: Token,
        address: SocketAddr,
    ) -> Result<Listener, HostError> {
        let bind = || -> io::Result<TcpListener> {
            let mut socket = TcpListener::bind(address)?;
            registry.register(&mut socket, token, Interest::READABLE)?;
            Ok(socket)
        };
        let socket = bind().map_err(|source| HostError::Bind { address, source })?;
        Ok(Listener { socket, again: None })
    }

    /// The next connection, if one waits.
    pub(super) fn accept(&mut self, now: Nanos) -> Option<TcpStream> {
        self.again = None;
        loop {
            match self.socket.accept() {
                Ok((stream, _)) => return Some(stream),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => {
                    self.again = Some(now + REST);
                    return None;
                }
            }
        }
    }
}

/// Whether the error concerns but the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted)
}
