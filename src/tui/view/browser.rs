//! The list of a directory: only the rows on the screen are looked at.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{boxed, frame_around, row, theme};
use crate::domain::entries::EntryRef;
use crate::domain::entry::Kind;
use crate::domain::format::{
    bytes, count, cut, cut_left, cut_middle, day, fit, fit_right, printable, width,
};
use crate::domain::marks::{Fate, Mark};
use crate::domain::order::{Order, SortKey};
use crate::tui::state::State;
use crate::tui::state::sizes::Progress;

/// Cells of a size and of a time, with the gap before them.
const SIZE: usize = 11;
const TIME: usize = 13;

/// Draws the list.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let browser = &state.browser;
    let path = browser.directory.to_string();
    let right = progress(state);
    let room = usize::from(area.width).saturating_sub(width(&right) + 8);
    let title = cut_left(&printable(&path), room);
    let block = frame_around(title, right, below(state));
    let cells = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    let covering = state.marks.covering(&browser.directory);
    let range = browser.range_rows();
    let first = browser.cursor.offset;
    let mut lines: Vec<Line<'_>> = (first..first + height)
        .map_while(|at| browser.listing.row(at).map(|entry| (at, entry)))
        .map(|(at, entry)| {
            let mark = state.marks.get(&browser.directory, entry.name());
            let is_ranged = range.as_ref().is_some_and(|rows| rows.contains(&at));
            let is_protected = !state.caution.protected.is_empty()
                && (browser.directory.join(entry.name()))
                    .is_ok_and(|path| state.caution.protects(&path));
            let is_covered = covering.is_some();
            let (mut sign, mut style, mut note) =
                flag(entry, mark, is_ranged, is_covered, is_protected);
            if let Some(job) = state.yanks.cut(&browser.directory, entry.name()) {
                (sign, style) = (if sign == " " { "c" } else { sign }, theme::DIM);
                note = job.map_or_else(|| "cut".to_owned(), |job| format!("moving: job {job}"));
            }
            let line = columns(state, entry, sign, style, &note, cells);
            row(at == browser.cursor.row, line)
        })
        .collect();
    if lines.is_empty() {
        lines.push(empty(state));
    }
    boxed(frame, area, block, lines);
}

/// The sign of a row, its style, and a note behind the name.
pub(super) fn flag(
    entry: EntryRef<'_>,
    mark: Option<&Mark>,
    is_ranged: bool,
    is_covered: bool,
    is_protected: bool,
) -> (&'static str, Style, String) {
    let plain = match entry.kind() {
        Kind::Directory => theme::DIRECTORY,
        Kind::Symlink => theme::LINK,
        Kind::File | Kind::Other => Style::new(),
    };
    if is_ranged {
        return (":", theme::MARKED, String::new());
    }
    match mark.map(|mark| &mark.fate) {
        Some(Fate::Handed(job)) => ("-", theme::LEAVING, format!("leaving: job {job}")),
        Some(Fate::Refused(failure)) => {
            let label = failure.label();
            let reason = if label.is_empty() {
                failure.message.clone()
            } else {
                label
            };
            (
                "x",
                theme::FAILED,
                format!("failed: {}", printable(&reason)),
            )
        }
        Some(_) if is_protected => ("!", theme::PROTECTED, "marked, but protected".into()),
        None if is_protected => ("!", theme::PROTECTED, "protected".into()),
        Some(Fate::Chosen) if !entry.can_delete() => (
            "!",
            theme::PROTECTED,
            "marked, but no right to delete".into(),
        ),
        Some(Fate::Chosen) => ("+", theme::MARKED, String::new()),
        None if !entry.can_delete() => ("!", theme::PROTECTED, "no right to delete".into()),
        None if is_covered => (" ", theme::DIM, "goes with its folder".into()),
        None => (" ", plain, String::new()),
    }
}

