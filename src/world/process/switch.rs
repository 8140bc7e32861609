//! The switch: one thread that carries every frame of every cluster.
//!
//! Each turn it works through the clusters that have frames: receive a batch, read the clock, send
//! what is due, judge each frame by the links' rules, send on those that may pass at once, keep
//! those that may pass later. The clock is read after the batch came, so no frame is thought older
//! than it is and none arrives before its delay is over; what is due leaves before anything new is
//! judged by the same clock, so a link's order survives.

use super::clock::monotonic;
use super::fabric::{Fabric, Run};
use super::frame;
use super::held::{Held, HeldFrames};
use super::packet::{BATCH, Batch, Outgoing, PacketSocket};
use super::wire::{device, endpoint};
use crate::network::{Endpoint, Fate};
use chaos_node::Nanos;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::Builder;

const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;
const EVENTS: usize = 64;

/// A hold on the thread; it ends when the hold is dropped.
#[derive(Debug)]
pub(super) struct Switch {
    ports: Option<Sender<Port>>,
    wake: Arc<EventFd>,
}

/// One cluster's side of the switch.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) slot: u8,
    pub(super) nodes: u16,
    pub(super) tap: PacketSocket,
    pub(super) fabric: Arc<Fabric>,
}

impl Switch {
    pub(super) fn start() -> io::Result<Switch> {
        let (ports, inbox) = channel();
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
        let mut machine = Machine::new(inbox, wake.clone())?;
        Builder::new().name("chaos-switch".to_owned()).spawn(move || {
            super::sched::prefer_this_thread();
            while machine.turn() {}
        })?;
        Ok(Switch { ports: Some(ports), wake })
    }

    /// Carries the frames of one more cluster from now on.
    pub(super) fn plug(&self, port: Port) -> io::Result<()> {
        let gone = |_| io::Error::other("the switch is gone");
        self.ports.as_ref().map_or(Ok(()), |ports| ports.send(port)).map_err(gone)?;
        self.wake.write(1)?;
        Ok(())
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        drop(self.ports.take());
        let _ = self.wake.write(1);
    }
}

struct Machine {
    epoll: Epoll,
    timer: TimerFd,
    armed: Option<Nanos>,
    wake: Arc<EventFd>,
    inbox: Receiver<Port>,
    ports: BTreeMap<u8, Port>,
    held: HeldFrames,
    batch: Batch,
}

