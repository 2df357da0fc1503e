//! mediasweep.

pub mod domain;
pub mod protocol;
pub mod tui;
