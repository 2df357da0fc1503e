//! The end of a question: buttons, or the line that words are typed into. What does not fit beside
//! the rest has a line of its own.

use std::ops::Range;

use ratatui::text::{Line, Span};

use super::{MOST, theme};
use crate::domain::format::{width, wrap};
use crate::tui::state::typed::Typed;
use crate::tui::view::typed;

/// Cells before the first part of a line.
pub const INDENT: usize = 2;

/// A piece of the end of a question.
pub enum Part {
    /// Words that stay together, so many cells behind what is before them; a button tells whether it
    /// is the one that does it.
    Words(usize, Vec<Span<'static>>, Option<bool>),
    /// The same, but the question can be answered without them.
    Extra(usize, Vec<Span<'static>>),
    /// A prompt, and what was typed behind it.
    Typed(String, Typed),
    /// What follows begins a line.
    Break,
    /// An empty line, where there is room.
    Blank,
}

impl Part {
    /// The parts of a text: three blanks or more set them apart.
    pub fn each(text: &str) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let words = rest.trim_start_matches(' ');
            let gap = rest.len() - words.len();
            let end = words.find("   ").unwrap_or(words.len());
            parts.push(Self::Words(
                gap,
                vec![Span::raw(words[..end].to_owned())],
                None,
            ));
            rest = &words[end..];
        }
        parts
    }

    /// The same, only where there is room for it.
    pub fn if_there_is_room(self) -> Self {
        match self {
            Self::Words(gap, spans, None) => Self::Extra(gap, spans),
            other => other,
        }
    }
}

/// A button where it has come to stand.
pub struct Button {
    /// In which line.
    pub line: usize,
    /// From which cell to which.
    pub cells: Range<usize>,
    /// Whether it is the one that does what is asked.
    pub does: bool,
}

/// The end of a question in lines.
#[derive(Default)]
pub struct Foot {
    /// Its lines.
    pub lines: Vec<Line<'static>>,
    /// The buttons in them.
    pub buttons: Vec<Button>,
    /// The line and cell of what is typed next.
    pub cursor: Option<(usize, usize)>,
}

/// Lays parts out in lines of so many cells; without those that are not needed where there is no
/// room for them.
pub fn foot(parts: &[Part], cells: usize, has_room: bool) -> Foot {
    let mut foot = Foot::default();
    let mut line: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for part in parts {
        let (gap, spans, does) = match part {
            Part::Words(gap, spans, does) => (*gap, spans, *does),
            Part::Extra(gap, spans) if has_room => (*gap, spans, None),
            Part::Extra(..) => continue,
            Part::Typed(prompt, typed) => {
                foot.type_in(prompt, typed, cells);
                continue;
            }
            Part::Break => {
                if !line.is_empty() {
                    foot.lines.push(Line::from(std::mem::take(&mut line)));
                    used = 0;
                }
                continue;
            }
            Part::Blank => {
                if has_room {
                    foot.lines.push(Line::default());
                }
                continue;
            }
        };
        let all: usize = spans.iter().map(Span::width).sum();
        if used > 0 && used + gap + all > cells {
            foot.lines.push(Line::from(std::mem::take(&mut line)));
            used = 0;
        }
        let gap = if used == 0 {
            INDENT.min(cells.saturating_sub(all))
        } else {
            gap
        };
        line.push(Span::raw(" ".repeat(gap)));
        line.extend(spans.iter().cloned());
        if let Some(does) = does {
            foot.buttons.push(Button {
                line: foot.lines.len(),
                cells: used + gap..used + gap + all,
                does,
            });
        }
        used += gap + all;
    }
    if !line.is_empty() {
        foot.lines.push(Line::from(line));
    }
    foot
}

impl Foot {
    /// The prompt and what was typed: behind it, or on a line of its own where that is too short.
    fn type_in(&mut self, prompt: &str, typed: &Typed, cells: usize) {
        // The prompt names the words: half of it is more than they take.
        let before = if width(prompt) * 3 / 2 < cells {
            prompt
        } else {
            let told = wrap(prompt.trim(), cells, MOST);
            self.lines.extend(told.into_iter().map(Line::from));
            "> "
        };
        let (shown, at) = typed::window(typed, cells.saturating_sub(width(before)));
        self.cursor = Some((self.lines.len(), width(before) + at));
        self.lines.push(Line::from(vec![
            Span::raw(before.to_owned()),
            Span::styled(shown, theme::KEY),
        ]));
    }
}
