//! Decides whether a recorded history is linearizable, and says why not.
//!
//! Read or build a [`History`], choose a model from [`model`] or write one, and [`check`]:
//!
//! ```
//! use chaos_checker::{Budget, Verdict, check, model::KeyValue, read_jsonl};
//!
//! let log = r#"
//! {"index":0,"time":1000000,"process":0,"type":"invoke","f":"put","key":"x","value":9}
//! {"index":1,"time":2000000,"process":0,"type":"ok","f":"put","key":"x","value":9}
//! {"index":2,"time":3000000,"process":4,"type":"invoke","f":"get","key":"x"}
//! {"index":3,"time":4000000,"process":4,"type":"ok","f":"get","key":"x","value":7}
//! "#;
//! let history = read_jsonl(log.as_bytes())?;
//! let Verdict::Invalid(violation) = check(&KeyValue::default(), &history, &Budget::default())?
//! else { panic!("nobody ever wrote 7") };
//! assert_eq!(
//!     violation.sentence,
//!     "get x by client 4 returned 7 at 0.004 s although only 9 was possible"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate is pure: it opens no file and reads no clock; the same history gives the same bytes,
//! on one thread or on several ([`Budget::threads`]).

pub mod consistency;
pub mod history;
pub mod linearizable;
pub mod model;
#[cfg(test)]
mod testing;

pub use consistency::{Consistency, Finding, check_consistency};
pub use history::{Event, EventType, Format, History, HistoryBuilder, HistoryError, Nanos};
pub use history::{Operation, Outcome, Text, Value, read, read_jsonl, write_jsonl};
pub use linearizable::{Attempt, Placed, Retold, check, partitions};
pub use linearizable::{Budget, Kind, Online, Partition, Standing, Verdict, Violation};
pub use model::Model;
