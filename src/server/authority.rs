//! What a caller may do with the entries of a listing (part B 1.6). Knows no disk.

use crate::protocol::directory::Authority;

use super::space::facts::Kind;
use super::space::work::Rights;
use super::token::{Access, Grant};

/// The rights of a token that listings tell of.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    deletes: Rights,
    uploads: bool,
    moves_files: bool,
    moves_directories: bool,
}

impl Held {
    /// Those of a caller.
    pub fn by(access: &Access) -> Self {
        Self {
            deletes: access.rights(),
            uploads: access.allows(Grant::Upload),
            moves_files: access.allows(Grant::MoveFile),
            moves_directories: access.allows(Grant::MoveDirectory),
        }
    }

    /// What they are on an entry of a directory; none where the caller can delete it, since then
    /// nothing needs to be said.
    pub fn on(self, kind: Kind, is_writable: bool) -> Option<Authority> {
        let (deletes, moves) = match kind {
            Kind::Directory => (self.deletes.directory, self.moves_directories),
            Kind::File | Kind::Symlink | Kind::Other => (self.deletes.file, self.moves_files),
        };
        if is_writable && deletes {
            return None;
        }
        // All words, because some clients read an absent one as no.
        Some(Authority {
            can_view: Some(true),
            can_preview: Some(true),
            can_download: Some(true),
            can_print: Some(true),
            can_upload: Some(is_writable && self.uploads),
            can_delete: Some(false),
            can_modify: Some(is_writable && moves),
            can_authorize: Some(false),
            can_share: Some(false),
        })
    }
}
