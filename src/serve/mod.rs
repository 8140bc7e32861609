//! The reports as a web site for this machine alone: `chaos serve`.
//!
//! It answers `GET` and `HEAD` on a loopback address and serves what lies below one folder, never
//! following a link (`root`). A request must name this server as its host, so that a page from
//! elsewhere whose name was made to point here (DNS rebinding) gets nothing (`request`). A campaign
//! that has not ended is shown as it stands (`campaign`), by a page that asks for itself again. One
//! connection is one request and one thread; how many there are, how long they may take and how much
//! they may say is bounded.

mod campaign;
mod folder;
mod request;
mod response;
mod root;

use campaign::Campaigns;
use request::{Refusal, Request};
use response::Response;
use root::{Entry, Root};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// So many requests are answered at once; more are turned away.
const MOST: usize = 32;
/// How long an answer may stand still.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server of one folder.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

#[derive(Debug)]
struct Site {
    address: SocketAddr,
    root: Root,
    campaigns: Campaigns,
    busy: AtomicUsize,
}

impl Server {
    /// Listens on 127.0.0.1, on this port or, for 0, on a free one.
    ///
    /// # Errors
    /// If the folder cannot be opened or the port is taken.
    pub fn bind(folder: &Path, port: u16) -> io::Result<Server> {
        let root = Root::open(folder)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let site =
            Site { address, root, campaigns: Campaigns::default(), busy: AtomicUsize::new(0) };
        Ok(Server { listener, site: Arc::new(site) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.site.address
    }

    /// Answers for ever.
    pub fn serve(&self) -> ! {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.site.clone().take(stream),
                // Too many open files, or a caller that is gone already: the next may do better.
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Site {
    fn take(self: Arc<Site>, stream: TcpStream) {
        if self.busy.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.busy.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        thread::spawn(move || {
            // A caller that is gone has nobody to be told of it.
            let _ = self.converse(stream);
            self.busy.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let request = request::read(&mut stream, self.address);
        let head = request.as_ref().is_ok_and(|request| request.head);
        let response = match request {
            Ok(request) => self.answer(&request),
            Err(Refusal::Gone) => return Ok(()),
            Err(refusal) => Response::refused(&refusal),
        };
        response.send(&mut stream, head)
    }

    fn answer(&self, request: &Request) -> Response {
        match self.root.entry(&request.parts) {
            // As if a file were a folder.
            Ok(Entry::File(..)) if request.folder => Response::missing(),
            Ok(Entry::File(file, size)) => Response::file(request.parts.last(), file, size),
            Ok(Entry::Folder(_)) if !request.folder => Response::moved(&request.parts),
            Ok(Entry::Folder(folder)) => self.folder(request, &folder),
            Err(_) => Response::missing(),
        }
    }

    /// The page of a campaign, or a list of what is there.
    fn folder(&self, request: &Request, folder: &Root) -> Response {
        match self.campaigns.page(&request.parts, folder, request.known.as_deref()) {
            Some(page) => page,
            None => folder::listing(&request.parts, folder, &self.campaigns),
        }
    }
}
