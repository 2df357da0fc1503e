//! A place in a list that is longer than the screen.

/// Rows that stay visible above and below the cursor.
const MARGIN: usize = 5;

/// The row under the cursor and the first visible one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The row under the cursor, from 0.
    pub row: usize,
    /// The first row on the screen.
    pub offset: usize,
}

impl Cursor {
    /// Goes to a row, or to the nearest there is, and scrolls as little as needed.
    pub fn go(&mut self, row: usize, rows: usize, height: usize) {
        self.row = row.min(rows.saturating_sub(1));
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        let lowest = (self.row + margin + 1).saturating_sub(height);
        let highest = self.row.saturating_sub(margin);
        // `min` last: a list that fits is never scrolled.
        self.offset = self
            .offset
            .clamp(lowest.min(highest), highest)
            .min(rows.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_scrolls_before_the_cursor_reaches_the_edge() {
        let mut cursor = Cursor::default();
        cursor.go(14, 100, 20);
        assert_eq!((cursor.row, cursor.offset), (14, 0));
        cursor.go(15, 100, 20);
        assert_eq!((cursor.row, cursor.offset), (15, 1));
        cursor.go(99, 100, 20);
        assert_eq!((cursor.row, cursor.offset), (99, 80));
        cursor.go(500, 100, 20);
        assert_eq!((cursor.row, cursor.offset), (99, 80));
        cursor.go(0, 100, 20);
        assert_eq!((cursor.row, cursor.offset), (0, 0));
    }

    #[test]
    fn short_lists_and_low_screens_do_not_scroll_past_their_end() {
        let mut cursor = Cursor {
            row: 50,
            offset: 40,
        };
        cursor.go(50, 3, 20);
        assert_eq!((cursor.row, cursor.offset), (2, 0));
        cursor.go(0, 0, 20);
        assert_eq!((cursor.row, cursor.offset), (0, 0));
        cursor.go(7, 10, 1);
        assert_eq!((cursor.row, cursor.offset), (7, 7));
    }
}
