//! The service as a client meets it, endpoint by endpoint.

mod access;
mod batch;
mod bin;
mod directory;
mod escape;
mod file;
mod grants;
mod listing;
mod model;
mod names;
