//! The service as a client meets it, endpoint by endpoint.

mod access;
mod batch;
mod bin;
mod directory;
mod favorite;
mod file;
mod flat;
mod kill;
mod listing;
mod names;
mod recent;
mod search;
