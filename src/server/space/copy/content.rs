//! The bytes of one file: shared where the file system can, copied by the kernel where it can, and
//! holes stay holes.

use std::fs::File;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use rustix::fs::Mode;

use crate::server::space::problem::Problem;

/// So much is copied between two looks at whether the service is stopping.
const PIECE: u64 = 8 << 20;

/// So much is read at once where the kernel cannot copy by itself.
const BUFFER: usize = 1 << 20;

/// Copies the first `size` bytes of a file to an empty one.
pub fn copy(
    from: &File,
    to: &File,
    size: u64,
    is_stopping: &impl Fn() -> bool,
) -> Result<(), Problem> {
    if share(from, to) {
        return Ok(());
    }
    to.set_len(size)?;
    let mut at = 0;
    while let Some(data) = next_data(from, at, size) {
        let mut piece = data.start;
        while piece < data.end {
            if is_stopping() {
                return Err(Problem::Stopping);
            }
            let end = (piece + PIECE).min(data.end);
            if !copy_in_kernel(from, to, piece..end) {
                copy_by_hand(from, to, piece..end)?;
            }
            piece = end;
        }
        at = data.end;
    }
    Ok(())
}

/// Who may do what with a file; the owner may always read and write the copy.
pub fn mode(file: &File) -> Result<Mode, Problem> {
    let mode = Mode::from_raw_mode(rustix::fs::fstat(file)?.st_mode);
    Ok((mode & (Mode::RWXU | Mode::RWXG | Mode::RWXO)) | Mode::RUSR | Mode::WUSR)
}

/// Brings everything that was written to the disk.
pub fn sync_all(directory: impl AsFd) -> Result<(), Problem> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(directory)?;
    #[cfg(not(target_os = "linux"))]
    rustix::fs::fsync(directory)?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn share(from: &File, to: &File) -> bool {
    rustix::fs::ioctl_ficlone(to, from).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn share(_: &File, _: &File) -> bool {
    false
}

/// Where the next bytes lie that are not a hole; none if only a hole follows.
#[cfg(target_os = "linux")]
fn next_data(file: &File, at: u64, size: u64) -> Option<Range<u64>> {
    use rustix::fs::{SeekFrom, seek};

    if at >= size {
        return None;
    }
    let start = match seek(file, SeekFrom::Data(at)) {
        Ok(start) => start,
        Err(rustix::io::Errno::NXIO) => return None,
        Err(_) => return Some(at..size),
    };
    let end = seek(file, SeekFrom::Hole(start)).unwrap_or(size);
    (start < size).then(|| start..end.clamp(start + 1, size))
}

#[cfg(not(target_os = "linux"))]
fn next_data(_: &File, at: u64, size: u64) -> Option<Range<u64>> {
    (at < size).then_some(at..size)
}

#[cfg(target_os = "linux")]
fn copy_in_kernel(from: &File, to: &File, range: Range<u64>) -> bool {
    let (mut read, mut written) = (range.start, range.start);
    while read < range.end {
        let length = usize::try_from(range.end - read).unwrap_or(usize::MAX);
        let copied =
            rustix::fs::copy_file_range(from, Some(&mut read), to, Some(&mut written), length);
        // None at all: not here, or the file has become shorter.
        if !matches!(copied, Ok(1..)) {
            return false;
        }
    }
    true
}

#[cfg(not(target_os = "linux"))]
fn copy_in_kernel(_: &File, _: &File, _: Range<u64>) -> bool {
    false
}

fn copy_by_hand(from: &File, to: &File, range: Range<u64>) -> Result<(), Problem> {
    let mut buffer = vec![0; BUFFER];
    let mut at = range.start;
    while at < range.end {
        let wanted = usize::try_from(range.end - at).map_or(BUFFER, |rest| rest.min(BUFFER));
        let read = from.read_at(&mut buffer[..wanted], at)?;
        if read == 0 {
            break;
        }
        to.write_all_at(&buffer[..read], at)?;
        at += read as u64;
    }
    Ok(())
}
