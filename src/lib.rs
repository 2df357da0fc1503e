//! mediasweep.

pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod logging;
pub mod protocol;
#[cfg(feature = "server")]
pub mod server;
