//! Paths of the library that were typed or stand in a file.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use crate::domain::path::RemotePath;

use super::exit::Wrong;
use super::output;

/// All paths that were typed, and those of a file: one per line, or with a zero byte behind each;
/// `-` is the standard input.
///
/// # Errors
/// A file that cannot be read, a text that is no path, or the root, which is not deleted.
pub fn read(typed: &[String], file: Option<&Path>, null: bool) -> anyhow::Result<Vec<RemotePath>> {
    let mut paths = Vec::new();
    for text in typed {
        paths.push(parsed(text)?);
    }
    let Some(file) = file else {
        return Ok(paths);
    };
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read paths from the standard input")?;
    } else {
        text = fs::read_to_string(file)
            .with_context(|| format!("cannot read paths from {}", file.display()))?;
    }
    let end = if null { '\0' } else { '\n' };
    for line in text.split(end) {
        let line = if null {
            line
        } else {
            line.strip_suffix('\r').unwrap_or(line)
        };
        if !line.is_empty() {
            paths.push(parsed(line)?);
        }
    }
    Ok(paths)
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
