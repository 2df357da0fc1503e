//! The keys, as the key map has them: those of the list that the help was called from, then all
//! others.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Titles, boxed, inside, row, theme};
use crate::domain::format::{cut, fit, width};
use crate::texts::tr;
use crate::tui::keymap::{Context, spell};
use crate::tui::state::State;
use crate::tui::state::help::Line as Entry;

/// Draws the lines that fit what was typed.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let help = &state.help;
    let lines = help.lines(&state.keymap);
    let signs = tr!("+ marked  - leaving  x failed  ! no right to delete  : in the range");
    let place = help.context.place();
    let title = tr!("Keys of {place}, then all others", place);
    let titles = Titles::new(title, String::new(), signs.into());
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let shown = lines.iter().enumerate();
    let mut drawn: Vec<Line<'_>> = shown
        .skip(help.cursor.offset)
        .take(height)
        .map(|(at, line)| {
            let (left, room, place) = match line {
                Entry::Key(context, binding) => {
                    let keys: Vec<String> = binding.keys.iter().map(|keys| spell(keys)).collect();
                    let is_here = [Context::Everywhere, help.context].contains(context);
                    let place = if is_here {
                        String::new()
                    } else {
                        format!("  {}", context.place())
                    };
                    (keys.join(" "), 18, place)
                }
                Entry::Rule(written, _) => (written.clone(), 40, String::new()),
            };
            let rest = cells.saturating_sub(room + 4 + width(&place));
            row(
                at == help.cursor.row,
                vec![
                    Span::styled(format!(" {} ", fit(&left, room)), theme::KEY),
                    Span::raw(fit(&cut(line.help(), rest), rest)),
                    Span::styled(place, theme::DIM),
                ],
            )
        })
        .collect();
    if drawn.is_empty() {
        drawn.push(Line::styled(
            tr!("  No key does that. Esc drops what was typed."),
            theme::DIM,
        ));
    }
    boxed(frame, area, &titles, drawn);
}
