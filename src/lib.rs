//! mediasweep.

pub mod client;
pub mod domain;
pub mod jobs;
pub mod protocol;
pub mod tui;
