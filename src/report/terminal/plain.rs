//! Progress as plain lines, for logs: one at once, then one every ten seconds even if nothing
//! happens.

use super::progress::Progress;
use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(10);

/// Progress as plain lines.
pub(super) struct Plain {
    shared: Arc<Mutex<Shared>>,
    /// Dropping it ends the thread that writes.
    clock: Option<Sender<()>>,
}

struct Shared {
    progress: Progress,
    began: Instant,
    out: Box<dyn Write + Send>,
}

impl Plain {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Plain {
        let shared = Shared { progress: Progress::default(), began: Instant::now(), out };
        Plain { shared: Arc::new(Mutex::new(shared)), clock: None }
    }

    pub(super) fn start(&mut self, progress: &Progress) -> io::Result<()> {
        let mut shared = lock(&self.shared);
        (shared.progress, shared.began) = (progress.clone(), Instant::now());
        shared.write()?;
        drop(shared);
        let (clock, ticks) = mpsc::channel();
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            while ticks.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                // The end of the campaign writes to the same place, and tells if it refuses.
                let _ = lock(&shared).write();
            }
        });
        self.clock = Some(clock);
        Ok(())
    }

    pub(super) fn update(&mut self, progress: &Progress) {
        lock(&self.shared).progress = progress.clone();
    }

    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(lock(&self.shared).out, "{line}")
    }

    pub(super) fn finish(&mut self) {
        self.clock = None;
    }
}

impl Shared {
    fn write(&mut self) -> io::Result<()> {
        let (count, line) = (self.progress.count(), self.progress.line(self.began.elapsed()));
        writeln!(self.out, "{count} done · {line}")
    }
}

/// A panic elsewhere leaves nothing here half done.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
