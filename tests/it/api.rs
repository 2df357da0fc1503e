//! The service as a client meets it, endpoint by endpoint.

mod access;
mod batch;
mod bin;
mod directory;
mod door;
mod file;
mod kill;
mod listing;
mod names;
mod quota;
mod spaces;
mod upload;
