//! What nodes say on their standard error: always read, the last of it kept.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// How much of it is kept.
const KEPT: usize = 64 << 10;
/// How much is read before another pipe has its turn.
const PORTION: usize = 1 << 20;
const EVENTS: usize = 64;

/// The last of what came through a pipe.
#[derive(Debug)]
pub(super) struct Tail {
    stream: Mutex<Stream>,
}

#[derive(Debug)]
struct Stream {
    pipe: Option<OwnedFd>,
    kept: VecDeque<u8>,
}

/// The thread that reads all pipes, so that no node ever waits for its words to be heard.
#[derive(Debug)]
pub(super) struct Drain {
    epoll: Epoll,
    tails: Mutex<BTreeMap<u64, Arc<Tail>>>,
    next: AtomicU64,
}

impl Tail {
    /// What was kept, up to the last byte that the node wrote.
    pub(super) fn kept(&self) -> Vec<u8> {
        let mut stream = lock(&self.stream);
        stream.read_portion();
        stream.kept.iter().copied().collect()
    }
}

impl Stream {
    /// Reads what there is, but not for ever; says whether the pipe has ended.
    fn read_portion(&mut self) -> bool {
        let Some(pipe) = &self.pipe else { return true };
        let mut bytes = [0; KEPT];
        let mut total = 0;
        while total < PORTION {
            match read(pipe, &mut bytes) {
                Ok(0) => return true,
                Ok(count) => {
                    total += count;
                    keep(&mut self.kept, &bytes[..count]);
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return false,
                Err(_) => return true,
            }
        }
        false
    }
}

fn keep(kept: &mut VecDeque<u8>, bytes: &[u8]) {
    kept.extend(bytes);
    let excess = kept.len().saturating_sub(KEPT);
    kept.drain(..excess);
}

impl Drain {
    pub(super) fn start() -> io::Result<Arc<Drain>> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let tails = Mutex::new(BTreeMap::new());
        let drain = Arc::new(Drain { epoll, tails, next: AtomicU64::new(0) });
        let reader = Arc::downgrade(&drain);
        Builder::new().name("chaos-drain".to_owned()).spawn(move || {
            while let Some(drain) = reader.upgrade() {
                drain.turn();
            }
        })?;
        Ok(drain)
    }

    /// Reads a pipe from now on until it ends.
    pub(super) fn follow(&self, pipe: OwnedFd) -> io::Result<Arc<Tail>> {
        set_nonblocking(&pipe)?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let event = EpollEvent::new(EpollFlags::EPOLLIN, id);
        let stream = Stream { pipe: None, kept: VecDeque::new() };
        let tail = Arc::new(Tail { stream: Mutex::new(stream) });
        // Known before it is watched, or else its first event would find nobody.
        let mut stream = lock(&tail.stream);
        lock(&self.tails).insert(id, tail.clone());
        self.epoll.add(&pipe, event)?;
        stream.pipe = Some(pipe);
        drop(stream);
        Ok(tail)
    }

    fn turn(&self) {
        // It wakes now and then to see whether anyone still needs it.
        const PATIENCE: u16 = 500;
        let mut events = [EpollEvent::empty(); EVENTS];
        let count = self.epoll.wait(&mut events, EpollTimeout::from(PATIENCE)).unwrap_or(0);
        for event in &events[..count] {
            self.read(event.data());
        }
    }

    /// A pipe that has ended is closed, and thereby no longer watched.
    fn read(&self, id: u64) {
        let Some(tail) = lock(&self.tails).get(&id).cloned() else { return };
        let mut stream = lock(&tail.stream);
        if stream.read_portion() {
            stream.pipe = None;
            lock(&self.tails).remove(&id);
        }
    }
}

/// Makes reads of a pipe return at once.
pub(super) fn set_nonblocking(pipe: impl AsFd) -> io::Result<()> {
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
