//! The vocabulary of the program: entries, listings, marks, plans and jobs.
//!
//! Base of its children: this file only declares them. No I/O, no async, no serde, no terminal.

pub mod bin;
pub mod caution;
pub mod conflict;
pub mod duplicates;
pub mod entries;
pub mod entry;
pub mod failure;
pub mod fetch;
pub mod filter;
pub mod finds;
pub mod format;
pub mod job;
pub mod known;
pub mod listing;
pub mod marks;
pub mod order;
pub mod paste;
pub mod path;
pub mod plan;
pub mod renames;
pub mod rule;
pub mod search;
pub mod show;
pub mod space;
pub mod usage;
pub mod weights;
