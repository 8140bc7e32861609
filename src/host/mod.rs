//! Hosts one node as a real process: `chaos node <target> --config <json>`.

pub mod config;
