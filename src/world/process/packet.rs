//! A packet socket: the switch's hand on all links of one cluster.
//!
//! One socket serves every device of its namespace: the kernel says which device a frame came in
//! by, and is told which one it shall leave by. So a batch of frames costs two system calls,
//! whatever its size. Frames carry a header (`PACKET_VNET_HDR`) that hands the sender's checksum
//! and segmentation offload through to the receiver: a 64 KiB write crosses the switch as one frame.

#![allow(unsafe_code, reason = "recvmmsg, sendmmsg and packet options have no safe interface")]

use super::frame::LONGEST;
use nix::errno::Errno;
use socket2::{Domain, Socket, Type};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// How many frames are received or sent at once.
pub(super) const BATCH: usize = 32;

/// What the kernel may hold for us. An ordinary user gets what `net.core.rmem_max` allows.
const BUFFER: usize = 8 << 20;
const IPV4: u16 = (libc::ETH_P_IP as u16).to_be();

/// A packet socket for all devices of one namespace.
#[derive(Debug)]
pub(super) struct PacketSocket(Socket);

/// Room for a batch of frames.
pub(super) struct Batch {
    room: Box<[u8]>,
    frames: Vec<Received>,
}

#[derive(Clone, Copy)]
struct Received {
    device: u32,
    length: usize,
}

/// A frame on its way out.
#[derive(Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) device: u32,
    pub(super) frame: &'a [u8],
}

impl PacketSocket {
    /// In the namespace that the calling thread is in.
    pub(super) fn open() -> io::Result<PacketSocket> {
        // Deaf at first (protocol 0), lest frames come in without the header.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None)?;
        socket.set_nonblocking(true)?;
        let socket = PacketSocket(socket);
        socket.set(libc::SOL_PACKET, libc::PACKET_VNET_HDR, 1)?;
        socket.enlarge(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF)?;
        socket.enlarge(libc::SO_SNDBUFFORCE, libc::SO_SNDBUF)?;
        socket.listen()?;
        Ok(socket)
    }

    /// Receives what there is, up to a batch; says whether there may be more.
    ///
    /// # Errors
    /// If a device is gone.
    pub(super) fn receive(&self, batch: &mut Batch) -> io::Result<bool> {
        batch.frames.clear();
        // SAFETY: all three are plain data of C, for which zeros are valid.
        let (mut messages, mut vectors, mut origins) = unsafe {
            (
                zeroed::<[libc::mmsghdr; BATCH]>(),
                zeroed::<[libc::iovec; BATCH]>(),
                zeroed::<[libc::sockaddr_ll; BATCH]>(),
            )
        };
        for (i, room) in batch.room.chunks_exact_mut(LONGEST).enumerate() {
            vectors[i] = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
            point(&mut messages[i].msg_hdr, &mut origins[i], &mut vectors[i]);
        }
        let count = self.recvmmsg(&mut messages)?;
        for (message, origin) in messages.iter().zip(&origins).take(count) {
            let whole = message.msg_hdr.msg_flags & libc::MSG_TRUNC == 0;
            let length = if whole { message.msg_len as usize } else { 0 };
            batch.frames.push(Received { device: origin.sll_ifindex as u32, length });
        }
        Ok(count == BATCH)
    }

    /// How many frames the kernel had no room for since it was last asked.
    pub(super) fn overflows(&self) -> u64 {
        // SAFETY: plain data of C, for which zeros are valid.
        let mut statistics = unsafe { zeroed::<libc::tpacket_stats>() };
        let mut length = size_of::<libc::tpacket_stats>() as libc::socklen_t;
        let (fd, value) = (self.0.as_raw_fd(), (&raw mut statistics).cast());
        let (level, name) = (libc::SOL_PACKET, libc::PACKET_STATISTICS);
        // SAFETY: the value is a tpacket_stats, and that is its length.
        let result = unsafe { libc::getsockopt(fd, level, name, value, &raw mut length) };
        if result == 0 { u64::from(statistics.tp_drops) } else { 0 }
    }

