//! The list of all marks, and their summary beside the list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::browser::order;
use super::{NARROW, Titles, boxed, inside, row, theme};
use crate::domain::entry::Kind;
use crate::domain::format::{bytes, count, cut_middle, fit, fit_right, printable, width};
use crate::domain::marks::{Fate, Mark, Totals};
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::marked::Grouping;

/// Cells of a size, with the gap before it.
const SIZE: usize = 11;

/// Draws the list of all marks.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let marked = &state.marked;
    let right = match marked.nested {
        0 => String::new(),
        nested => nested_note(nested),
    };
    let titles = Titles::new(
        heading(state.sizes.with_below(&state.marks)),
        right,
        below(state),
    );
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let range = marked.range.map(|_| marked.chosen_rows());
    let first = marked.cursor.offset;
    let mut lines: Vec<Line<'_>> = (first..marked.rows.len().min(first + height))
        .map(|at| {
            let is_ranged = range.as_ref().is_some_and(|rows| rows.contains(&at));
            let spans = match marked.mark(at) {
                Some((directory, name)) => one(state, directory, name, is_ranged, cells),
                None => head(state, at, is_ranged, cells),
            };
            row(at == marked.cursor.row, spans)
        })
        .collect();
    if lines.is_empty() {
        let text = if marked.filter().is_some() {
            tr!("No mark matches the filter. Esc drops it.")
        } else {
            tr!("Nothing is marked. Space in the list marks.")
        };
        lines.push(Line::styled(format!("  {text}"), theme::DIM));
    }
    boxed(frame, area, &titles, lines);
}

fn below(state: &State) -> String {
    let marked = &state.marked;
    let filter = marked.filter().map_or_else(String::new, |filter| {
        let (shown, all) = marked.shown();
        let filter = tr!(
            "filter{fuzzy}: {text} ({part} of {all})",
            fuzzy = "",
            text = printable(filter.text()),
            part = count(shown),
            all = count(all)
        );
        format!("{filter}   ")
    });
    let group = match marked.grouping() {
        Grouping::None => "",
        Grouping::Origin => tr!("   grouped by rule"),
        Grouping::Folder => tr!("   grouped by folder"),
    };
    let sorted = tr!("sort: {order}", order = order(marked.order()));
    format!("{filter}{sorted}{group}")
}

/// A mark: its sign, its name, where it is or why it is still there, and its size.
fn one(
    state: &State,
    directory: &RemotePath,
    name: &str,
    is_ranged: bool,
    cells: usize,
) -> Vec<Span<'static>> {
    let mark = state.marks.get(directory, name);
    let (sign, style) = match mark {
        None => (" ", theme::DIM),
        Some(_) if is_ranged => (":", theme::MARKED),
        Some(mark) => sign(mark),
    };
    let size = mark
        .and_then(|mark| mark.size)
        .map_or_else(String::new, bytes);
    let is_directory = mark.is_some_and(|mark| mark.kind == Kind::Directory);
    let slash = if is_directory { "/" } else { "" };
    let room = cells.saturating_sub(3 + SIZE);
    let name = format!("{}{slash}", printable(name));
    let for_name = if cells < NARROW { room } else { room / 2 };
    let name = cut_middle(&name, for_name).into_owned();
    let place = match mark.map(|mark| mark.fate) {
        None => tr!("not marked any more").to_owned(),
        Some(Fate::Refused(failure)) => failure.to_string(),
        Some(Fate::Handed(job)) => tr!("leaving: job {job}", job),
        Some(Fate::Chosen) if state.marks.covering(directory).is_some() => {
            format!("{directory}  {}", tr!("goes with its folder"))
        }
        Some(Fate::Chosen) => directory.to_string(),
    };
    let gap = room.saturating_sub(width(&name));
    let place = format!("  {}", printable(&place));
    vec![
        Span::styled(sign, style),
        Span::raw(" "),
        Span::styled(name, style),
        Span::styled(fit(&place, gap), theme::DIM),
        Span::raw(fit_right(&size, SIZE)),
    ]
}

fn sign(mark: Mark<'_>) -> (&'static str, ratatui::style::Style) {
    match mark.fate {
        Fate::Refused(_) => ("x", theme::FAILED),
        Fate::Handed(_) => ("-", theme::LEAVING),
        Fate::Chosen if !mark.can_delete => ("!", theme::PROTECTED),
        Fate::Chosen => ("+", theme::MARKED),
    }
}

/// The head of a group: what made its marks or where they are, how many, how big.
fn head(state: &State, at: usize, is_ranged: bool, cells: usize) -> Vec<Span<'static>> {
    let Some((group, name)) = state.marked.group(at) else {
        return Vec::new();
    };
    let sign = match (is_ranged, group.is_open) {
        (true, _) => ":",
        (false, true) => "v",
        (false, false) => ">",
    };
    let numbers = format!(
        "{}{}",
        fit_right(&count(group.count), SIZE),
        fit_right(&bytes(group.bytes), SIZE)
    );
    let room = cells.saturating_sub(3 + width(&numbers));
    vec![
        Span::styled(sign, theme::KEY),
        Span::raw(" "),
        Span::styled(fit(&printable(&name), room), theme::TITLE),
        Span::raw(numbers),
    ]
}

fn heading(totals: Totals) -> String {
    let marks = tr!("Marks {count}", count = count(totals.count));
    format!("{marks}  {}", totals.size()).trim_end().to_owned()
}

fn nested_note(nested: usize) -> String {
    tr!(
        "{marks} inside marked folders: counted once",
        marks = count(nested)
    )
}

/// Draws the summary of the marks.
pub fn draw_summary(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let totals = state.sizes.with_below(&state.marks);
    let (title, right) = match totals.count {
        0 => (tr!("Marks").to_owned(), String::new()),
        _ => (heading(totals), tr!("gm opens").to_owned()),
    };
    let below = if totals.count > 0 {
        tr!("d recycle  D for ever")
    } else {
        ""
    };
    let titles = Titles::new(title, right, below.into());
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let mut notes = Vec::new();
    let nested = state.marked.nested;
    if nested > 0 {
        notes.push(format!(" {}", nested_note(nested)));
    }
    if state.browser.hidden_marks > 0 {
        let hidden = count(state.browser.hidden_marks);
        notes.push(tr!(" {hidden} hidden by the filter", hidden));
    }
    let places = state.marks.places().count();
    let room = height.saturating_sub(notes.len());
    let shown = if places > room {
        room.saturating_sub(1)
    } else {
        places
    };
    let mut lines: Vec<Line<'_>> = state
        .marks
        .places()
        .take(shown)
        .map(|(directory, totals)| {
            let place = printable(&directory.to_string()).into_owned();
            let numbers = format!(
                "{}{}",
                fit_right(&count(totals.count), 9),
                fit_right(&totals.size(), 10)
            );
            let room = cells.saturating_sub(width(&numbers) + 2);
            Line::from(format!(" {}{numbers}", fit(&place, room)))
        })
        .collect();
    if places > shown {
        let more = count(places - shown);
        lines.push(Line::from(tr!(" ... and {more} more folders", more)));
    }
    if totals.count == 0 {
        lines.push(Line::styled(
            tr!(" Space marks, v begins a range,"),
            theme::DIM,
        ));
        lines.push(Line::styled(
            tr!(" Ctrl-a marks all rows shown."),
            theme::DIM,
        ));
    }
    lines.extend(notes.into_iter().map(Line::from));
    boxed(frame, area, &titles, lines);
}
