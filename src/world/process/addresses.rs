//! Where the nodes of a run listen.
//!
//! Ports change from run to run, so that what a dead node's kernel still sends — it retransmits on
//! the dead's behalf for a while — finds nobody in the next run of the same slot.

use super::frame;
use crate::network::Endpoint;
use chaos_node::NodeId;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where a node listens and reaches the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where it listens for its peers.
    pub peer_address: SocketAddr,
    /// Where it listens for clients.
    pub client_address: SocketAddr,
    /// Where it reaches each of its peers.
    pub peers: BTreeMap<NodeId, SocketAddr>,
}

/// The ports of one run: the same for all its nodes, for each has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    peer: u16,
    client: u16,
}

impl Ports {
    /// Those of a run: below the ports that the kernel gives to clients.
    pub(super) fn of_run(run: u32) -> Ports {
        const FIRST: u16 = 10_000;
        const PAIRS: u32 = 10_000;
        let peer = FIRST + 2 * (run % PAIRS) as u16;
        Ports { peer, client: peer + 1 }
    }

    pub(super) fn peer(self, address: Ipv4Addr) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(address), self.peer)
    }

    pub(super) fn client(self, address: Ipv4Addr) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(address), self.client)
    }
}

/// The address of a node with a network namespace of its own.
pub(super) fn wired(slot: u8, node: NodeId, nodes: u16) -> Ipv4Addr {
    frame::address(slot, Endpoint::of(node), nodes)
}

/// The address of a node that shares the loopback device with everybody else on this machine:
/// a network for each tester and slot. Node 0 stands for the relays.
pub(super) fn looped(slot: u8, node: u16) -> Ipv4Addr {
    let tester = (std::process::id() % 120) as u8;
    Ipv4Addr::new(127, 128 + tester, slot, if node == 0 { 254 } else { node as u8 })
}

#[cfg(test)]
mod tests {
    use super::Ports;
    use std::collections::BTreeSet;

    #[test]
    fn ten_thousand_runs_share_no_port_and_stay_below_the_clients() {
        let ports: BTreeSet<u16> = (0..10_000)
            .flat_map(|run| [Ports::of_run(run).peer, Ports::of_run(run).client])
            .collect();
        assert_eq!(ports.len(), 20_000);
        assert!(ports.last().is_some_and(|last| *last < 32_768));
    }
}