    /// Sends frames in order. Those that the kernel does not take are lost, as on any network;
    /// says how many were.
    ///
    /// # Panics
    /// If there are more than a batch.
    pub(super) fn send(&self, frames: &[Outgoing<'_>]) -> u64 {
        assert!(frames.len() <= BATCH, "a batch is {BATCH} frames");
        // SAFETY: all three are plain data of C, for which zeros are valid.
        let (mut messages, mut vectors, mut targets) = unsafe {
            (
                zeroed::<[libc::mmsghdr; BATCH]>(),
                zeroed::<[libc::iovec; BATCH]>(),
                zeroed::<[libc::sockaddr_ll; BATCH]>(),
            )
        };
        for (i, outgoing) in frames.iter().enumerate() {
            let frame = outgoing.frame;
            vectors[i] =
                libc::iovec { iov_base: frame.as_ptr().cast_mut().cast(), iov_len: frame.len() };
            targets[i] = link_address(outgoing.device);
            point(&mut messages[i].msg_hdr, &mut targets[i], &mut vectors[i]);
        }
        self.send_all(&mut messages[..frames.len()])
    }

    fn send_all(&self, messages: &mut [libc::mmsghdr]) -> u64 {
        let (mut at, mut lost) = (0, 0);
        while at < messages.len() {
            match self.sendmmsg(&mut messages[at..]) {
                Ok(sent) if sent > 0 => at += sent,
                _ => {
                    lost += 1;
                    at += 1;
                }
            }
        }
        lost
    }

    fn recvmmsg(&self, messages: &mut [libc::mmsghdr; BATCH]) -> io::Result<usize> {
        let none = std::ptr::null_mut();
        // SAFETY: the headers point at rooms, vectors and addresses that outlive the call.
        let count = unsafe {
            libc::recvmmsg(
                self.0.as_raw_fd(),
                messages.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                none,
            )
        };
        match Errno::result(count) {
            Ok(count) => Ok(count as usize),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn sendmmsg(&self, messages: &mut [libc::mmsghdr]) -> Result<usize, Errno> {
        let count = messages.len() as libc::c_uint;
        let flags = libc::MSG_DONTWAIT;
        // SAFETY: the headers point at frames, vectors and addresses that outlive the call.
        let sent =
            unsafe { libc::sendmmsg(self.0.as_raw_fd(), messages.as_mut_ptr(), count, flags) };
        Errno::result(sent).map(|sent| sent as usize)
    }

    fn listen(&self) -> io::Result<()> {
        let address = link_address(0);
        let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        // SAFETY: the address is a sockaddr_ll of that length.
        let result = unsafe { libc::bind(self.0.as_raw_fd(), (&raw const address).cast(), length) };
        Ok(Errno::result(result).map(drop)?)
    }

    /// By force, which only real root may use, or as far as everybody may.
    fn enlarge(&self, force: libc::c_int, ask: libc::c_int) -> io::Result<()> {
        let size = BUFFER as libc::c_int;
        self.set(libc::SOL_SOCKET, force, size).or_else(|_| self.set(libc::SOL_SOCKET, ask, size))
    }

    fn set(&self, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
        let length = size_of::<libc::c_int>() as libc::socklen_t;
        let fd = self.0.as_raw_fd();
        // SAFETY: the option's value is an int, and that is its length.
        let result =
            unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), length) };
        Ok(Errno::result(result).map(drop)?)
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Batch {
    pub(super) fn new() -> Batch {
        let room = vec![0; BATCH * LONGEST].into_boxed_slice();
        Batch { room, frames: Vec::with_capacity(BATCH) }
    }

    /// The frames that were received last, each with the device it came in by. One that is too
    /// short to be a frame is empty.
    pub(super) fn frames(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let frame = |(received, room): (&Received, _)| {
            let room: &[u8] = room;
            (received.device, room.get(..received.length).unwrap_or_default())
        };
        self.frames.iter().zip(self.room.chunks_exact(LONGEST)).map(frame)
    }
}

fn link_address(device: u32) -> libc::sockaddr_ll {
    // SAFETY: plain data of C, for which zeros are valid.
    let mut address = unsafe { zeroed::<libc::sockaddr_ll>() };
    address.sll_family = libc::AF_PACKET as libc::c_ushort;
    address.sll_protocol = IPV4;
    address.sll_ifindex = device as libc::c_int;
    address
}

fn point(header: &mut libc::msghdr, address: &mut libc::sockaddr_ll, vector: &mut libc::iovec) {
    header.msg_name = (&raw mut *address).cast();
    header.msg_namelen = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    header.msg_iov = vector;
    header.msg_iovlen = 1;
}
