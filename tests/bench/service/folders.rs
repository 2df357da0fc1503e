//! Folders, made and gone through with bare system calls.

use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, StatxFlags, openat, renameat, statx};

/// Empty files whose names come in no order.
pub fn fill(folder: &Path, count: u64) {
    std::fs::create_dir(folder).unwrap();
    let directory = open(folder);
    for index in 0..count {
        let number = index * 7_368_787 % count.max(1);
        let name = format!("IMG_{number:07}-镜头.mov");
        openat(
            &directory,
            name,
            OFlags::CREATE | OFlags::WRONLY,
            Mode::RUSR | Mode::WUSR,
        )
        .unwrap();
    }
}

pub fn open(path: &Path) -> OwnedFd {
    openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap()
}

pub fn count_names(folder: &Path) -> usize {
    Dir::read_from(open(folder)).unwrap().flatten().count()
}

pub fn read_names(folder: &Path) -> Vec<Vec<u8>> {
    Dir::read_from(open(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_bytes().to_vec())
        .filter(|name| !name.starts_with(b"."))
        .collect()
}

/// What any program has to do that shows a folder by time.
pub fn sorted_by_time(folder: &Path) -> usize {
    sorted(folder, |stat| {
        (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec)
    })
}

/// What any program has to do that shows a folder by size.
pub fn sorted_by_size(folder: &Path) -> usize {
    sorted(folder, |stat| stat.stx_size)
}

fn sorted<K: Ord>(folder: &Path, key: impl Fn(&rustix::fs::Statx) -> K) -> usize {
    let directory = open(folder);
    let mut found: Vec<_> = read_names(folder)
        .into_iter()
        .map(|name| {
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let found = statx(&directory, name.as_slice(), flags, StatxFlags::BASIC_STATS).unwrap();
            (key(&found), name)
        })
        .collect();
    found.sort_unstable();
    found.len()
}

/// Renames all files of a folder into another one, and waits until the disk has it if asked to.
pub fn move_all(from: &Path, to: &Path, names: &[Vec<u8>], is_synced: bool) {
    let (from, to) = (open(from), open(to));
    for name in names {
        renameat(&from, name.as_slice(), &to, name.as_slice()).unwrap();
    }
    if is_synced {
        rustix::fs::fsync(&to).unwrap();
    }
}
