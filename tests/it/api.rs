//! The service as a client meets it, endpoint by endpoint.

mod access;
mod attributes;
mod batch;
mod bin;
mod cas;
mod copy;
mod directory;
mod door;
mod favorite;
mod file;
mod flat;
mod inode;
mod kill;
mod link;
mod listing;
mod names;
mod quota;
mod recent;
mod search;
mod spaces;
mod upload;
