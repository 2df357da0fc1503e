//! What is kept of a space from one session to the next: its marks, and the folders that were
//! remembered under letters. One small file for each space in the state directory.
//!
//! A file is replaced as a whole and never written over, so that whatever ends the program leaves
//! the old one or the new one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::entry::{Entry, Kind, Stamp};
use crate::domain::marks::{Marks, Origin};
use crate::domain::path::RemotePath;

/// What is kept of a space.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The marks to act on; those that a job works on are in the log of the job.
    pub marks: Marks,
    /// Folders by letter.
    pub letters: BTreeMap<char, RemotePath>,
    /// When this was kept.
    pub at: Timestamp,
}

/// Where the file of one space is.
#[derive(Debug)]
pub struct Shelf {
    file: PathBuf,
    /// Held while writing: two snapshots must not cross.
    writing: Mutex<()>,
}

/// The file. Names are as the service gave them.
#[derive(Serialize, Deserialize)]
struct Written {
    /// ISO 8601.
    at: String,
    #[serde(default)]
    letters: BTreeMap<char, String>,
    #[serde(default)]
    marks: Vec<Place>,
}

/// The marks in one directory.
#[derive(Serialize, Deserialize)]
struct Place {
    directory: String,
    entries: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    name: String,
    kind: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    /// What the listing knew of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stamp: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_protected: bool,
    /// The rule that made the mark, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Directory,
    File,
    Symlink,
    Other,
}

impl Shelf {
    /// The shelf of a space, in this directory. Nothing is made yet.
    pub fn new(directory: impl Into<PathBuf>, library: &str, space: &str) -> Self {
        // Ids are letters, digits and `-`, so no two spaces share a file.
        let file = directory.into().join(format!("{library}_{space}.json"));
        Self {
            file,
            writing: Mutex::new(()),
        }
    }

    /// What was kept; none if nothing was.
    ///
    /// # Errors
    /// A file that cannot be read. One that makes no sense is put aside, so that it is not lost to
    /// the next writing.
    pub fn load(&self) -> io::Result<Option<Kept>> {
        // As a whole: there may be a million marks, and a reader would go through them byte by byte.
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Written>(&text) {
            Ok(written) => Ok(Some(read(written))),
            Err(error) => {
                fs::rename(&self.file, self.file.with_extension("damaged"))?;
                Err(error.into())
            }
        }
    }

    /// Whether something was kept.
    pub fn has_something(&self) -> bool {
        self.file.exists()
    }

    /// Whether something can be kept here.
    pub fn is_writable(&self) -> bool {
        let file = self.new_file();
        let directory = self.file.parent().map_or(Ok(()), fs::create_dir_all);
        let made = directory.and_then(|()| File::create(&file));
        made.and_then(|_| fs::remove_file(&file)).is_ok()
    }

    /// What is written before it takes the place of what was kept.
    fn new_file(&self) -> PathBuf {
        self.file
            .with_extension(format!("{}.new", std::process::id()))
    }

    /// Keeps this instead of what was kept before.
    ///
    /// # Errors
    /// The directory cannot be written to; what was kept before is still there.
    pub fn save(&self, kept: &Kept) -> io::Result<()> {
        let _turn = self.writing.lock().map_err(|_| io::ErrorKind::Other)?;
        if let Some(directory) = self.file.parent() {
            fs::create_dir_all(directory)?;
        }
        let new = self.new_file();
        let mut out = BufWriter::new(File::create(&new)?);
        serde_json::to_writer(&mut out, &write(kept))?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&new, &self.file)
    }
}

fn write(kept: &Kept) -> Written {
    let places = kept.marks.places().map(|(directory, _)| Place {
        directory: directory.as_str().to_owned(),
        entries: kept
            .marks
            .inside(directory)
            .filter(|(_, mark)| mark.is_chosen())
            .map(|(name, mark)| Item {
                name: name.to_owned(),
                kind: match mark.kind {
                    Kind::Directory => Word::Directory,
                    Kind::File => Word::File,
                    Kind::Symlink => Word::Symlink,
                    Kind::Other => Word::Other,
                },
                size: mark.size,
                modified: mark.modified.map(|time| time.to_string()),
                stamp: mark.stamp.map(|stamp| format!("{:016x}", stamp.number())),
                is_protected: !mark.can_delete,
                rule: match mark.origin {
                    Origin::Hand => None,
                    Origin::Rule(rule) => Some(rule.to_string()),
                },
            })
            .collect(),
    });
    let letters = kept.letters.iter();
    Written {
        at: kept.at.to_string(),
        letters: letters
            .map(|(letter, path)| (*letter, path.as_str().to_owned()))
            .collect(),
        marks: places.collect(),
    }
}

/// Paths that make no sense are left out: there is nothing that they could mark.
fn read(written: Written) -> Kept {
    let mut marks = Marks::default();
    for place in written.marks {
        let Ok(directory) = RemotePath::parse(&place.directory) else {
            continue;
        };
        for item in place.entries {
            if directory.join(&item.name).is_err() {
                continue;
            }
            let kind = match item.kind {
                Word::Directory => Kind::Directory,
                Word::File => Kind::File,
                Word::Symlink => Kind::Symlink,
                Word::Other => Kind::Other,
            };
            let entry = Entry {
                size: item.size,
                modified: item.modified.and_then(|time| time.parse().ok()),
                e_tag: item
                    .stamp
                    .and_then(|stamp| u64::from_str_radix(&stamp, 16).ok())
                    .and_then(Stamp::from_number),
                can_delete: !item.is_protected,
                ..Entry::new(item.name, kind)
            };
            let origin = item
                .rule
                .map_or(Origin::Hand, |rule| Origin::Rule(rule.into()));
            marks.add_by(&directory, &entry, &origin);
        }
    }
    let letters = written.letters.into_iter();
    Kept {
        marks,
        letters: letters
            .filter_map(|(letter, path)| Some((letter, RemotePath::parse(&path).ok()?)))
            .collect(),
        at: written.at.parse().unwrap_or_default(),
    }
}
