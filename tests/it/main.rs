//! The tests that look at the program from outside, as one binary: one link instead of many.
// The habits of a worker are made for one call each.
#![allow(clippy::unwrap_used, clippy::large_types_passed_by_value)]

mod api;
mod carry;
mod changed;
mod chaos;
mod cli;
mod client;
mod client_content;
mod client_relocate;
mod conformance;
mod cut_off;
mod faults;
mod golden;
mod headless;
mod house;
mod jobs;
mod kill;
mod past;
mod pictures;
mod queue;
mod relocate;
mod screen;
mod seeded;
mod service;
mod settings;
mod support;
mod terminal;
mod texts;
mod tokens;
mod transfer;
mod transfers;
