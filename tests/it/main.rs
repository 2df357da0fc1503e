//! All integration tests, in one binary.
#![allow(clippy::unwrap_used)]

mod cli;
mod client;
mod jobs;
mod support;
