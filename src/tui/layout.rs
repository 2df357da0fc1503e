//! From the size of the terminal to rectangles; asked by `update` and `view` alike.

use ratatui::layout::{Margin, Rect, Size};

/// The least size that has room for more than a list. Below it the list is alone, with its jobs in
/// one line; lines around it give way before the list does.
const ROOMY: Size = Size {
    width: 60,
    height: 16,
};

/// The least size of a pane that has a border: a smaller one needs the room for its rows.
const BORDERED: Size = Size {
    width: 20,
    height: 6,
};

/// Lines that what was said stays on.
pub const LOG: u16 = 4;

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
    /// The jobs panel, where there is room and a job; a single line of a small terminal.
    pub jobs: Option<Rect>,
    /// What was said, line by line, where that stays.
    pub log: Option<Rect>,
    /// One line for messages. The list lies below it where there is but one line.
    pub message: Rect,
    /// One line for what is true now; lower than a line where there is no room, as the next one.
    pub status: Rect,
    /// One line of keys.
    pub keys: Rect,
}

/// What of a pane lies inside its border; a small one has none.
pub fn inside(pane: Rect) -> Rect {
    if has_border(pane) {
        pane.inner(Margin::new(1, 1))
    } else {
        pane
    }
}

/// Whether there is room for a border.
pub fn has_border(pane: Rect) -> bool {
    pane.width >= BORDERED.width && pane.height >= BORDERED.height
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
#[expect(clippy::struct_excessive_bools, reason = "each pane has a key")]
pub struct Panes {
    /// The marks, where there is room beside the list.
    pub marks: bool,
    /// The row under the cursor, where there is room beside the list.
    pub current: bool,
    /// The jobs, where there is one and room.
    pub jobs: bool,
    /// The one that lies over the list, where there is no room beside it.
    pub over: Option<Pane>,
    /// Whether nothing stands beside the list and what is said stays, for those who hear the screen.
    pub is_plain: bool,
}

impl Default for Panes {
    fn default() -> Self {
        Self {
            marks: true,
            current: true,
            jobs: true,
            over: None,
            is_plain: false,
        }
    }
}

/// Cells of a pane beside the list, and of a terminal that has room for one.
const BESIDE: u16 = 44;
const WIDE: u16 = 100;

impl Layout {
    /// Whether panes may stand beside the list.
    pub fn is_wide(size: Size, panes: Panes) -> bool {
        size.width >= WIDE && !Self::is_alone(size, panes)
    }

    /// Whether the list stands alone, with its jobs in one line.
    pub fn is_alone(size: Size, panes: Panes) -> bool {
        Self::is_small(size) || panes.is_plain
    }

    fn is_small(size: Size) -> bool {
        size.width < ROOMY.width || size.height < ROOMY.height
    }

    /// Divides the terminal, however small it is.
    pub fn new(size: Size, has_jobs: bool, panes: Panes) -> Self {
        let is_alone = Self::is_alone(size, panes);
        let is_wide = Self::is_wide(size, panes);
        let for_jobs = match size.height {
            _ if !has_jobs || !panes.jobs => 0,
            8.. if is_alone => 1,
            _ if is_alone => 0,
            28.. => 7,
            20.. => 4,
            _ => 0,
        };
        // What is said of the list gives way to it, line by line.
        let has = |least| u16::from(size.height >= least);
        let (for_header, for_message, for_status, for_keys) = (has(6), has(2), has(3), has(5));
        let for_log = if panes.is_plain && !Self::is_small(size) {
            LOG
        } else {
            0
        };
        let below = for_log + for_message + for_status + for_keys;
        let height = (size.height).saturating_sub(for_header + for_jobs + below);
        let beside = if is_wide && (panes.marks || panes.current) {
            BESIDE
        } else {
            0
        };
        let list = size.width - beside;
        let (pane, has_marks, has_current) = match panes.over {
            Some(over) if !is_wide => {
                let width = if is_alone { size.width } else { BESIDE };
                let pane = Rect::new(size.width - width, for_header, width, height);
                (pane, over == Pane::Marks, over == Pane::Current)
            }
            _ => {
                let pane = Rect::new(list, for_header, beside, height);
                (pane, is_wide && panes.marks, is_wide && panes.current)
            }
        };
        let for_marks = match (has_marks, has_current) {
            (true, true) => (height / 3).clamp(6, 10).min(height),
            (true, false) => height,
            (false, _) => 0,
        };
        let lines = |y, height| Rect::new(0, y, size.width, height);
        let end_of_jobs = for_header + height + for_jobs;
        let end = end_of_jobs + for_log;
        Self {
            marks: has_marks.then_some(Rect {
                height: for_marks,
                ..pane
            }),
            current: has_current.then_some(Rect {
                y: pane.y + for_marks,
                height: height - for_marks,
                ..pane
            }),
            all: lines(0, size.height),
            header: lines(0, for_header),
            main: Rect::new(0, for_header, list, height),
            side: (beside > 0).then(|| Rect::new(list, for_header, beside, height)),
            jobs: (for_jobs > 0).then(|| lines(for_header + height, for_jobs)),
            log: (for_log > 0).then(|| lines(end_of_jobs, for_log)),
            message: lines(end.min(size.height.saturating_sub(1)), 1.min(size.height)),
            status: lines(end + for_message, for_status),
            keys: lines(end + for_message + for_status, for_keys),
        }
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

    /// How many rows of a list the main part shows; one at least.
    pub fn rows(&self) -> usize {
        usize::from(inside(self.main).height).max(1)
    }
}
