//! From the size of the terminal to rectangles; asked by `update` and `view` alike.

use ratatui::layout::{Rect, Size};

/// The least size that the screens are drawn for.
pub const LEAST: Size = Size {
    width: 60,
    height: 16,
};

/// Lines of facts about the row under the cursor: its name in two, three more, and one that is free.
const FACTS: u16 = 6;

/// Where everything goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The whole terminal.
    pub all: Rect,
    /// Program, library and path.
    pub header: Rect,
    /// The list, or what stands in its place.
    pub main: Rect,
    /// Marks and facts, where there is room beside the list.
    pub side: Option<Rect>,
    /// The summary of the marks.
    pub marks: Option<Rect>,
    /// What is known and to be seen of the row under the cursor.
    pub current: Option<Rect>,
    /// The jobs panel, where there is room and a job.
    pub jobs: Option<Rect>,
    /// One line for messages.
    pub message: Rect,
    /// One line for what is true now.
    pub status: Rect,
    /// One line of keys.
    pub keys: Rect,
}

/// A pane beside the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The summary of the marks.
    Marks,
    /// The row under the cursor.
    Current,
}

/// Which panes stand beside and below the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    /// The marks, where there is room beside the list.
    pub marks: bool,
    /// The row under the cursor, where there is room beside the list.
    pub current: bool,
    /// The jobs, where there is one and room.
    pub jobs: bool,
    /// The one that lies over the list, where there is no room beside it.
    pub over: Option<Pane>,
}

impl Default for Panes {
    fn default() -> Self {
        Self {
            marks: true,
            current: true,
            jobs: true,
            over: None,
        }
    }
}

/// Cells of a pane beside the list, and of a terminal that has room for one.
const BESIDE: u16 = 44;
const WIDE: u16 = 100;

impl Layout {
    /// Whether there is room for panes beside the list.
    pub fn is_wide(size: Size) -> bool {
        size.width >= WIDE
    }

    /// Divides the terminal; none if it is too small.
    pub fn new(size: Size, has_jobs: bool, panes: Panes) -> Option<Self> {
        if size.width < LEAST.width || size.height < LEAST.height {
            return None;
        }
        let line = |y| Rect::new(0, y, size.width, 1);
        let bottom = size.height - 3;
        let for_jobs = match size.height {
            _ if !has_jobs || !panes.jobs => 0,
            28.. => 7,
            20.. => 4,
            _ => 0,
        };
        let is_wide = Self::is_wide(size);
        let beside = if is_wide && (panes.marks || panes.current) {
            BESIDE
        } else {
            0
        };
        let height = bottom - 1 - for_jobs;
        let list = size.width - beside;
        let pane = match panes.over {
            Some(_) if !is_wide => Rect::new(size.width - BESIDE, 1, BESIDE, height),
            _ => Rect::new(list, 1, beside, height),
        };
        let (has_marks, has_current) = match panes.over {
            Some(over) if !is_wide => (over == Pane::Marks, over == Pane::Current),
            _ => (is_wide && panes.marks, is_wide && panes.current),
        };
        let for_marks = match (has_marks, has_current) {
            (true, true) => (height / 3).clamp(6, 10).min(height),
            (true, false) => height,
            (false, _) => 0,
        };
        Some(Self {
            marks: has_marks.then_some(Rect {
                height: for_marks,
                ..pane
            }),
            current: has_current.then_some(Rect {
                y: pane.y + for_marks,
                height: height - for_marks,
                ..pane
            }),
            all: Rect::new(0, 0, size.width, size.height),
            header: line(0),
            main: Rect::new(0, 1, list, height),
            side: (beside > 0).then(|| Rect::new(list, 1, beside, height)),
            jobs: (for_jobs > 0).then(|| Rect::new(0, 1 + height, size.width, for_jobs)),
            message: line(bottom),
            status: line(bottom + 1),
            keys: line(bottom + 2),
        })
    }

    /// The main part and what lies beside it.
    pub fn whole(&self) -> Rect {
        self.side.map_or(self.main, |side| self.main.union(side))
    }

    /// Room for a picture of the row under the cursor and its border: what its facts leave.
    pub fn picture(&self) -> Option<Rect> {
        let current = self.current?;
        let height = current.height.checked_sub(FACTS)?;
        (height >= 5).then_some(Rect { height, ..current })
    }

    /// How many rows of a list the main part shows inside its border.
    pub fn rows(&self) -> usize {
        usize::from(self.main.height.saturating_sub(2))
    }
}
