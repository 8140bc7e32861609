//! The few things we ask of the kernel's rtnetlink: links, addresses, up.
//!
//! Requests are collected and sent in one go, for a round trip each would be most of the time that
//! a cluster takes to make.

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};
use std::io;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsRawFd, BorrowedFd};

/// The index of the loopback device in every namespace.
pub(super) const LOOPBACK: u32 = 1;

/// One end of a veth pair.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) name: String,
    pub(super) index: u32,
    pub(super) mac: [u8; 6],
    pub(super) mtu: u32,
}

/// A conversation with the kernel about one network namespace.
pub(super) struct Rtnl<'a> {
    socket: Socket,
    batch: Vec<u8>,
    requests: u32,
    /// The namespaces that the batch names by number.
    named: PhantomData<BorrowedFd<'a>>,
}

impl<'a> Rtnl<'a> {
    /// About the namespace that the calling thread is in, even when it leaves.
    pub(super) fn open() -> io::Result<Rtnl<'a>> {
        let socket = Socket::new(NETLINK_ROUTE)?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Rtnl { socket, batch: Vec::new(), requests: 0, named: PhantomData })
    }

    /// A pair of devices, one here and up, one in another namespace. That one can only be brought
    /// up once there are both.
    pub(super) fn veth(&mut self, here: &End, there: &End, elsewhere: BorrowedFd<'a>) {
        let mut peer = device(there, LinkFlags::Noarp);
        peer.attributes.push(LinkAttribute::NetNsFd(elsewhere.as_raw_fd()));
        let mut link = device(here, LinkFlags::Noarp | LinkFlags::Up);
        link.attributes.push(LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::Veth),
            LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
        ]));
        self.push(RouteNetlinkMessage::NewLink(link), NLM_F_CREATE | NLM_F_EXCL);
    }

    /// An address of a device.
    pub(super) fn address(&mut self, device: u32, address: Ipv4Addr, prefix: u8) {
        let mut message = AddressMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.prefix_len = prefix;
        message.header.index = device;
        message.attributes = vec![
            AddressAttribute::Local(IpAddr::V4(address)),
            AddressAttribute::Address(IpAddr::V4(address)),
        ];
        self.push(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_EXCL);
    }

    /// Brings a device up.
    pub(super) fn up(&mut self, device: u32) {
        let mut message = LinkMessage::default();
        message.header.index = device;
        message.header.flags = LinkFlags::Up;
        message.header.change_mask = LinkFlags::Up;
        self.push(RouteNetlinkMessage::SetLink(message), 0);
    }

    /// Has the kernel do all that was asked for since the last time.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        self.socket.send(&self.batch, 0)?;
        self.batch.clear();
        let mut result = Ok(());
        while self.requests > 0 {
            let (answers, _) = self.socket.recv_from_full()?;
            self.requests -= acknowledged(&answers, &mut result)?;
        }
        result
    }

    fn push(&mut self, message: RouteNetlinkMessage, flags: u16) {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(message));
        message.finalize();
        let start = self.batch.len();
        self.batch.resize(start + message.buffer_len(), 0);
        message.serialize(&mut self.batch[start..]);
        self.requests += 1;
    }
}

fn device(end: &End, flags: LinkFlags) -> LinkMessage {
    let mut message = LinkMessage::default();
    message.header.index = end.index;
    message.header.flags = flags;
    message.header.change_mask = flags;
    message.attributes = vec![
        LinkAttribute::IfName(end.name.clone()),
        LinkAttribute::Address(end.mac.to_vec()),
        LinkAttribute::Mtu(end.mtu),
    ];
    message
}

/// Counts the acknowledgements in a datagram and keeps the first refusal.
fn acknowledged(answers: &[u8], result: &mut io::Result<()>) -> io::Result<u32> {
    let (mut rest, mut count) = (answers, 0);
    while !rest.is_empty() {
        let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
            .map_err(|error| io::Error::other(error.to_string()))?;
        if let NetlinkPayload::Error(error) = &answer.payload {
            count += 1;
            if error.code.is_some() && result.is_ok() {
                *result = Err(error.to_io());
            }
        }
        let length = (answer.header.length as usize).next_multiple_of(4);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(count)
}
