//! What the tests share: small random histories and the slowest honest checker there is.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::disallowed_methods, reason = "a measurement reads the machine")]

pub mod arbitrary;
pub mod fuzz;
pub mod generate;
pub mod hard;
pub mod large;
pub mod laws;
pub mod machine;
pub mod models;
pub mod oracle;
pub mod weaker;
