//! The service as a client meets it, endpoint by endpoint.

mod access;
mod albums;
mod attributes;
mod batch;
mod bin;
mod cas;
mod copies;
mod copy;
#[cfg(target_os = "linux")] // open files are counted in /proc
mod crowd;
mod delta;
mod directory;
mod door;
mod escape;
mod favorite;
mod file;
mod flat;
mod grants;
mod history;
mod inode;
mod lifecycle;
mod link;
mod listing;
mod model;
mod moves;
mod names;
mod nonsense;
mod preview;
mod quota;
mod recent;
mod routes;
mod search;
mod spaces;
mod tasks;
mod upload;
