//! Draws the state. Takes it by shared reference: drawing changes nothing.
//!
//! Composes its children, which never name it.

mod bin;
mod browser;
mod compare;
mod current;
mod details;
mod form;
mod found;
mod help;
mod hint;
mod hits;
mod jobs;
mod libraries;
mod marks;
mod past;
mod plan;
mod preview;
mod question;
mod results;
mod status;
mod theme;

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::layout::{LEAST, Layout};
use super::state::{State, View};
use crate::domain::format::width;
use crate::texts::tr;

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    unpainted(state, frame);
    state.look.paint(frame.buffer_mut());
}

/// Draws everything in roles, which are no colours yet.
pub fn unpainted(state: &State, frame: &mut Frame<'_>) {
    match state.layout() {
        Some(layout) => panes(state, layout, frame),
        None => too_small(state, frame),
    }
}

fn panes(state: &State, layout: Layout, frame: &mut Frame<'_>) {
    status::header(state, frame, layout.header);
    match state.view {
        View::Browse => browser::draw(state, frame, layout.main),
        View::Marks => marks::draw(state, frame, layout.main),
        View::Found => found::draw(state, frame, layout.main),
        View::Libraries => libraries::draw(state, frame, layout.main),
        // Sentences and paths need the room, and so does a picture.
        View::Jobs => jobs::draw(state, frame, layout.whole()),
        View::Results => results::draw(state, frame, layout.whole()),
        View::Past => past::draw(state, frame, layout.whole()),
        View::Help => help::draw(state, frame, layout.whole()),
        View::Bin => bin::draw(state, frame, layout.whole()),
        View::Plan => plan::draw(state, frame, layout.whole()),
        View::Compare => compare::draw(state, frame, layout.whole()),
        View::Details => details::draw(state, frame, layout.whole()),
        View::Preview => preview::draw(state, frame, layout.whole()),
    }
    if state.is_connected && !takes_all(state.view) {
        if let Some(area) = layout.marks {
            clear(frame, layout.all, area);
            marks::draw_summary(state, frame, area);
        }
        if let Some(area) = layout.current {
            clear(frame, layout.all, area);
            current::draw(state, frame, area);
        }
    }
    if let Some(panel) = layout.jobs {
        jobs::draw_panel(state, frame, panel);
    }
    rest_cursor(state, frame, layout.main);
    status::message(state, frame, layout.message);
    status::facts(state, frame, layout.status);
    status::keys(state, frame, layout.keys);
    if let Some(question) = state
        .question
        .as_ref()
        .filter(|question| !question.is_one_line())
    {
        question::draw(state, question, frame, layout.all);
    } else if let Some(form) = &state.form {
        form::draw(form, frame, layout.all);
    } else if state.hints() {
        hint::draw(state, frame, &layout);
    }
}

/// Whether a view is as wide as the screen.
fn takes_all(view: View) -> bool {
    match view {
        View::Jobs
        | View::Results
        | View::Past
        | View::Bin
        | View::Plan
        | View::Compare
        | View::Details
        | View::Preview
        | View::Help => true,
        View::Browse | View::Marks | View::Found | View::Libraries => false,
    }
}

/// Puts the cursor of the terminal on the current row, for screen readers and magnifiers. Lines
/// that are typed into take it from there.
fn rest_cursor(state: &State, frame: &mut Frame<'_>, main: Rect) {
    let (cursor, rows) = state.place();
    let below = u16::try_from(cursor.row.saturating_sub(cursor.offset)).unwrap_or(0);
    if rows > 0 && below < main.height.saturating_sub(2) {
        frame.set_cursor_position(Position::new(main.x + 1, main.y + 1 + below));
    }
}

/// Which button of the open question is at a place: whether it is the one that does it.
pub fn button_at(state: &State, place: Position) -> Option<bool> {
    let question = state
        .question
        .as_ref()
        .filter(|question| !question.is_one_line())?;
    question::button_at(state, question, state.layout()?.all, place)
}

/// Empties the area, and the left half of a wide character that would reach into it.
fn clear(frame: &mut Frame<'_>, all: Rect, area: Rect) {
    if area.x > all.x {
        let buffer = frame.buffer_mut();
        for y in area.y..area.y + area.height {
            let cell = &mut buffer[(area.x - 1, y)];
            if width(cell.symbol()) > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    frame.render_widget(Clear, area);
}

fn too_small(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let running = state.jobs.running().count();
    let of = |size: Size| format!("{}x{}", size.width, size.height);
    let lines = vec![
        Line::from(tr!("{size} is too small", size = of(area.as_size()))),
        Line::from(tr!("mediasweep needs {size}", size = of(LEAST))),
        Line::from(match running {
            0 => tr!("q quits").to_owned(),
            1 => tr!("1 job goes on").to_owned(),
            _ => tr!("{running} jobs go on", running),
        }),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}

/// A border with a title on the left and facts on the right, above and below.
fn frame_around<'a>(title: String, right: String, below: String) -> Block<'a> {
    let spaced = |text: String| {
        if text.is_empty() {
            Line::default()
        } else {
            Line::from(format!(" {text} "))
        }
    };
    Block::bordered()
        .border_style(theme::BORDER)
        .title_style(theme::TITLE)
        .title_top(spaced(title))
        .title_top(spaced(right).right_aligned())
        .title_bottom(spaced(below))
}

/// Draws lines inside a border and returns the area inside.
fn boxed(frame: &mut Frame<'_>, area: Rect, block: Block<'_>, lines: Vec<Line<'_>>) -> Rect {
    let inside = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inside);
    inside
}

/// A row of a list: the whole line is highlighted under the cursor, which also has a sign.
fn row(is_current: bool, spans: Vec<Span<'_>>) -> Line<'_> {
    let mut line = vec![Span::raw(if is_current { ">" } else { " " })];
    line.extend(spans);
    let line = Line::from(line);
    if is_current {
        line.style(theme::CURRENT)
    } else {
        line
    }
}
