//! The world of real processes: every node an OS process in a network namespace of its own, and
//! the tester as the switch between them.
//!
//! # From the ground up
//!
//! [`enter`] is called first thing in `main`, while there is one thread. It takes the tester into
//! namespaces of its own — user (for an ordinary user), mount and network — and gives a [`Ground`].
//! On the ground stand [`Arenas`], a pool; each [`Arena`] is the place of one cluster for one run;
//! in it live [`NodeProcess`]es.
//!
//! # The network
//!
//! ```text
//!    n1's namespace          n2's namespace            the tester's own namespace
//!    eth0 10.k.0.1           eth0 10.k.0.2             c‹k› 10.k.0.254 (all clients)
//!        │                       │                         │            veth pairs
//!    ────┴───────────────────────┴─────────────────────────┴────  namespace of cluster k's switch
//!                     one packet socket  ⇄  the switch's thread
//! ```
//!
//! Namespaces are anonymous: descriptors hold them, nothing else, so the kernel takes them down
//! when the tester dies. Nothing in the switch's namespace forwards; every frame waits in the packet
//! socket until the one thread of the switch takes it out, asks the cluster's
//! [`Links`](crate::network::Links) about it and sends it on, or keeps it a while, or drops it. A
//! cut is therefore one-way if it is told so, works for any program, and needs no firewall.
//! Interfaces share one hardware address and need no ARP, so no frame is ever rewritten. Frames are
//! handed over with their offload header: a 64 KiB write of a node crosses as one frame, which is
//! also the unit that is lost or delayed.
//!
//! # Life and death
//!
//! All nodes live in one PID namespace whose first process dies with the tester, by a signal from
//! the kernel and by the end of a pipe. With the first process the kernel kills all others. So
//! `kill -9` of the tester, at any moment, leaves nothing; a tmpfs that only the tester's mount
//! namespace knew holds the nodes' files.
//!
//! Nodes are started by one thread, the porter, the only one that ever changes its namespaces; it
//! takes the cheap road (`posix_spawn`), so the tester's size does not matter. Each node leads a
//! process group: signals go to the group. What left the group is found among the children of the
//! first process and killed with the run.
//!
//! # Where namespaces are refused
//!
//! [`diagnose`] says what is missing and what to do, and [`Isolation::Auto`] falls back to loopback
//! addresses with a relay between each pair of nodes. Relays know the wire format of own nodes and
//! apply the same rules to whole messages. There, clients connect directly, a connection through a
//! cut still opens (and carries nothing), and what a node itself started is not followed once it has
//! left the group, nor when the tester is killed.

mod addresses;
mod arena;
mod child;
mod clock;
mod command;
mod doctor;
mod drain;
mod error;
pub mod execute;
mod fabric;
mod frame;
mod ground;
mod held;
mod init;
mod namespaces;
mod netns;
mod orphans;
mod packet;
mod pdeath;
mod pool;
mod porter;
mod relay;
mod remedy;
mod rtnl;
mod sched;
mod store;
mod switch;
mod sysctl;
mod usage;
mod wire;

pub use addresses::Addresses;
pub use arena::{Arena, ArenaOptions, Arenas};
pub use clock::monotonic;
pub use command::{NodeCommand, NodeProcess, Signalled};
pub use doctor::{Finding, diagnose};
pub use error::{ArenaError, GroundError};
pub use frame::MOST_SLOTS;
pub use ground::{Footing, Ground, Isolation, enter};
pub use usage::{CpuTimes, cpu_times};
