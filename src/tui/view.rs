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
mod header;
mod help;
mod hint;
mod hits;
mod jobs;
mod keybar;
mod libraries;
mod marks;
mod past;
mod plan;
mod preview;
mod question;
mod results;
mod said;
mod status;
mod theme;
mod typed;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::layout::{has_border, inside};
use super::state::question::Question;
use super::state::{State, View};
use crate::domain::format::{cut, width};

/// Cells of a pane below which a row is little more than its name.
const NARROW: usize = 56;

/// The least cells of a line that a question fits into with the name of its file.
const ONE_LINE: u16 = 44;

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    unpainted(state, frame);
    state.look.paint(frame.buffer_mut());
}

/// Draws everything in roles, which are no colours yet.
pub fn unpainted(state: &State, frame: &mut Frame<'_>) {
    let layout = state.layout();
    header::draw(state, frame, layout.header);
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
    if let Some(log) = layout.log {
        said::draw(state, frame, log);
    }
    status::message(state, frame, &layout);
    status::facts(state, frame, &layout);
    keybar::draw(state, frame, layout.keys);
    if let Some(question) = boxed_question(state) {
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
    let main = inside(main);
    let below = u16::try_from(cursor.row.saturating_sub(cursor.offset)).unwrap_or(0);
    if rows > 0 && below < main.height {
        frame.set_cursor_position(Position::new(main.x, main.y + below));
    }
}

/// The open question, if it needs more than the line for messages.
fn boxed_question(state: &State) -> Option<&Question> {
    let question = state.question.as_ref()?;
    let is_one_line = question.is_one_line() && state.size.width >= ONE_LINE;
    (!is_one_line).then_some(question)
}

/// Whether all that matters for the answer to the open question is on the screen: what it would do,
/// what there is to look out for, and how it is answered.
pub fn is_answerable(state: &State) -> bool {
    boxed_question(state)
        .is_none_or(|question| question::is_answerable(state, question, state.layout().all))
}

/// Which button of the open question is at a place: whether it is the one that does it.
pub fn button_at(state: &State, place: Position) -> Option<bool> {
    let question = boxed_question(state)?;
    question::button_at(state, question, state.layout().all, place)
}

/// Empties the area, and the left half of a wide character that would reach into it.
fn clear(frame: &mut Frame<'_>, all: Rect, area: Rect) {
    let area = area.intersection(all);
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

/// What stands on the border of a pane.
struct Titles {
    title: String,
    right: String,
    below: String,
}

impl Titles {
    /// Above on the left, above on the right, and below.
    fn new(title: String, right: String, below: String) -> Self {
        Self {
            title,
            right,
            below,
        }
    }
}

/// Draws a border, where there is room for one, and returns the area inside.
fn framed(frame: &mut Frame<'_>, area: Rect, titles: &Titles) -> Rect {
    if has_border(area) {
        bordered(frame, area, titles)
    } else {
        area
    }
}

/// Draws a border and returns the area inside.
fn bordered(frame: &mut Frame<'_>, area: Rect, titles: &Titles) -> Rect {
    let cells = usize::from(area.width).saturating_sub(4);
    let spaced = |text: &str| {
        if text.is_empty() {
            Line::default()
        } else {
            Line::from(format!(" {text} "))
        }
    };
    let title = cut(&titles.title, cells);
    let right = match cells.saturating_sub(width(&title) + 3) {
        0..8 => "".into(),
        room => cut(&titles.right, room),
    };
    let block = Block::bordered()
        .border_style(theme::BORDER)
        .title_style(theme::TITLE)
        .title_top(spaced(&title))
        .title_top(spaced(&right).right_aligned())
        .title_bottom(spaced(&cut(&titles.below, cells)));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Draws lines inside a border and returns the area inside.
fn boxed(frame: &mut Frame<'_>, area: Rect, titles: &Titles, lines: Vec<Line<'_>>) -> Rect {
    let inside = framed(frame, area, titles);
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
