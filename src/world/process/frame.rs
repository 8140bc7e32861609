//! Whom a frame is for.
//!
//! The address plan: cluster *k* has the network 10.*k*.0.0/24, its node *i* has 10.*k*.0.*i*, and
//! all its clients are 10.*k*.0.254. So the last byte of a frame's destination says it all, and the
//! switch needs no table.

use crate::network::Endpoint;
use std::net::Ipv4Addr;

/// How many nodes a cluster has at most.
pub(super) const MOST_NODES: u16 = 250;
/// How many clusters there are at most at once.
pub const MOST_SLOTS: usize = 256;
/// What the kernel puts in front of each frame: how to finish its checksum and where to split it.
pub(super) const VNET_HEADER: usize = 10;
/// The longest frame: an IP packet of 64 KiB that the kernel has not split yet.
pub(super) const LONGEST: usize = VNET_HEADER + ETHERNET + 65_536;

const ETHERNET: usize = 14;
const DESTINATION: usize = VNET_HEADER + ETHERNET + 16;
const CLIENTS: u8 = 254;

/// The address of an endpoint.
pub(super) fn address(slot: u8, endpoint: Endpoint, nodes: u16) -> Ipv4Addr {
    let last = if endpoint.0 == nodes { CLIENTS } else { endpoint.0 as u8 + 1 };
    Ipv4Addr::new(10, slot, 0, last)
}

/// The endpoint that a frame is for, if it is for one of this cluster.
pub(super) fn destination(frame: &[u8], slot: u8, nodes: u16) -> Option<Endpoint> {
    let bytes = frame.get(DESTINATION..DESTINATION + 4)?;
    let [10, network, 0, last] = *bytes else { return None };
    match last {
        _ if network != slot => None,
        CLIENTS => Some(Endpoint(nodes)),
        1.. if u16::from(last) <= nodes => Some(Endpoint(u16::from(last) - 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{DESTINATION, address, destination};
    use crate::network::Endpoint;

    fn frame_to(address: [u8; 4]) -> Vec<u8> {
        let mut frame = vec![0; 64];
        frame[DESTINATION..DESTINATION + 4].copy_from_slice(&address);
        frame
    }

    #[test]
    fn every_endpoint_is_found_by_its_address() {
        for endpoint in (0..=5).map(Endpoint) {
            let frame = frame_to(address(7, endpoint, 5).octets());
            assert_eq!(destination(&frame, 7, 5), Some(endpoint));
        }
    }

    #[test]
    fn strangers_are_not_of_the_cluster() {
        for address in
            [[10, 8, 0, 1], [10, 7, 0, 6], [10, 7, 0, 0], [10, 7, 0, 255], [224, 0, 0, 1]]
        {
            assert_eq!(destination(&frame_to(address), 7, 5), None, "{address:?}");
        }
        assert_eq!(destination(&[0; 20], 7, 5), None);
    }
}
