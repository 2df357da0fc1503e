//! The service as a client meets it, endpoint by endpoint.

mod access;
mod albums;
mod attributes;
mod batch;
mod bin;
mod cas;
mod copies;
mod copy;
mod directory;
mod door;
mod favorite;
mod file;
mod flat;
mod inode;
mod kill;
mod lifecycle;
mod link;
mod listing;
mod moves;
mod names;
mod quota;
mod recent;
mod search;
mod spaces;
mod tasks;
mod upload;
