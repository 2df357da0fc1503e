//! The file under the cursor: as a picture or a text, beside the list or as large as it gets.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use ratatui_image::Image;

use super::{Titles, boxed, theme};
use crate::domain::format::{count, cut, printable, width, wrap};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::preview::{Role, Shown, TextLine};

/// Draws what there is to see, at most as large as the area, with the line `first` of a text at its
/// top, and tells how many rows it took.
pub fn draw_inside(state: &State, frame: &mut Frame<'_>, area: Rect, first: usize) -> u16 {
    let cells = usize::from(area.width);
    let say = |frame: &mut Frame<'_>, text: &str| {
        let lines: Vec<Line<'_>> = wrap(text, cells.saturating_sub(2), 2)
            .into_iter()
            .map(|line| Line::styled(format!(" {line}"), theme::DIM))
            .collect();
        let height = u16::try_from(lines.len()).unwrap_or(0).min(area.height);
        frame.render_widget(Paragraph::new(lines), area);
        height
    };
    match state.preview.shown() {
        None if state.preview.is_loading() => say(frame, "..."),
        None => 0,
        Some(Err(reason)) => say(frame, &printable(reason)),
        Some(Ok(Shown::Nothing(reason))) => say(frame, reason),
        Some(Ok(Shown::Picture(picture))) => {
            let size = picture.0.size();
            let place = Rect {
                x: area.x + area.width.saturating_sub(size.width) / 2,
                width: size.width.min(area.width),
                height: size.height.min(area.height),
                ..area
            };
            frame.render_widget(Image::new(&picture.0), place);
            place.height
        }
        Some(Ok(Shown::Text(lines))) => {
            let height = usize::from(area.height);
            let shown: Vec<Line<'_>> = lines
                .iter()
                .skip(first)
                .take(height)
                .map(|line| drawn(line, cells.saturating_sub(1)))
                .collect();
            let rows = u16::try_from(shown.len()).unwrap_or(area.height);
            frame.render_widget(Paragraph::new(shown), area);
            rows
        }
    }
}

/// Draws the file as large as the area.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let name = state
        .browser
        .under_cursor()
        .map(|entry| entry.name().to_owned());
    let title = name.map_or_else(String::new, |name| printable(&name).into_owned());
    let lines = state.preview.lines();
    let right = if lines > 0 {
        let (first, lines) = (count(state.preview.cursor.row + 1), count(lines));
        tr!("from line {first} of {lines}", first, lines)
    } else {
        String::new()
    };
    let cells = usize::from(area.width.saturating_sub(8)).saturating_sub(width(&right));
    let titles = Titles::new(
        cut(&title, cells).into_owned(),
        right,
        tr!("J K next and previous file").into(),
    );
    let inside = boxed(frame, area, &titles, Vec::new());
    let used = draw_inside(state, frame, inside, state.preview.cursor.row);
    if used == 0 {
        let text = tr!(" There is nothing to see of this one. h goes back.");
        frame.render_widget(Line::styled(text, theme::DIM), inside);
    }
}

/// A line of a text, cut at the edge.
fn drawn(line: &TextLine, cells: usize) -> Line<'_> {
    let mut spans = vec![Span::raw(" ")];
    let mut left = cells;
    for (role, text) in line {
        let text = cut(text, left);
        left = left.saturating_sub(width(&text));
        spans.push(Span::styled(text, style(*role)));
        if left == 0 {
            break;
        }
    }
    Line::from(spans)
}

fn style(role: Role) -> Style {
    match role {
        Role::Plain => Style::new(),
        Role::Comment => theme::DIM,
        Role::Quoted => theme::MARKED,
        Role::Value => theme::LEAVING,
        Role::Keyword => theme::PROTECTED,
        Role::Name => theme::LINK,
    }
}
