//! The library that people without an account try the program on: a believable film team's share,
//! the same every time. Knows nothing of the service.
//!
//! Composes its children. Large files are holes with a few bytes at their ends, so they take no
//! room on the disk.

mod pictures;
mod tree;
mod writer;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::space::OWN;

/// What the demo library holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Files and directories.
    pub entries: u64,
    /// Directories.
    pub directories: u64,
    /// Sum of the sizes of the files, in bytes; the disk holds far fewer.
    pub bytes: u64,
}

/// Says that a folder is a demo library and is whole, and what it held when it was made.
const MARK: &str = "demo-version";
const VERSION: u32 = 1;

/// Makes the demo library at `target`, unless it is there; `fresh` replaces what has become of it.
///
/// It is made beside the target and then renamed, so a folder there is whole.
///
/// # Errors
/// Something else lies at the target, or the disk fails.
pub fn make(target: &Path, fresh: bool) -> io::Result<Summary> {
    let made = read_mark(target);
    if let (Some(summary), false) = (made, fresh) {
        return Ok(summary);
    }
    if made.is_none() && !is_free(target)? {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there and is no demo library", target.display()),
        ));
    }
    let making = beside(target, "making")?;
    let old = beside(target, "old")?;
    // Left by a run that was killed.
    for leftover in [&making, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let summary = write(&making)?;
    if target.exists() {
        fs::rename(target, &old)?;
    }
    fs::rename(&making, target)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(summary)
}

fn write(folder: &Path) -> io::Result<Summary> {
    let mut writer = writer::Writer::new(folder)?;
    tree::write(&mut writer)?;
    let summary = writer.finish()?;
    let own = folder.join(OWN);
    fs::create_dir(&own)?;
    let Summary {
        entries,
        directories,
        bytes,
    } = summary;
    fs::write(
        own.join(MARK),
        format!("{VERSION} {entries} {directories} {bytes}\n"),
    )?;
    Ok(summary)
}

/// What the mark of a demo library says; none where there is no mark.
fn read_mark(target: &Path) -> Option<Summary> {
    let text = fs::read_to_string(target.join(OWN).join(MARK)).ok()?;
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    match numbers[..] {
        [_, entries, directories, bytes] => Some(Summary {
            entries,
            directories,
            bytes,
        }),
        _ => None,
    }
}

fn is_free(target: &Path) -> io::Result<bool> {
    match fs::read_dir(target) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn beside(target: &Path, word: &str) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "a demo library needs a folder of its own",
        )
    })?;
    let mut name = name.to_owned();
    name.push(format!(".{word}"));
    Ok(target.with_file_name(name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn walk(folder: &Path, found: &mut Vec<(PathBuf, fs::Metadata)>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries.into_iter().filter(|entry| entry.file_name() != OWN) {
            let metadata = entry.metadata().unwrap();
            found.push((entry.path(), metadata.clone()));
            if metadata.is_dir() {
                walk(&entry.path(), found);
            }
        }
    }

    #[test]
    fn it_is_the_same_every_time_and_small_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let summary = make(&one, false).unwrap();
        assert_eq!(make(&two, false).unwrap(), summary);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        walk(&one, &mut first);
        walk(&two, &mut second);
        assert_eq!(first.len() as u64, summary.entries);
        assert!((2800..3400).contains(&summary.entries), "{summary:?}");
        assert_eq!(first.len(), second.len());
        let mut on_disk = 0;
        for ((path, metadata), (twin, other)) in first.iter().zip(&second) {
            assert_eq!(
                path.strip_prefix(&one).unwrap(),
                twin.strip_prefix(&two).unwrap()
            );
            assert_eq!(metadata.mtime(), other.mtime(), "{}", path.display());
            if metadata.is_file() {
                assert_eq!(metadata.len(), other.len());
                on_disk += metadata.blocks() * 512;
                if metadata.len() < 1 << 20 {
                    assert_eq!(fs::read(path).unwrap(), fs::read(twin).unwrap());
                }
            }
        }
        assert!(on_disk < 60 << 20, "{on_disk}");
        assert!(summary.bytes > 1 << 40, "{summary:?}");
    }

    #[test]
    fn what_people_did_to_it_stays_until_they_want_it_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("demo");
        let summary = make(&target, false).unwrap();
        fs::remove_dir_all(target.join("备份")).unwrap();
        assert_eq!(make(&target, false).unwrap(), summary);
        assert!(!target.join("备份").exists());
        assert_eq!(make(&target, true).unwrap(), summary);
        assert!(target.join("备份").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
        assert!(make(folder.path(), true).is_err());
        assert!(folder.path().join("thesis.txt").exists());
    }

    #[test]
    fn all_pictures_can_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("demo");
        make(&target, false).unwrap();
        let photo = target.join("2024/照片/活动现场/IMG_2231.jpg");
        let picture = image::load_from_memory(&fs::read(photo).unwrap()).unwrap();
        assert!(picture.width() > 32);
    }
}