impl Machine {
    fn new(inbox: Receiver<Port>, wake: Arc<EventFd>) -> io::Result<Machine> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = TimerFd::new(
            ClockId::CLOCK_MONOTONIC,
            TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK,
        )?;
        epoll.add(&*wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        // By edge: then a timer that went off needs no reading.
        epoll.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, TIMER))?;
        let (ports, held, batch) = (BTreeMap::new(), HeldFrames::default(), Batch::new());
        Ok(Machine { epoll, timer, armed: None, wake, inbox, ports, held, batch })
    }

    /// Waits for something to do and does it; says whether there will ever be more.
    fn turn(&mut self) -> bool {
        let mut events = [EpollEvent::empty(); EVENTS];
        let count = self.epoll.wait(&mut events, EpollTimeout::NONE).unwrap_or(0);
        self.send_due(monotonic());
        for event in &events[..count] {
            match event.data() {
                WAKE if !self.take_ports() => return false,
                WAKE | TIMER => {}
                slot => self.carry(slot as u8),
            }
        }
        self.arm();
        true
    }

    fn take_ports(&mut self) -> bool {
        let _ = self.wake.read();
        loop {
            match self.inbox.try_recv() {
                Ok(port) => self.add(port),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn add(&mut self, port: Port) {
        let event = EpollEvent::new(EpollFlags::EPOLLIN, u64::from(port.slot));
        self.epoll.add(&port.tap, event).expect("a new socket can be watched");
        self.ports.insert(port.slot, port);
    }

    /// Carries what a cluster's nodes and clients sent, up to a batch: the rest has its turn after
    /// the other clusters.
    fn carry(&mut self, slot: u8) {
        if !self.receive(slot) {
            return;
        }
        let now = monotonic();
        self.send_due(now);
        let Some(port) = self.ports.get(&slot) else { return };
        let mut out = Express::new();
        let mut run = port.fabric.lock();
        if let Some(run) = run.as_mut() {
            for (device, frame) in self.batch.frames() {
                port.route(run, &mut self.held, &mut out, (device, frame), now);
            }
        }
        drop(run);
        out.send(port);
    }

    /// Fills the batch; says no if nothing came.
    fn receive(&mut self, slot: u8) -> bool {
        let Some(port) = self.ports.get(&slot) else { return false };
        let received = port.tap.receive(&mut self.batch);
        if let Ok(true) = received {
            port.fabric.overflowed(port.tap.overflows());
        }
        received.is_ok()
    }

    fn send_due(&mut self, now: Nanos) {
        loop {
            let due: Vec<Held> =
                std::iter::from_fn(|| self.held.pop_due(now)).take(BATCH).collect();
            if due.is_empty() {
                return;
            }
            self.armed = None;
            for frames in due.chunk_by(|one, other| one.slot == other.slot) {
                self.send_held(frames);
            }
        }
    }

    /// Sends what was held back of one cluster, unless its run is over.
    fn send_held(&self, frames: &[Held]) {
        let Some(port) = self.ports.get(&frames[0].slot) else { return };
        let number = port.fabric.number();
        let mut out = Express::new();
        for held in frames.iter().filter(|held| held.run == number) {
            out.push(held.device, &held.frame);
        }
        out.send(port);
    }

    fn arm(&mut self) {
        let next = self.held.next();
        if next.is_none() || next == self.armed {
            return;
        }
        self.armed = next;
        let time = TimeSpec::from_duration(next.unwrap_or_default().into());
        let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME;
        self.timer.set(Expiration::OneShot(time), flags).expect("any time can be waited for");
    }
}

impl Port {
    /// Sends a frame on its way, soon or later, or drops it.
    fn route<'a>(
        &self,
        run: &mut Run,
        held: &mut HeldFrames,
        out: &mut Express<'a>,
        (came_by, frame): (u32, &'a [u8]),
        now: Nanos,
    ) {
        let Some((from, to)) = self.ends(came_by, frame) else { return };
        let Fate::Deliver { at, copy } = run.judge(from, to, now) else { return };
        for at in [Some(at), copy].into_iter().flatten() {
            if at <= now && out.push(device(to), frame) {
                continue;
            }
            let number = self.fabric.number();
            let kept = held.push(at, (self.slot, number), device(to), frame);
            self.fabric.overflowed(u64::from(!kept));
        }
    }

    fn ends(&self, came_by: u32, frame: &[u8]) -> Option<(Endpoint, Endpoint)> {
        let from = endpoint(came_by).filter(|from| from.0 <= self.nodes)?;
        let to = frame::destination(frame, self.slot, self.nodes)?;
        Some((from, to))
    }
}

/// Frames that may pass at once, straight out of the batch they came in.
struct Express<'a> {
    frames: [Outgoing<'a>; BATCH],
    count: usize,
}

impl<'a> Express<'a> {
    fn new() -> Express<'a> {
        Express { frames: [Outgoing { device: 0, frame: &[] }; BATCH], count: 0 }
    }

    /// Takes a frame, or says that it is full: of copies, for there is room for the batch itself.
    fn push(&mut self, device: u32, frame: &'a [u8]) -> bool {
        let Some(place) = self.frames.get_mut(self.count) else { return false };
        *place = Outgoing { device, frame };
        self.count += 1;
        true
    }

    fn send(&self, port: &Port) {
        if self.count > 0 {
            port.fabric.overflowed(port.tap.send(&self.frames[..self.count]));
        }
    }
}
