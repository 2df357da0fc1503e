//! The mouse: a click moves the cursor, a click on the column of signs marks, dragging there marks a
//! range, the wheel scrolls. A click on a button of a question moves the focus and presses nothing.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::layout::Position;

use super::{bin, mark, motion};
use crate::tui::layout::inside;
use crate::tui::state::question::Answer;
use crate::tui::state::{State, View};
use crate::tui::view::button_at;

/// Rows that one notch of the wheel moves.
const NOTCH: usize = 3;
/// Where the signs stand: after the sign of the cursor.
const SIGN: u16 = 1;

/// Takes in what the mouse did.
pub fn happened(state: &mut State, event: MouseEvent, at: Timestamp) {
    let place = Position::new(event.column, event.row);
    if let Some(question) = &state.question {
        let is_down = event.kind == MouseEventKind::Down(MouseButton::Left);
        if is_down
            && !question.is_deaf(at)
            && let Some(on) = button_at(state, place)
            && let Some(question) = &mut state.question
            && let Answer::Buttons { does } = &mut question.answer
        {
            *does = on;
        }
        return;
    }
    let (cursor, rows) = state.place();
    match event.kind {
        MouseEventKind::ScrollDown => motion::go(state, cursor.row.saturating_add(NOTCH)),
        MouseEventKind::ScrollUp => motion::go(state, cursor.row.saturating_sub(NOTCH)),
        MouseEventKind::Down(MouseButton::Left) => {
            if let Some(row) = row_at(state, place).filter(|row| *row < rows) {
                motion::go(state, row);
                state.dragged = is_sign(state, place).then_some(row);
            }
        }
        MouseEventKind::Drag(MouseButton::Left) => drag(state, place),
        MouseEventKind::Up(MouseButton::Left) => let_go(state),
        _ => {}
    }
}

/// The row of the main list at a place, as it is scrolled now.
fn row_at(state: &State, place: Position) -> Option<usize> {
    if matches!(state.view, View::Plan | View::Results) {
        // Their sums stand where a list has rows.
        return None;
    }
    let layout = state.layout();
    let (main, height) = match state.view {
        View::Bin => (layout.whole(), state.bin_rows()),
        View::Jobs | View::Past => (layout.whole(), layout.rows()),
        _ => (layout.main, layout.rows()),
    };
    let rows = inside(main);
    let is_inside = rows.contains(place) && usize::from(place.y - rows.y) < height;
    let (cursor, _) = state.place();
    is_inside.then(|| cursor.offset + usize::from(place.y - rows.y))
}

/// Whether a click here marks.
fn is_sign(state: &State, place: Position) -> bool {
    let has_signs = matches!(state.view, View::Browse | View::Marks | View::Bin);
    has_signs && place.x == inside(state.layout().main).x + SIGN
}

fn drag(state: &mut State, place: Position) {
    let Some(start) = state.dragged else { return };
    let Some(row) = row_at(state, place) else {
        return;
    };
    match state.view {
        View::Browse => state.browser.range = Some(start),
        View::Bin => state.bin.range = Some(start),
        View::Marks
        | View::Plan
        | View::Jobs
        | View::Results
        | View::Past
        | View::Found
        | View::Compare
        | View::Preview
        | View::Details
        | View::Libraries
        | View::Help => {
            return;
        }
    }
    motion::go(state, row);
}

fn let_go(state: &mut State) {
    let Some(row) = state.dragged.take() else {
        return;
    };
    match state.view {
        View::Browse if state.browser.range.is_some() => mark::accept_range(state),
        View::Browse => mark::toggle(state, 1),
        View::Bin => bin::toggle_or_accept(state),
        View::Marks if state.marked.mark(row).is_some() => {
            state.marked.take_off(row..=row, &mut state.marks);
        }
        View::Marks => {}
        View::Plan
        | View::Jobs
        | View::Results
        | View::Past
        | View::Found
        | View::Compare
        | View::Preview
        | View::Details
        | View::Libraries
        | View::Help => {
            return;
        }
    }
    motion::go(state, row.min(state.place().1.saturating_sub(1)));
}
