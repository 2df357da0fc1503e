//! The keys, as the key map has them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{boxed, frame_around, row, theme};
use crate::domain::format::{cut, fit};
use crate::tui::keymap::{Context, spell};
use crate::tui::state::State;

/// Draws the keys of one part of the screen.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let (context, cursor) = state.help;
    let place = match context {
        Context::Everywhere | Context::Browse => "the list",
        Context::Marks => "the marks",
        Context::Jobs => "the jobs",
        Context::Results => "the results",
        Context::Bin => "the recycle bin",
        Context::Preview => "the preview",
        Context::Help => "the help",
    };
    let signs = "+ marked  - leaving  x failed  ! no right to delete  : in the range";
    let block = frame_around(format!("Keys of {place}"), String::new(), signs.into());
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    let bindings = state.keymap.bindings(context).map(|binding| {
        let keys: Vec<String> = binding.keys.iter().map(|keys| spell(keys)).collect();
        (18, keys.join(" "), binding.help.clone())
    });
    let rules = context.rules().map(|(written, finds)| (40, written, finds));
    let lines: Vec<Line<'_>> = bindings
        .chain(rules)
        .enumerate()
        .skip(cursor.offset)
        .take(height)
        .map(|(at, (room, left, right))| {
            let right = cut(&right, cells.saturating_sub(room + 4)).into_owned();
            row(
                at == cursor.row,
                vec![
                    Span::styled(format!(" {} ", fit(&left, room)), theme::KEY),
                    Span::raw(right),
                ],
            )
        })
        .collect();
    boxed(frame, area, block, lines);
}
