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
    /// Marks and facts, where there is room.
    pub side: Option<Rect>,
    /// The jobs panel, where there is room and a job.
    pub jobs: Option<Rect>,
    /// One line for messages.
    pub message: Rect,
    /// One line for what is true now.
    pub status: Rect,
    /// One line of keys.
    pub keys: Rect,
}

impl Layout {
    /// Divides the terminal; none if it is too small.
    pub fn new(size: Size, has_jobs: bool) -> Option<Self> {
        if size.width < LEAST.width || size.height < LEAST.height {
            return None;
        }
        let line = |y| Rect::new(0, y, size.width, 1);
        let bottom = size.height - 3;
        let for_jobs = match size.height {
            _ if !has_jobs => 0,
            28.. => 7,
            20.. => 4,
            _ => 0,
        };
        let beside = if size.width >= 100 { 44 } else { 0 };
        let height = bottom - 1 - for_jobs;
        let list = size.width - beside;
        Some(Self {
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

    /// The marks and, below them, the row under the cursor, where there is room for them.
    pub fn sides(&self) -> Option<[Rect; 2]> {
        let side = self.side?;
        let marks = Rect {
            height: (side.height / 3).clamp(6, 10).min(side.height),
            ..side
        };
        let current = Rect {
            y: side.y + marks.height,
            height: side.height - marks.height,
            ..side
        };
        Some([marks, current])
    }

    /// Room for a picture of the row under the cursor and its border: what its facts leave.
    pub fn picture(&self) -> Option<Rect> {
        let [_, current] = self.sides()?;
        let height = current.height.checked_sub(FACTS)?;
        (height >= 5).then_some(Rect { height, ..current })
    }

    /// How many rows of a list the main part shows inside its border.
    pub fn rows(&self) -> usize {
        usize::from(self.main.height.saturating_sub(2))
    }
}
