//! From wire shapes to the vocabulary of the program.
//!
//! Pure: no request is made here.

use std::fmt;

use compact_str::CompactString;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::domain::bin::{RecycledEntry, RecycledId};
use crate::domain::entries::Entries;
use crate::domain::entry::{Details, Entry, Facts, Kind, Marker, Stamp};
use crate::domain::finds::Find;
use crate::domain::path::{RemotePath, check_name};
use crate::protocol::directory::{Described, Listed, Type};
use crate::protocol::lenient::Opaque;
use crate::protocol::{recycle, search};
use crate::texts::later;

/// A kind, as far as it matters here.
pub fn kind(word: &Type) -> Kind {
    match word {
        Type::Dir => Kind::Directory,
        Type::File | Type::Image | Type::Video => Kind::File,
        Type::Symlink => Kind::Symlink,
        Type::Virtual | Type::Other(_) => Kind::Other,
    }
}

/// The entries of a page, read from the answer right into their store. One whose name cannot be
/// part of a path is left out, for it could not be acted upon without hitting another.
#[derive(Default)]
pub struct Rows(pub Entries);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
                let mut entries = Entries::default();
                // One for all, so that nothing is allocated for each.
                let mut entry = Entry::new("", Kind::Other);
                while let Some(wire) = list.next_element::<Listed<'de>>()? {
                    match check_name(&wire.name) {
                        Ok(()) => {
                            fill(&mut entry, wire);
                            entries.push(&entry);
                        }
                        Err(reason) => {
                            tracing::warn!(%reason, "an entry with an impossible name was left out");
                        }
                    }
                }
                Ok(Rows(entries))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// What a search has found, as [`Rows`] are read; one whose path makes no sense is left out.
#[derive(Default)]
pub struct Finds(pub Vec<Find>);

impl<'de> Deserialize<'de> for Finds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Finds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries with their paths")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Finds, A::Error> {
                let mut finds = Vec::new();
                while let Some(wire) = list.next_element::<search::Found<'de>>()? {
                    let path = path(Some(wire.path));
                    let Some((directory, path)) =
                        path.and_then(|path| Some((path.parent()?, path)))
                    else {
                        tracing::warn!("an entry with an impossible path was left out");
                        continue;
                    };
                    let mut entry = Entry::new("", Kind::Other);
                    fill(&mut entry, wire.entry);
                    entry.name = path.name().into();
                    finds.push(Find { directory, entry });
                }
                Ok(Finds(finds))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// A single entry, whose name is not needed to reach it, such as the root.
pub struct Single(pub Details);

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Listed::deserialize(deserializer)?;
        let e_tag = wire.e_tag.as_ref().map(|tag| tag.0.clone().into_owned());
        let mut entry = Entry::new("", Kind::Other);
        fill(&mut entry, wire);
        Ok(Self(Details {
            e_tag,
            crc64: entry.crc64,
            inode: entry.inode.as_ref().map(ToString::to_string),
            entry,
        }))
    }
}

/// What the details of an entry say, all together.
pub fn facts(details: Details, more: Described) -> Facts {
    let rights = more.authority_list.unwrap_or_default();
    let rights = [
        (later!("view"), rights.can_view),
        (later!("preview"), rights.can_preview),
        (later!("download"), rights.can_download),
        (later!("print"), rights.can_print),
        (later!("upload"), rights.can_upload),
        (later!("delete"), rights.can_delete),
        (later!("rename and move"), rights.can_modify),
        (later!("grant rights"), rights.can_authorize),
        ("share", rights.can_share),
    ];
    let told = rights.into_iter();
    Facts {
        details,
        content_type: more.content_type,
        file_type: more.file_type,
        history: more.history_size,
        links_to: more.link_to.map(|to| to.as_str().to_owned()),
        metadata: more.meta_data.unwrap_or_default().into_iter().collect(),
        rights: told.filter_map(|(word, is)| Some((word, is?))).collect(),
    }
}

/// Overwrites all that `entry` says.
fn fill(entry: &mut Entry, wire: Listed<'_>) {
    entry.name.clear();
    entry.name.push_str(&wire.name);
    entry.kind = kind(&wire.kind);
    entry.can_delete = wire
        .authority_list
        .and_then(|rights| rights.can_delete)
        .unwrap_or(true);
    entry.is_previewable = wire.preview_by_ci == Some(true) || wire.preview_as_icon == Some(true);
    entry.size = wire.size.filter(|_| entry.kind != Kind::Directory);
    entry.modified = wire.modification_time;
    entry.created = wire.creation_time;
    entry.owner = wire.user_id.map(|id| id.as_str().into());
    entry.labels.clear();
    let labels = wire.labels.unwrap_or_default();
    entry
        .labels
        .extend(labels.iter().map(|label| CompactString::from(&*label.0)));
    entry.crc64 = wire.crc64;
    entry.e_tag = wire.e_tag.map(|tag| Stamp::of(&tag.0));
    entry.inode = wire.inode.map(|inode| (&*inode.0).into());
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
        removed_by: wire.removal_person.map(Into::into),
        crc64: wire.crc64,
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
