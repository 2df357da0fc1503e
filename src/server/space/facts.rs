//! What the disk says about one entry. Never follows a symbolic link.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::fd::AsFd;

use jiff::Timestamp;
use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;

/// Three numbers of 64 bits and what stands between them: tags are made by the thousand.
const LONGEST_TAG: usize = 3 * 16 + 2;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A directory.
    Directory,
    /// An ordinary file.
    File,
    /// A symbolic link, whatever it points to.
    Symlink,
    /// A pipe, a socket or a device: an entry without content.
    Other,
}

impl Kind {
    /// The number that the ledger keeps.
    pub fn to_number(self) -> i64 {
        match self {
            Self::Directory => 0,
            Self::File => 1,
            Self::Symlink => 2,
            Self::Other => 3,
        }
    }

    /// The opposite of [`Kind::to_number`].
    pub fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Directory,
            1 => Self::File,
            2 => Self::Symlink,
            _ => Self::Other,
        }
    }
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::Directory => Self::Directory,
            FileType::RegularFile => Self::File,
            FileType::Symlink => Self::Symlink,
            _ => Self::Other,
        }
    }
}

/// One look at an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is.
    pub kind: Kind,
    /// Bytes; of no meaning for a directory.
    pub size: u64,
    /// Number of the file system.
    pub device: u64,
    /// Number on that file system.
    pub inode: u64,
    /// When the content last changed.
    pub modified: Timestamp,
    /// When content or attributes last changed.
    pub changed: Timestamp,
    /// When it was made, where the file system knows it, else `modified`.
    pub created: Timestamp,
    /// Whether the file system knows when it was made.
    pub has_birth: bool,
}

/// What an entry is known by wherever it is moved. An inode alone is given to another file once the
/// first is gone; the time of birth tells them apart, where the file system knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Number on its file system.
    pub inode: u64,
    /// Birth in nanoseconds since 1970, cut to 64 bits; 0 where it is not known.
    pub born: u64,
}

impl Identity {
    /// The protocol's inode: 32 hexadecimal digits, stable over rename and move.
    pub fn text(self) -> String {
        format!("{:016x}{:016x}", self.born, self.inode)
    }

    /// The opposite of [`Identity::text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (born, inode) = text.split_at_checked(16)?;
        let number = |text: &str| {
            let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten()
        };
        Some(Self {
            born: number(born)?,
            inode: number(inode)?,
        })
    }
}

impl Facts {
    /// Looks at the entry `name` of a directory.
    pub fn of(directory: impl AsFd, name: &OsStr) -> Result<Self, Errno> {
        Self::at(directory, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Whether both are looks at the same file with the same content, as far as size and time tell. It
    /// may have another name by now, or none.
    pub fn has_content_of(&self, other: &Self) -> bool {
        let content = |facts: &Self| (facts.device, facts.inode, facts.size, facts.modified);
        content(self) == content(other)
    }

    /// Looks at something that is open.
    pub fn of_open(open: impl AsFd) -> Result<Self, Errno> {
        Self::at(open, OsStr::new(""), AtFlags::EMPTY_PATH)
    }

    #[cfg(target_os = "linux")]
    fn at(directory: impl AsFd, name: &OsStr, flags: AtFlags) -> Result<Self, Errno> {
        use rustix::fs::{StatxFlags, makedev, statx};

        let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
        let found = statx(directory, name, flags, wanted)?;
        let modified = timestamp(found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec.into());
        let has_birth = found.stx_mask & StatxFlags::BTIME.bits() != 0;
        Ok(Self {
            kind: FileType::from_raw_mode(found.stx_mode.into()).into(),
            size: found.stx_size,
            device: makedev(found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            modified,
            changed: timestamp(found.stx_ctime.tv_sec, found.stx_ctime.tv_nsec.into()),
            created: if has_birth {
                timestamp(found.stx_btime.tv_sec, found.stx_btime.tv_nsec.into())
            } else {
                modified
            },
            has_birth,
        })
    }

    #[cfg(not(target_os = "linux"))]
    #[allow(
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        clippy::unnecessary_cast,
        reason = "the widths differ from system to system"
    )]
    fn at(directory: impl AsFd, name: &OsStr, flags: AtFlags) -> Result<Self, Errno> {
        let found = if name.is_empty() {
            rustix::fs::fstat(directory)?
        } else {
            rustix::fs::statat(directory, name, flags)?
        };
        let modified = timestamp(found.st_mtime as i64, found.st_mtime_nsec as i64);
        Ok(Self {
            kind: FileType::from_raw_mode(found.st_mode).into(),
            size: found.st_size as u64,
            device: found.st_dev as u64,
            inode: found.st_ino as u64,
            modified,
            changed: timestamp(found.st_ctime as i64, found.st_ctime_nsec as i64),
            created: modified,
            has_birth: false,
        })
    }

    /// What it is known by wherever it is moved.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut on purpose: good until the year 2554"
    )]
    pub fn identity(&self) -> Identity {
        Identity {
            inode: self.inode,
            born: if self.has_birth {
                self.created.as_nanosecond() as u64
            } else {
                0
            },
        }
    }

    /// The protocol's tag: changes with the content, wrapped in double quotes for files
    /// (part B, 0.16).
    pub fn e_tag(&self) -> String {
        let mut tag = Vec::with_capacity(LONGEST_TAG);
        self.write_bare_tag(&mut tag);
        let tag = String::from_utf8_lossy(&tag);
        if self.kind == Kind::Directory {
            tag.into_owned()
        } else {
            format!("\"{tag}\"")
        }
    }

    /// Adds the tag without quotes: ASCII digits, letters and hyphens.
    pub fn write_bare_tag(&self, text: &mut Vec<u8>) {
        let changed = self.modified.as_nanosecond();
        if self.kind == Kind::Directory {
            let _ = write!(text, "{changed}");
            return;
        }
        push_hex(text, self.inode);
        text.push(b'-');
        push_hex(text, self.size);
        text.push(b'-');
        if let Ok(changed) = u64::try_from(changed) {
            push_hex(text, changed);
        } else {
            let _ = write!(text, "{changed:x}");
        }
    }
}

/// Adds the hexadecimal digits of a number: formatting would take several times as long.
fn push_hex(text: &mut Vec<u8>, number: u64) {
    let digits = (number | 1).ilog2() / 4 + 1;
    for place in (0..digits).rev() {
        let [low, ..] = (number >> (4 * place)).to_le_bytes();
        text.push(b"0123456789abcdef"[usize::from(low & 15)]);
    }
}

/// A time outside of what a [`Timestamp`] can say is cut to 1970: no time is worth losing an entry.
fn timestamp(seconds: i64, nanoseconds: i64) -> Timestamp {
    i32::try_from(nanoseconds)
        .ok()
        .and_then(|nanoseconds| Timestamp::new(seconds, nanoseconds).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_formatting() {
        for number in [0, 1, 15, 16, 0x00b0_e505, u64::MAX >> 4, u64::MAX] {
            let mut text = Vec::new();
            push_hex(&mut text, number);
            assert_eq!(text, format!("{number:x}").as_bytes());
        }
    }
}
