//! What the tests share: small random histories and the slowest honest checker there is.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

pub mod generate;
pub mod large;
pub mod models;
pub mod oracle;
pub mod weaker;