fn columns<'a>(
    state: &State,
    entry: EntryRef<'_>,
    sign: &'a str,
    style: Style,
    note: &str,
    cells: usize,
) -> Vec<Span<'a>> {
    let has_time = cells >= 56;
    let fixed = 3 + SIZE + if has_time { TIME } else { 0 };
    let room = cells.saturating_sub(fixed);
    let slash = match entry.kind() {
        Kind::Directory => "/",
        Kind::Symlink => "@",
        Kind::File | Kind::Other => "",
    };
    let name = format!("{}{slash}", printable(entry.name()));
    // The name gives way to the note, but never below half of the room.
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("  {note}")
    };
    let for_name = room.saturating_sub(width(&note)).max(room / 2);
    let name = cut_middle(&name, for_name).into_owned();
    let note = cut(&note, room.saturating_sub(width(&name))).into_owned();
    let gap = room.saturating_sub(width(&name) + width(&note));
    let size = match entry.size() {
        Some(size) => bytes(size),
        None => folder_size(state, entry),
    };
    let mut spans = vec![
        Span::styled(sign, style),
        Span::raw(" "),
        Span::styled(name, style),
        Span::styled(note, theme::DIM),
        Span::raw(" ".repeat(gap)),
        Span::raw(fit_right(&size, SIZE)),
    ];
    if has_time {
        let time = entry
            .modified()
            .map_or_else(String::new, |time| day(time, state.now, &state.zone));
        spans.push(Span::styled(
            format!("  {}", fit(&time, TIME - 2)),
            theme::DIM,
        ));
    }
    spans
}

/// How much lies in a folder, as far as it was counted.
fn folder_size(state: &State, entry: EntryRef<'_>) -> String {
    let folder = state.browser.directory.join(entry.name());
    let Some(measured) = folder.ok().and_then(|folder| state.sizes.get(&folder)) else {
        return String::new();
    };
    let size = bytes(measured.below.bytes);
    match measured.progress {
        Progress::Done => size,
        Progress::Partly => format!("~{size}"),
        Progress::Counting(_) if measured.below.files == 0 => "...".to_owned(),
        // The dots say that there is more.
        Progress::Counting(_) => format!("{size} ..."),
    }
}

/// How much of the directory has arrived.
fn progress(state: &State) -> String {
    let browser = &state.browser;
    let (loaded, total) = (browser.listing.loaded(), browser.listing.total());
    if let Some(fresh) = browser.reloaded() {
        return format!("loading anew, {}", count(fresh));
    }
    match (browser.is_loading(), browser.listing.is_complete()) {
        (true, _) if loaded == 0 => "loading".into(),
        (true, _) if total > loaded => format!("{} of {} loaded", count(loaded), count(total)),
        (true, _) => format!("{} loaded", count(loaded)),
        (false, true) => String::new(),
        (false, false) if browser.failure.is_some() => {
            format!("only {} loaded", count(loaded))
        }
        (false, false) => format!("stopped at {}", count(loaded)),
    }
}

fn below(state: &State) -> String {
    let listing = &state.browser.listing;
    let filter = listing.filter().map_or_else(
        || "filter: none".to_owned(),
        |filter| {
            let (rows, all) = (count(listing.rows()), count(listing.loaded()));
            let so_far = if listing.is_working() { "..." } else { &rows };
            format!("filter: {} ({so_far} of {all})", printable(filter.text()))
        },
    );
    let scope = if listing.is_complete() {
        String::new()
    } else {
        format!(" among {} loaded", count(listing.loaded()))
    };
    format!("{filter}   sort: {}{scope}", order(listing.order()))
}

pub(super) fn order(order: Order) -> &'static str {
    match (order.key, order.reversed) {
        (SortKey::Name, false) => "name",
        (SortKey::Name, true) => "name, reversed",
        (SortKey::Size, false) => "size, small first",
        (SortKey::Size, true) => "size, large first",
        (SortKey::Modified, false) => "modified, old first",
        (SortKey::Modified, true) => "modified, new first",
        (SortKey::Created, false) => "created, old first",
        (SortKey::Created, true) => "created, new first",
        (SortKey::Extension, false) => "extension",
        (SortKey::Extension, true) => "extension, reversed",
    }
}

fn empty(state: &State) -> Line<'static> {
    let browser = &state.browser;
    let text = match &browser.failure {
        Some(failure) => format!("  {failure}"),
        None if browser.is_loading() => "  Loading ...".to_owned(),
        None if browser.listing.loaded() > 0 => {
            "  No name matches the filter. Esc drops it.".to_owned()
        }
        None => "  This folder is empty.".to_owned(),
    };
    Line::styled(text, theme::DIM)
}
