//! The file of a plan: JSON with one item per line, to be read by people, `jq` and `rm --plan`.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::domain::entry::{Details, Kind};
use crate::domain::format::escaped;
use crate::domain::path::RemotePath;

/// The shape that this program writes and reads.
const VERSION: u32 = 1;

/// What is to be deleted, and what it was when that was decided.
#[derive(Debug, Deserialize)]
pub struct PlanFile {
    mediasweep_plan: u32,
    /// When it was made.
    pub made: String,
    /// The library that it speaks of.
    pub library: String,
    /// The space in it.
    pub space: String,
    /// The rules that have chosen items, as they were written.
    pub rules: Vec<String>,
    /// What is to go.
    pub items: Vec<Item>,
    /// What was chosen and stays.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// One item and its identity, as far as the service tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Where it is, without a slash in front.
    pub path: String,
    kind: String,
    /// Bytes; none for directories.
    pub size: Option<u64>,
    modified: Option<String>,
    e_tag: Option<String>,
    inode: Option<String>,
    /// A decimal number; as a text, because many programs read large numbers inexactly.
    crc64: Option<String>,
    /// Which of the rules has chosen it, counted from 0; none if it was named.
    pub rule: Option<usize>,
}

/// Something that was chosen and is not to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Where it is.
    pub path: String,
    /// Why it stays.
    pub reason: String,
}

/// All but the lists.
#[derive(Serialize)]
struct Head<'a> {
    mediasweep_plan: u32,
    made: &'a str,
    library: &'a str,
    space: &'a str,
    rules: &'a [String],
    count: usize,
    directories: usize,
    bytes: u64,
}

impl Item {
    /// An entry as it is now.
    pub fn new(path: &RemotePath, details: &Details, rule: Option<usize>) -> Self {
        let entry = &details.entry;
        Self {
            path: path.as_str().to_owned(),
            kind: entry.kind.word().to_owned(),
            size: entry.size,
            modified: entry.modified.map(|time| time.to_string()),
            e_tag: details.e_tag.clone(),
            inode: details.inode.clone(),
            crc64: details.crc64.map(|sum| sum.to_string()),
            rule,
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        [Kind::Directory, Kind::File, Kind::Symlink]
            .into_iter()
            .find(|kind| kind.word() == self.kind)
            .unwrap_or(Kind::Other)
    }

    /// What is another now than when the item was planned; none if it is the same, as far as both
    /// tell. The tag and times of a directory change with what is in it, so they do not count.
    pub fn difference(&self, now: &Details) -> Option<&'static str> {
        let now = Self::new(&RemotePath::root(), now, None);
        let differs = |before: &Option<String>, now: &Option<String>| {
            before.is_some() && now.is_some() && before != now
        };
        let is_directory = self.kind() == Kind::Directory;
        if self.kind != now.kind {
            Some("it is of another kind")
        } else if differs(&self.inode, &now.inode) {
            Some("it is another entry of the same name")
        } else if is_directory {
            None
        } else if self.size != now.size {
            Some("its size is another")
        } else if differs(&self.e_tag, &now.e_tag) || differs(&self.crc64, &now.crc64) {
            Some("its content is another")
        } else if differs(&self.modified, &now.modified) {
            Some("it was changed")
        } else {
            None
        }
    }
}

