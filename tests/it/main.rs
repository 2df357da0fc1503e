//! All tests that look at the program from outside, in one binary.
#![allow(clippy::unwrap_used, missing_docs)]

mod api;
mod golden;
mod service;
