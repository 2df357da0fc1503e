//! The fields of the language.

use crate::texts::tr;

/// What a rule can ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `name:`, also what stands alone.
    Name,
    /// `ext:`
    Extension,
    /// `type:`
    Type,
    /// `size:`
    Size,
    /// `mod:`
    Modified,
    /// `cre:`
    Created,
    /// `path:`
    Path,
    /// `in:`
    In,
    /// `owner:`
    Owner,
    /// `label:`
    Label,
    /// `dup:`
    Copies,
    /// `mark:`
    Mark,
}

impl Field {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 12] = [
        Self::Name,
        Self::Extension,
        Self::Type,
        Self::Size,
        Self::Modified,
        Self::Created,
        Self::Path,
        Self::In,
        Self::Owner,
        Self::Label,
        Self::Copies,
        Self::Mark,
    ];

    /// The word before the colon.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Extension => "ext",
            Self::Type => "type",
            Self::Size => "size",
            Self::Modified => "mod",
            Self::Created => "cre",
            Self::Path => "path",
            Self::In => "in",
            Self::Owner => "owner",
            Self::Label => "label",
            Self::Copies => "dup",
            Self::Mark => "mark",
        }
    }

    /// A bit that no other field has.
    pub(super) fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The field of a word, in whatever case.
    pub(super) fn of(word: &str) -> Option<Self> {
        let found = Self::ALL.into_iter();
        found
            .into_iter()
            .find(|field| field.word().eq_ignore_ascii_case(word))
    }

    /// Words that may stand behind the colon: all there are, or some that show the way.
    pub(super) fn values(self) -> &'static [&'static str] {
        match self {
            Self::Type => &[
                "file", "dir", "link", "image", "video", "audio", "doc", "archive", "other",
            ],
            Self::Modified | Self::Created => &["today", "yesterday"],
            Self::In => &["here", "tree"],
            Self::Copies | Self::Mark => &["yes", "no"],
            Self::Name | Self::Extension | Self::Size | Self::Path | Self::Owner | Self::Label => {
                &[]
            }
        }
    }

    /// What it takes, for somebody who has written nothing behind the colon yet.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Self::Name => tr!("part of a name, *.mov, =exactly.mov or /regex/"),
            Self::Extension => tr!("mov or mov,mp4"),
            Self::Type => tr!("file, dir, link, image, video, audio, doc, archive or other"),
            Self::Size => tr!(">500M, 1M..2G or 0"),
            Self::Modified | Self::Created => tr!(">90d, <2024-04-01, 2023..2024-03 or today"),
            Self::Path => tr!("/a/folder, part of a path or */raw/*.mov"),
            Self::In => tr!("here, tree or /a/folder"),
            Self::Owner => tr!("the id of a user"),
            Self::Label => tr!("a label"),
            Self::Copies | Self::Mark => tr!("yes or no"),
        }
    }
}

/// The word that takes the fewest changes of one letter, if they are few.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|other| {
            let is_longer_form = other.len() > 2 && word.starts_with(other);
            let changes = if is_longer_form {
                1
            } else {
                strsim::osa_distance(word, other)
            };
            (changes, other)
        })
        .filter(|(changes, other)| *changes <= 1 + other.len() / 4)
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, other)| other)
}