impl PlanFile {
    /// A plan of today.
    pub fn new(made: String, library: &str, space: &str, rules: Vec<String>) -> Self {
        Self {
            mediasweep_plan: VERSION,
            made,
            library: library.to_owned(),
            space: space.to_owned(),
            rules,
            items: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Bytes of the files in it.
    pub fn bytes(&self) -> u64 {
        self.items.iter().filter_map(|item| item.size).sum()
    }

    /// Its directories.
    pub fn directories(&self) -> impl Iterator<Item = &Item> {
        let items = self.items.iter();
        items.filter(|item| item.kind() == Kind::Directory)
    }

    /// Reads one.
    ///
    /// # Errors
    /// A sentence: no plan, or one of another version.
    pub fn read(text: &str) -> Result<Self, String> {
        let plan: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if plan.mediasweep_plan == VERSION {
            Ok(plan)
        } else {
            Err(format!(
                "it is of version {}, and this program reads {VERSION}",
                plan.mediasweep_plan
            ))
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// A disk that is full, and its kin.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let head = serde_json::to_string_pretty(&Head {
            mediasweep_plan: self.mediasweep_plan,
            made: &self.made,
            library: &self.library,
            space: &self.space,
            rules: &self.rules,
            count: self.items.len(),
            directories: self.directories().count(),
            bytes: self.bytes(),
        })?;
        to.write_all(escaped(head.trim_end_matches(['\n', '}']).to_owned()).as_bytes())?;
        to.write_all(b",\n")?;
        list(&mut to, "items", &self.items)?;
        to.write_all(b",\n")?;
        list(&mut to, "left_out", &self.left_out)?;
        to.write_all(b"\n}\n")?;
        to.flush()
    }
}

fn list(to: &mut impl Write, name: &str, values: &[impl Serialize]) -> io::Result<()> {
    write!(to, "  \"{name}\": [")?;
    for (at, value) in values.iter().enumerate() {
        let line = escaped(serde_json::to_string(value)?);
        write!(to, "{}\n    {line}", if at > 0 { "," } else { "" })?;
    }
    to.write_all(if values.is_empty() { b"]" } else { b"\n  ]" })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::Entry;

    fn details(kind: Kind, size: Option<u64>, e_tag: &str) -> Details {
        Details {
            entry: Entry {
                size,
                ..Entry::new("a", kind)
            },
            e_tag: Some(e_tag.into()),
            crc64: Some(u64::MAX),
            inode: Some("7".into()),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut plan = PlanFile::new("now".into(), "lib", "-", vec!["ext:mov".into()]);
        let path = RemotePath::parse("杭州/a\u{1b}[2J").unwrap();
        let before = details(Kind::File, Some(5), "t1");
        plan.items.push(Item::new(&path, &before, Some(0)));
        plan.items
            .push(Item::new(&path, &details(Kind::Directory, None, "t"), None));
        let mut written = Vec::new();
        plan.write(&mut written).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(
            !text.contains('\u{1b}') && text.contains("\"count\": 2"),
            "{text}"
        );
        assert_eq!(text.lines().filter(|line| line.contains("杭州")).count(), 2);
        let again = PlanFile::read(&text).unwrap();
        assert_eq!((again.items, again.rules), (plan.items, plan.rules));
        let empty = PlanFile::new("now".into(), "lib", "-", Vec::new());
        let mut written = Vec::new();
        empty.write(&mut written).unwrap();
        assert!(
            PlanFile::read(std::str::from_utf8(&written).unwrap())
                .unwrap()
                .items
                .is_empty()
        );
        assert!(PlanFile::read("{}").is_err());
        let other = text.replace("\"mediasweep_plan\": 1", "\"mediasweep_plan\": 2");
        assert!(PlanFile::read(&other).unwrap_err().contains("version 2"));
    }

    #[test]
    fn a_file_is_the_same_as_long_as_nothing_that_is_known_differs() {
        let before = details(Kind::File, Some(5), "t1");
        let item = Item::new(&RemotePath::root(), &before, None);
        assert_eq!(item.difference(&before), None);
        let grown = details(Kind::File, Some(6), "t1");
        assert_eq!(item.difference(&grown), Some("its size is another"));
        let rewritten = details(Kind::File, Some(5), "t2");
        assert_eq!(item.difference(&rewritten), Some("its content is another"));
        let replaced = Details {
            inode: Some("8".into()),
            ..before.clone()
        };
        assert_eq!(
            item.difference(&replaced),
            Some("it is another entry of the same name")
        );
        let silent = Details {
            inode: None,
            e_tag: None,
            crc64: None,
            ..before
        };
        assert_eq!(item.difference(&silent), None);
        let directory = details(Kind::Directory, None, "t1");
        assert_eq!(item.difference(&directory), Some("it is of another kind"));
        let item = Item::new(&RemotePath::root(), &directory, None);
        assert_eq!(item.difference(&details(Kind::Directory, None, "t2")), None);
    }
}
