//! The workloads in which a target's mutants are looked for, in turns.
//!
//! What needs impatient nodes hides from patient ones, and what needs five nodes from three. Some bugs
//! break no promise and only cost time, messages, bytes or memory: scripts ask for those, and come
//! seldom, for each finds few bugs but finds them at once.

/// A workload's name and text.
pub(super) type Named = (&'static str, &'static str);

/// What a target's mutants are looked for in.
struct Own {
    target: &'static str,
    /// All of these come again and again.
    often: &'static [Named],
    /// One of these comes behind them, another one each time.
    seldom: &'static [Named],
    /// And of these first in the simulator: elsewhere they say nothing, or hold of no system.
    simulated: &'static [Named],
}

macro_rules! named {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../workloads/", $name, ".yaml")))
    };
}

const SWARM: Named = named!("raft-kv-swarm");
const READS: Named = named!("raft-kv-reads");
const GFS: Named = named!("gfs-lease");
const REPLICAS: Named = named!("gfs-lease-replicas");

const ALL: [Own; 4] = [
    Own {
        target: "raft",
        often: &[SWARM, READS, SWARM, READS, SWARM, READS, SWARM, READS],
        seldom: &[
            named!("raft/rejoin"),
            named!("raft/initial-election"),
            named!("raft/basic-agree"),
            named!("raft/snapshot-basic"),
            named!("raft/snapshot-install"),
        ],
        simulated: &[named!("raft/rpc-bytes"), named!("raft/count"), named!("raft-votes-again")],
    },
    Own {
        target: "bully",
        often: &[named!("bully"), named!("bully-precheck")],
        seldom: &[],
        simulated: &[],
    },
    Own {
        target: "ring",
        often: &[named!("ring"), named!("ring-found")],
        seldom: &[],
        simulated: &[],
    },
    Own {
        target: "gfs-lease",
        often: &[
            GFS,
            REPLICAS,
            named!("gfs-lease-write"),
            named!("gfs-lease-shadow"),
            GFS,
            REPLICAS,
            named!("gfs-lease-machines"),
            named!("gfs-lease-crowd"),
        ],
        seldom: &[],
        simulated: &[],
    },
];

/// The target's own workloads, one a run and then again from the first; `None` if it has none.
pub(super) fn turns(target: &str, simulated: bool) -> Option<Vec<Named>> {
    let own = ALL.iter().find(|own| own.target == target)?;
    let more = if simulated { own.simulated } else { &[] };
    let seldom: Vec<Named> = more.iter().chain(own.seldom).copied().collect();
    if seldom.is_empty() {
        return Some(own.often.to_vec());
    }
    let round = |script: &Named| own.often.iter().copied().chain([*script]).collect::<Vec<_>>();
    Some(seldom.iter().flat_map(round).collect())
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn scripts_come_seldom_and_some_in_the_simulator_alone() {
        let names = |simulated| turns("raft", simulated).unwrap().into_iter().map(|(name, _)| name);
        assert_eq!(names(true).position(|name| name == "raft/rpc-bytes"), Some(8));
        assert_eq!((names(true).count(), names(false).count()), (72, 45));
        assert!(names(true).any(|name| name == "raft-votes-again"));
        assert!(names(false).all(|name| name != "raft-votes-again"));
        assert_eq!(turns("bully", true).unwrap().len(), 2);
        assert!(turns("paxos", true).is_none());
    }
}
