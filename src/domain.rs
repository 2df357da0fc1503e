//! The vocabulary of the program: entries, listings, marks, plans and jobs.
//!
//! Base of its children: this file only declares them. No I/O, no async, no serde, no terminal.

pub mod path;
