//! The service as a client meets it, endpoint by endpoint.

mod access;
mod batch;
mod bin;
mod directory;
mod file;
mod kill;
mod listing;
mod names;
mod upload;
