//! From wire shapes to the vocabulary of the program.
//!
//! Pure: no request is made here.

use crate::domain::bin::{RecycledEntry, RecycledId};
use crate::domain::entry::{Details, Entry, Kind, Marker};
use crate::domain::path::RemotePath;
use crate::protocol::directory::{self, Type};
use crate::protocol::lenient::Opaque;
use crate::protocol::recycle;

/// A kind, as far as it matters here.
pub fn kind(word: &Type) -> Kind {
    match word {
        Type::Dir => Kind::Directory,
        Type::File | Type::Image | Type::Video => Kind::File,
        Type::Symlink => Kind::Symlink,
        Type::Virtual | Type::Other(_) => Kind::Other,
    }
}

/// An entry of a listing; none for a name that cannot be part of a path, for such an entry could
/// not be acted upon without hitting another.
pub fn entry(wire: directory::Entry) -> Option<Entry> {
    if let Err(reason) = RemotePath::root().join(&wire.name) {
        tracing::warn!(%reason, "an entry with an impossible name was left out");
        return None;
    }
    Some(nameless(wire))
}

/// An entry whose name is not needed to reach it, such as the root.
pub fn nameless(wire: directory::Entry) -> Entry {
    let kind = kind(&wire.kind);
    Entry {
        name: wire.name.into(),
        kind,
        can_delete: wire
            .authority_list
            .and_then(|rights| rights.can_delete)
            .unwrap_or(true),
        size: wire.size.filter(|_| kind != Kind::Directory),
        modified: wire.modification_time,
        created: wire.creation_time,
    }
}

/// An entry and what tells it from others.
pub fn details(wire: directory::Entry) -> Details {
    Details {
        e_tag: wire.e_tag.clone(),
        crc64: wire.crc64,
        inode: wire.inode.clone(),
        entry: nameless(wire),
    }
}

/// An item of the bin; none if its former path makes no sense.
pub fn recycled(wire: recycle::Item) -> Option<RecycledEntry> {
    let components = wire.original_path.iter().map(String::as_str);
    let path = RemotePath::from_components(components).ok()?;
    let path = if path.is_root() {
        RemotePath::root().join(&wire.name).ok()?
    } else {
        path
    };
    Some(RecycledEntry {
        id: id(&wire.recycled_item_id)?,
        path,
        kind: kind(&wire.kind),
        size: wire.size,
        removed: wire.removal_time,
        days_left: wire
            .remaining_time
            .and_then(|days| days.as_str().parse().ok()),
    })
}

/// The id of an item of the bin; none if it is empty.
pub fn id(wire: &Opaque) -> Option<RecycledId> {
    (!wire.as_str().is_empty()).then(|| RecycledId(wire.as_str().into()))
}

/// A page marker, to be sent back as it is.
pub fn marker(wire: Option<Opaque>) -> Option<Marker> {
    wire.map(|marker| Marker(marker.as_str().into()))
}

/// A path of the protocol's arrays; none if it makes no sense.
pub fn path(components: Option<Vec<String>>) -> Option<RemotePath> {
    let components = components?;
    RemotePath::from_components(components.iter().map(String::as_str))
        .ok()
        .filter(|path| !path.is_root())
}
