//! Less than linearizability: sequential consistency, causal consistency and the session guarantees,
//! each judged apart, so that a system can be held to what it promises.
//!
//! A *session* is a process: what it does, in that order. An operation of unknown outcome comes after
//! what its session did before, but nothing comes after it, for it may happen at any later time.
//!
//! * **Sequential** (Lamport 1979): one order of all operations, of all keys together, that every
//!   session's order agrees with, explains all results.
//! * The **session guarantees** of Terry et al. (*Session guarantees for weakly consistent replicated
//!   data*, 1994): a read finds, of the writes in its *view*, the last in an order of all writes.
//!   With *read your writes* the view holds what the session wrote before; with *monotonic reads* what
//!   it read before. A view that holds a write holds also, and orders before it, with *monotonic
//!   writes* what the writer had written before; with *writes follow reads* what the writer had read.
//! * **Causal**: all four together (Brzeziński, Sobaniec & Wawrzyniak, *From session causality to causal
//!   consistency*, 2004), with one order of writes for all.
//!
//! The last two guarantees show only to a session whose view grows, so each is judged together with
//! monotonic reads.
//!
//! All this is judged where the values tell their writes apart: no value that is read was written
//! twice. What was appended shows in all that is read behind it: such a read has found a *chain* of
//! writes, and whatever else is in its view comes before the one that the chain begins with. Then who
//! read from whom is known, and for the session guarantees what follows decides. For
//! sequential consistency what follows is only necessary, for the question is NP-hard (Gibbons & Korach
//! 1997): first `sequential` draws all conclusions of two kinds; a cycle refutes. Then `search`
//! looks for an order, within the budget.
//!
//! What is linearizable is all of this, whatever the values; so [`Kind::check_consistency`] asks that
//! first.
//!
//! [`Kind::check_consistency`]: crate::Kind::check_consistency

mod chain;
mod graph;
mod level;
mod reading;
mod search;
mod sequential;
mod session;
mod verdict;

pub use level::{Consistency, UnknownConsistency};
pub use verdict::{Anomaly, Finding, Link, Relation, Undecided};

use crate::Budget;
use crate::history::History;
use crate::model::{Model, NotInModel};

/// Holds a history against a consistency model that is weaker than linearizability. What the values
/// decide is decided; [`Finding::Unknown`] says why not, where they do not.
///
/// # Errors
/// [`NotInModel`] if the model does not have one of the operations.
pub fn check_consistency<M: Model>(
    model: &M,
    history: &History,
    level: Consistency,
    budget: &Budget<'_>,
) -> Result<Finding, NotInModel> {
    let reading = match reading::Reading::of(model, history, budget)? {
        Ok(reading) => reading,
        Err(finding) => return Ok(finding),
    };
    Ok(match level.guarantees() {
        Some(guarantees) => session::check(&reading, guarantees, budget),
        None => match reading.in_one_order() {
            Ok(reading) => sequential::check(&reading, budget),
            Err(finding) => finding,
        },
    })
}
