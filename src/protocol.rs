//! The wire shapes of Smart Media Hosting, shared by the client and the embedded service.
//!
//! Base of its children: this file only declares them. Shapes and their conversions to and from
//! text, nothing that acts. Reading is lenient where the services of several ages disagree
//! (protocol part A section 1, part B section 0); writing is exact. Unknown fields are ignored and
//! unknown words of an enumeration are kept.

pub mod batch;
pub mod directory;
pub mod fault;
pub mod file;
pub mod lenient;
pub mod recycle;
pub mod search;
pub mod space;
pub mod task;
pub mod token;
