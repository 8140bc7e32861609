//! Histories: what the clients of a system did and what they were told.
//!
//! A history is a sequence of [`Event`]s. Each process has at most one operation open; its
//! invocation and its completion become one [`Operation`]. The *order of the events* is the
//! real-time order that linearizability speaks of (Herlihy & Wing 1990): an operation precedes
//! another if its completion stands before the other's invocation. Times are for people.
//!
//! A dishonest history — a completion without an invocation, two open operations of one process,
//! time that runs backwards — is refused with the line that is at fault, because a verdict on
//! it would mean nothing.

mod brief;
mod error;
mod etcd;
mod event;
mod form;
mod format;
mod intervals;
mod jepsen;
mod jsonl;
mod line;
mod operation;
mod pairing;
mod stream;
mod text;
mod value;

pub(crate) use brief::{Brief, brief_elements, brief_word, is_long_list, is_long_text};
pub use error::{Dishonest, HistoryError, Malformed};
pub use etcd::read_etcd_log;
pub use event::{Event, EventType, Nanos};
pub use format::{Format, read};
pub use intervals::read_intervals;
pub use jepsen::{read_edn, read_json};
pub use jsonl::{Events, read_jsonl, write_jsonl};
pub(crate) use operation::Bare;
pub use operation::{Operation, Outcome};
pub(crate) use pairing::Moment;
pub use pairing::{History, HistoryBuilder};
pub(crate) use stream::{Names, Order};
pub use text::Text;
pub use value::Value;
