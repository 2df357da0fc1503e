//! mediasweep.

pub mod client;
pub mod domain;
pub mod protocol;
