//! The service as a client meets it, endpoint by endpoint.

mod access;
mod albums;
mod batch;
mod bin;
mod copies;
mod directory;
mod file;
mod kill;
mod lifecycle;
mod listing;
mod moves;
mod names;
mod tasks;
