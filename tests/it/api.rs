//! The service as a client meets it, endpoint by endpoint.

mod access;
mod attributes;
mod batch;
mod bin;
mod cas;
mod copy;
mod directory;
mod file;
mod inode;
mod kill;
mod link;
mod listing;
mod names;
