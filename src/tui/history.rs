//! Lines typed after `:`, in a file of the state directory: one a line, oldest first.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Lines of the file that are read; when there are twice as many it is written anew.
const KEPT: usize = 500;

/// The lines of earlier sessions. A file that cannot be read is no reason not to start.
pub fn read(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let all: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let kept = &all[all.len().saturating_sub(KEPT)..];
    if all.len() > 2 * KEPT {
        let text: String = kept.iter().flat_map(|line| [line, "\n"]).collect();
        // Only tidying up: the next start tries again.
        let _ = fs::write(file, text);
    }
    let mut lines: Vec<String> = Vec::new();
    for line in kept {
        lines.retain(|known| known != line);
        lines.push((*line).to_owned());
    }
    lines
}

/// Adds a line. One write, so that lines of two sessions do not mix.
///
/// # Errors
/// A file that cannot be written.
pub fn add(file: &Path, line: &str) -> io::Result<()> {
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())
}
