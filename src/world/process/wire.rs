//! The wires of one cluster: a namespace for each node, all linked to the switch's.

use super::frame::{MOST_NODES, address};
use super::netns::Netns;
use super::packet::PacketSocket;
use super::rtnl::{End, LOOPBACK, Rtnl};
use super::sysctl;
use crate::network::Endpoint;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

/// The wires of one cluster. Without them, the kernel takes all its devices down.
#[derive(Debug)]
pub(super) struct Wires {
    /// Where each node lives, n1 first.
    pub(super) nodes: Vec<Arc<Netns>>,
    /// Where the frames of all links come in and go out.
    pub(super) tap: PacketSocket,
}

/// Every device's. Their own ends answer to it; the switch's ends have another one, so that the
/// kernel there sees at once that a frame is not its own business.
const NODE_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];
const SWITCH_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 0x02];
const MTU: u32 = 1_500;
const PREFIX: u8 = 24;
const NODE_DEVICE: u32 = 2;
/// Where the numbers of devices begin in the switch's namespace and in the clients'.
const FIRST_DEVICE: u32 = 2;

/// The device of an endpoint in the switch's namespace.
pub(super) fn device(endpoint: Endpoint) -> u32 {
    FIRST_DEVICE + u32::from(endpoint.0)
}

/// The endpoint of a device in the switch's namespace.
pub(super) fn endpoint(device: u32) -> Option<Endpoint> {
    u16::try_from(device.checked_sub(FIRST_DEVICE)?).ok().map(Endpoint)
}

/// Makes the wires of a cluster. The calling thread must be the porter's; it ends up at home, the
/// namespace of the clients.
pub(super) fn lay(slot: u8, nodes: u16, home: &Netns) -> io::Result<Wires> {
    assert!(nodes <= MOST_NODES, "the address plan has no room for {nodes} nodes");
    let abroad = lay_abroad(slot, nodes);
    home.enter()?;
    let (wires, mut switch) = abroad?;
    lay_clients(slot, nodes, &switch.namespace)?;
    (0..=nodes).for_each(|i| switch.rtnl.up(device(Endpoint(i))));
    switch.rtnl.commit()?;
    Ok(wires)
}

/// Where the other ends of all wires are.
struct SwitchSide {
    namespace: Netns,
    rtnl: Rtnl<'static>,
}

fn lay_abroad(slot: u8, nodes: u16) -> io::Result<(Wires, SwitchSide)> {
    let namespace = Netns::create()?;
    sysctl::prepare();
    let tap = PacketSocket::open()?;
    let switch = SwitchSide { namespace, rtnl: Rtnl::open()? };
    let node = |i| lay_node(slot, nodes, Endpoint(i), &switch.namespace).map(Arc::new);
    let nodes = (0..nodes).map(node).collect::<io::Result<_>>()?;
    Ok((Wires { nodes, tap }, switch))
}

fn lay_clients(slot: u8, nodes: u16, switch: &Netns) -> io::Result<()> {
    let clients = Endpoint(nodes);
    let here = End { name: format!("c{slot}"), ..node_end(FIRST_DEVICE + u32::from(slot)) };
    let mut rtnl = Rtnl::open()?;
    rtnl.veth(&here, &switch_end(clients), switch.as_fd());
    rtnl.address(here.index, address(slot, clients, nodes), PREFIX);
    rtnl.commit()
}

fn lay_node(slot: u8, nodes: u16, node: Endpoint, switch: &Netns) -> io::Result<Netns> {
    let namespace = Netns::create()?;
    sysctl::prepare();
    let mut rtnl = Rtnl::open()?;
    rtnl.up(LOOPBACK);
    rtnl.veth(&node_end(NODE_DEVICE), &switch_end(node), switch.as_fd());
    rtnl.address(NODE_DEVICE, address(slot, node, nodes), PREFIX);
    rtnl.commit()?;
    sysctl::tune_tcp();
    Ok(namespace)
}

fn node_end(index: u32) -> End {
    End { name: "eth0".to_owned(), index, mac: NODE_MAC, mtu: MTU }
}

fn switch_end(endpoint: Endpoint) -> End {
    End { name: format!("e{}", endpoint.0), index: device(endpoint), mac: SWITCH_MAC, mtu: MTU }
}
