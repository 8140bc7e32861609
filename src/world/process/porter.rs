//! The one thread that moves between namespaces.
//!
//! A thread's network namespace decides where its sockets and children live, and its choice of PID
//! namespace where its children do. Everything that needs another one than the tester's own is
//! carried out here, one job after the other, so that no other thread is ever found elsewhere.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use nix::sched::{CloneFlags, setns};

type Job = Box<dyn FnOnce() + Send>;

/// A hold on the thread; it ends when the last is dropped.
#[derive(Clone, Debug)]
pub(super) struct Porter {
    jobs: Sender<Job>,
}

impl Porter {
    /// Starts the thread. Its children live in the PID namespace, if one is given.
    pub(super) fn start(pid_namespace: Option<OwnedFd>) -> io::Result<Porter> {
        let (jobs, inbox) = channel();
        let (ready, started) = channel();
        Builder::new().name("chaos-porter".to_owned()).spawn(move || {
            let result = pid_namespace.map_or(Ok(()), adopt);
            let fine = result.is_ok();
            let _ = ready.send(result);
            if fine {
                work(&inbox);
            }
        })?;
        started.recv().map_err(io::Error::other)??;
        Ok(Porter { jobs })
    }

    /// Carries a job out on the thread and waits for its result.
    ///
    /// # Errors
    /// Those of the job, or that the job panicked.
    pub(super) fn carry<R: Send + 'static>(
        &self,
        job: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> io::Result<R> {
        let (done, result) = channel();
        let job = Box::new(move || drop(done.send(job())));
        self.jobs.send(job).map_err(|_| gone())?;
        result.recv().map_err(|_| gone())?
    }
}

fn adopt(pid_namespace: OwnedFd) -> io::Result<()> {
    Ok(setns(pid_namespace, CloneFlags::CLONE_NEWPID)?)
}

fn work(inbox: &Receiver<Job>) {
    for job in inbox {
        job();
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread that enters namespaces is gone")
}
