//! Paths of the library that were typed or stand in a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;

use crate::domain::job::Items;
use crate::domain::job::items::Builder;
use crate::domain::path::RemotePath;

use super::exit::Wrong;
use super::output;

/// All paths that were typed, and those of a file: one per line, or with a zero byte behind each;
/// `-` is the standard input.
///
/// # Errors
/// A file that cannot be read, a text that is no path, or the root, which is not deleted.
pub fn read(
    typed: &[String],
    file: Option<&Path>,
    null: bool,
) -> anyhow::Result<Items<RemotePath>> {
    let mut paths = Builder::default();
    for text in typed {
        paths.push(&parsed(text)?);
    }
    match file {
        None => {}
        Some(file) if file.as_os_str() == "-" => {
            let shown = "the standard input";
            gather(io::stdin().lock(), null, &mut paths, shown)?;
        }
        Some(file) => {
            let shown = file.display().to_string();
            let opened =
                File::open(file).with_context(|| format!("cannot read paths from {shown}"))?;
            gather(BufReader::new(opened), null, &mut paths, &shown)?;
        }
    }
    Ok(paths.finish())
}

/// Takes in one path after another: there may be a million.
fn gather(
    mut from: impl BufRead,
    null: bool,
    paths: &mut Builder<RemotePath>,
    shown: &str,
) -> anyhow::Result<()> {
    let end = if null { 0 } else { b'\n' };
    let mut text = Vec::new();
    loop {
        text.clear();
        let read = from.read_until(end, &mut text);
        if read.with_context(|| format!("cannot read paths from {shown}"))? == 0 {
            return Ok(());
        }
        let line = text.strip_suffix(&[end]).unwrap_or(&text);
        let line = std::str::from_utf8(line)
            .with_context(|| format!("cannot read paths from {shown}: it is not UTF-8"))?;
        let line = if null {
            line
        } else {
            line.strip_suffix('\r').unwrap_or(line)
        };
        if !line.is_empty() {
            paths.push(&parsed(line)?);
        }
    }
}

fn parsed(text: &str) -> anyhow::Result<RemotePath> {
    let shown = output::line(text);
    let path = RemotePath::parse(text)
        .map_err(|error| Wrong::usage(format!("'{shown}': {error}; nothing was changed")))?;
    if path.is_root() {
        return Err(Wrong::usage(format!(
            "'{shown}' is the whole library, which is not deleted; nothing was changed"
        )));
    }
    Ok(path)
}
