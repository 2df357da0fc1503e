//! The tests that look at the program from outside, as one binary: one link instead of many.
#![allow(clippy::unwrap_used)]

mod api;
mod cli;
mod client;
mod faults;
mod golden;
mod house;
mod jobs;
mod screen;
mod service;
mod support;
mod terminal;
