//! All that is known of one entry.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::cursor::Cursor;
use crate::domain::entry::{Entry, Facts, Kind};
use crate::domain::failure::Failure;
use crate::domain::format::{bytes, count, fit, printable, wrap};
use crate::domain::path::RemotePath;
use crate::texts::{say, tr};
use crate::tui::msg::Ticket;

/// Cells of what stands before a fact.
const LABEL: usize = 13;
/// Lines of one fact at most.
const MOST: usize = 12;

/// An entry, as it was listed and as the service describes it.
#[derive(Debug)]
pub struct Details {
    /// Where it is.
    pub path: RemotePath,
    /// As it was listed.
    pub listed: Entry,
    /// What the service says.
    pub told: Told,
    /// How many others of the same size and checksum are in the list, and of how many entries.
    pub copies: Option<(usize, usize)>,
    /// What lies in a folder, as far as it was counted.
    pub below: Option<String>,
    /// The line at the top.
    pub cursor: Cursor,
}

/// What the service says of an entry.
#[derive(Debug)]
pub enum Told {
    /// It has been asked.
    Asked(Ticket),
    /// This.
    Facts(Box<Facts>),
    /// It is not there any more.
    Gone,
    /// It does not answer.
    Not(Failure),
}

impl Told {
    /// What came of asking.
    pub fn of(facts: Result<Option<Facts>, Failure>) -> Self {
        match facts {
            Ok(Some(facts)) => Self::Facts(Box::new(facts)),
            Ok(None) => Self::Gone,
            Err(failure) => Self::Not(failure),
        }
    }
}

impl Details {
    /// Whether the service is still to answer.
    pub fn is_loading(&self) -> bool {
        matches!(self.told, Told::Asked(_))
    }

    /// The lines of a screen so many cells wide: safe to show.
    pub fn lines(&self, zone: &TimeZone, cells: usize) -> Vec<String> {
        let facts = match &self.told {
            Told::Facts(facts) => Some(&**facts),
            Told::Asked(_) | Told::Gone | Told::Not(_) => None,
        };
        let entry = facts.map_or(&self.listed, |facts| &facts.details.entry);
        let mut known = Known {
            lines: Vec::new(),
            cells,
        };
        known.add(tr!("name"), self.path.name());
        known.add(tr!("in"), &folder(&self.path));
        known.add(tr!("what"), what(entry.kind));
        if let Some(size) = entry.size {
            known.add(tr!("size"), &sized(size));
        }
        known.maybe(tr!("inside"), self.below.clone());
        let time = |time: Timestamp| exact(time, zone);
        known.maybe(tr!("modified"), entry.modified.map(time));
        known.maybe(tr!("created"), entry.created.map(time));
        known.maybe(
            tr!("by user"),
            entry.owner.as_ref().map(ToString::to_string),
        );
        let labels: Vec<&str> = entry.labels.iter().map(AsRef::as_ref).collect();
        known.maybe(
            tr!("labels"),
            (!labels.is_empty()).then(|| labels.join(", ")),
        );
        known.maybe("crc64", entry.crc64.map(|sum| sum.to_string()));
        if let Some((others, among)) = self.copies {
            let text = match others {
                0 => tr!(
                    "none other among {among} in this list",
                    among = count(among)
                ),
                _ => tr!(
                    "{others} more in this list, same size and crc64",
                    others = count(others)
                ),
            };
            known.add(tr!("copies"), &text);
        }
        if let Some(facts) = facts {
            known.told(facts);
        } else if !entry.can_delete {
            known.add(tr!("rights"), tr!("not to delete"));
        }
        match &self.told {
            Told::Asked(_) => known.add("", tr!("Asking the service for the rest ...")),
            Told::Gone => known.add("", tr!("The service says that it is not there any more.")),
            Told::Not(failure) => {
                known.add(
                    "",
                    &tr!("The service does not tell more: {failure}", failure),
                );
            }
            Told::Facts(_) => {}
        }
        known.lines
    }
}

/// Lines in which facts stand behind their labels.
struct Known {
    lines: Vec<String>,
    cells: usize,
}

impl Known {
    fn add(&mut self, label: &str, value: &str) {
        let value = printable(value);
        let room = self.cells.saturating_sub(LABEL + 3).max(1);
        for (number, part) in wrap(&value, room, MOST).into_iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            self.lines.push(format!(" {}{part}", fit(label, LABEL)));
        }
    }

    fn maybe(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value {
            self.add(label, &value);
        }
    }

    /// What listings do not say.
    fn told(&mut self, facts: &Facts) {
        self.maybe("etag", facts.details.e_tag.clone());
        self.maybe("inode", facts.details.inode.clone());
        self.maybe(tr!("content type"), facts.content_type.clone());
        self.maybe(tr!("file type"), facts.file_type.clone());
        let history = facts.history.filter(|size| *size > 0);
        self.maybe(tr!("old versions"), history.map(sized));
        self.maybe(tr!("links to"), facts.links_to.clone());
        let side = |allowed: bool| {
            let rights = facts.rights.iter().filter(|(_, is)| *is == allowed);
            let words: Vec<&str> = rights.map(|(word, _)| say(word)).collect();
            (!words.is_empty()).then(|| words.join(tr!(", ")))
        };
        self.maybe(tr!("rights"), side(true));
        self.maybe(tr!("no right"), side(false));
        for (key, value) in &facts.metadata {
            self.add(tr!("metadata"), &format!("{key} = {value}"));
        }
    }
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => tr!("folder"),
        Kind::File => tr!("file"),
        Kind::Symlink => tr!("symbolic link"),
        Kind::Other => tr!("something without content"),
    }
}

fn folder(path: &RemotePath) -> String {
    path.parent().unwrap_or_else(RemotePath::root).to_string()
}

/// A size in words and to the byte.
pub(super) fn sized(size: u64) -> String {
    let exact = usize::try_from(size).map_or_else(|_| size.to_string(), count);
    tr!("{size} ({exact} bytes)", size = bytes(size), exact)
}

/// To the second, with the zone.
pub(super) fn exact(time: Timestamp, zone: &TimeZone) -> String {
    let time = time.to_zoned(zone.clone());
    time.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}
