//! What is shown of the file under the cursor: a picture, the beginning of a text, or nothing.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::layout::Size;
use ratatui_image::protocol::Protocol;

use super::cursor::Cursor;
use crate::domain::path::RemotePath;
use crate::tui::msg::Ticket;

/// How a file can be looked at, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// Through a small picture that the service makes.
    Picture,
    /// By reading how it begins.
    Text,
}

impl Look {
    /// What a name promises; none for what cannot be shown.
    pub fn of(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "heic" | "heif"
            | "avif" | "svg" | "psd" | "cr2" | "cr3" | "nef" | "arw" | "dng" | "mp4" | "mov"
            | "m4v" | "avi" | "mkv" | "webm" | "wmv" | "flv" | "mts" | "m2ts" | "mpg" | "mpeg"
            | "3gp" => Some(Self::Picture),
            "txt" | "md" | "log" | "csv" | "tsv" | "srt" | "ass" | "vtt" | "lrc" | "edl"
            | "cue" | "json" | "jsonl" | "xml" | "fcpxml" | "xmp" | "yaml" | "yml" | "toml"
            | "ini" | "cfg" | "conf" | "html" | "htm" | "css" | "js" | "ts" | "py" | "sh"
            | "rs" | "go" | "java" | "c" | "h" | "cpp" | "sql" | "bat" | "ps1" | "nfo" => {
                Some(Self::Text)
            }
            _ => None,
        }
    }
}

/// A look that is wanted. Two wishes that are equal are answered by the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wish {
    /// Of which file.
    pub path: RemotePath,
    /// How.
    pub look: Look,
    /// Its size in bytes, and
    pub size: Option<u64>,
    /// when it was changed, as listed: another content is another wish.
    pub modified: Option<Timestamp>,
    /// The cells that there are for a picture.
    pub room: Size,
}

/// A picture, ready for the terminal.
#[derive(Clone)]
pub struct Picture(pub Arc<Protocol>);

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Picture").field(&self.0.size()).finish()
    }
}

/// What a piece of a text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Words like any other.
    Plain,
    /// A remark.
    Comment,
    /// A quoted text.
    Quoted,
    /// A number or another value.
    Value,
    /// A word of the language.
    Keyword,
    /// A name: of a key, a tag, a function.
    Name,
}

/// A line of a text, safe to show.
pub type TextLine = Vec<(Role, String)>;

/// What there is to see of a file.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A picture.
    Picture(Picture),
    /// How a text begins.
    Text(Arc<[TextLine]>),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// The look at the file under the cursor.
#[derive(Debug, Default)]
pub struct Preview {
    /// Whether nobody wants to see pictures and texts.
    pub is_off: bool,
    /// The page of the large view.
    pub cursor: Cursor,
    /// The first line of a text that the small view shows.
    pub scroll: usize,
    wish: Option<Wish>,
    awaited: Option<Ticket>,
    shown: Option<Result<Shown, String>>,
}

impl Preview {
    /// What is looked at.
    pub fn wish(&self) -> Option<&Wish> {
        self.wish.as_ref()
    }

    /// Whether an answer is still to come.
    pub fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }

    /// What there is to see, or the sentence that says why nothing is.
    pub fn shown(&self) -> Option<&Result<Shown, String>> {
        self.shown.as_ref()
    }

    /// Looks at something else, or at nothing; what was seen before goes at once.
    pub fn look(&mut self, wish: Option<Wish>, ticket: Option<Ticket>) {
        let is_same_file = match (&self.wish, &wish) {
            (Some(before), Some(now)) => before.path == now.path,
            _ => false,
        };
        if !is_same_file {
            self.scroll = 0;
            self.cursor = Cursor::default();
        }
        self.wish = wish;
        self.awaited = ticket;
        self.shown = None;
    }

    /// Takes in an answer; false if nobody awaits it any more.
    pub fn take(&mut self, ticket: Ticket, shown: Result<Shown, String>) -> bool {
        let is_awaited = self.awaited == Some(ticket);
        if is_awaited {
            self.awaited = None;
            self.shown = Some(shown);
        }
        is_awaited
    }

    /// The lines of the text that is shown; 0 for everything else.
    pub fn lines(&self) -> usize {
        match &self.shown {
            Some(Ok(Shown::Text(lines))) => lines.len(),
            _ => 0,
        }
    }

    /// How many places the large view can be scrolled to, where so many lines fit.
    pub fn places(&self, height: usize) -> usize {
        self.lines().saturating_sub(height) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_how_a_file_can_be_looked_at() {
        assert_eq!(Look::of("IMG_2231.HEIC"), Some(Look::Picture));
        assert_eq!(Look::of("notes - 场记.txt"), Some(Look::Text));
        assert_eq!(Look::of("backup.tar.zst"), None);
        assert_eq!(Look::of("README"), None);
    }
}
