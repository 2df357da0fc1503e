//! The service as a client meets it, endpoint by endpoint.

mod access;
mod batch;
mod bin;
mod delta;
mod directory;
mod file;
mod history;
mod kill;
mod listing;
mod names;
mod preview;
