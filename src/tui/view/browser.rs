//! The list of a directory: only the rows on the screen are looked at.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Titles, boxed, hits, inside, row, theme};
use crate::domain::entries::EntryRef;
use crate::domain::entry::Kind;
use crate::domain::format::{count, counted, cut, cut_left, fit, fit_right, printable, width};
use crate::domain::marks::{Fate, Mark};
use crate::domain::order::{Order, SortKey};
use crate::domain::rule::kind_word;
use crate::domain::show::{Column, Show};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::sizes::Progress;

/// The least cells of a name, before columns give way.
const NAME: usize = 29;

/// Draws the list.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let browser = &state.browser;
    let path = browser.directory.to_string();
    let right = progress(state);
    let room = usize::from(area.width).saturating_sub(width(&right) + 8);
    let title = cut_left(&printable(&path), room);
    let below = cut(&below(state), usize::from(area.width.saturating_sub(4))).into_owned();
    let titles = Titles::new(title, right, below);
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let covering = state.marks.covering(&browser.directory);
    let marks = state.marks.beside(&browser.directory, &browser.listing);
    let range = browser.range_rows();
    let first = browser.cursor.offset;
    let mut lines: Vec<Line<'_>> = (first..first + height)
        .map_while(|at| browser.listing.row(at).map(|entry| (at, entry)))
        .map(|(at, entry)| {
            let mark = browser.listing.id(at).and_then(|id| marks.get(id));
            let is_ranged = range.as_ref().is_some_and(|rows| rows.contains(&at));
            let is_protected = !state.caution.protected.is_empty()
                && (browser.directory.join(entry.name()))
                    .is_ok_and(|path| state.caution.protects(&path));
            let is_covered = covering.is_some();
            let (mut sign, mut style, mut note) =
                flag(entry, mark, is_ranged, is_covered, is_protected);
            if let Some(job) = state.yanks.cut(&browser.directory, entry.name()) {
                (sign, style) = (if sign == " " { "c" } else { sign }, theme::DIM);
                note = job.map_or_else(
                    || tr!("cut").to_owned(),
                    |job| tr!("moving: job {job}", job),
                );
            }
            if note.is_empty() && entry.is_directory() {
                note = content(state, entry);
            }
            let line = columns(state, entry, sign, style, &note, cells);
            row(at == browser.cursor.row, line)
        })
        .collect();
    if lines.is_empty() {
        lines.push(empty(state));
    }
    boxed(frame, area, &titles, lines);
}

/// What is marked inside a folder, and how many files are there if that was counted.
fn content(state: &State, entry: EntryRef<'_>) -> String {
    let Ok(folder) = state.browser.directory.join(entry.name()) else {
        return String::new();
    };
    let mut parts = Vec::new();
    if let Some(measured) = state.sizes.get(&folder)
        && measured.progress == Progress::Done
    {
        let files = usize::try_from(measured.below.files).unwrap_or(usize::MAX);
        parts.push(counted(files, "file"));
    }
    let marked = state.marks.below(&folder);
    if marked > 0 {
        parts.push(tr!("{marked} marked inside", marked = count(marked)));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!("({})", parts.join(tr!(", ")))
}

/// The sign of a row, its style, and a note behind the name.
pub(super) fn flag(
    entry: EntryRef<'_>,
    mark: Option<Mark<'_>>,
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
    match mark.map(|mark| mark.fate) {
        Some(Fate::Handed(job)) => ("-", theme::LEAVING, tr!("leaving: job {job}", job)),
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
                tr!("failed: {reason}", reason = printable(&reason)),
            )
        }
        Some(_) if is_protected => ("!", theme::PROTECTED, tr!("marked, but protected").into()),
        None if is_protected => ("!", theme::PROTECTED, tr!("protected").into()),
        Some(Fate::Chosen) if !entry.can_delete() => (
            "!",
            theme::PROTECTED,
            tr!("marked, but no right to delete").into(),
        ),
        Some(Fate::Chosen) => ("+", theme::MARKED, String::new()),
        None if !entry.can_delete() => ("!", theme::PROTECTED, tr!("no right to delete").into()),
        None if is_covered => (" ", theme::DIM, tr!("goes with its folder").into()),
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
    let columns = fitting(&state.show, cells);
    let fixed: usize = columns.iter().map(|column| state.show.width(*column)).sum();
    let room = cells.saturating_sub(fixed + 3);
    let slash = match entry.kind() {
        Kind::Directory => "/",
        Kind::Symlink => "@",
        Kind::File | Kind::Other => "",
    };
    let hits = hits::of(state, entry);
    // The name gives way to the note, but never below half of the room.
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("  {note}")
    };
    let for_name = room.saturating_sub(width(&note)).max(room / 2);
    let name = hits::name(entry.name(), slash, &hits, for_name, style);
    let used: usize = name.iter().map(Span::width).sum();
    let note = cut(&note, room.saturating_sub(used)).into_owned();
    let gap = room.saturating_sub(used + width(&note));
    let mut spans = vec![Span::styled(sign, style), Span::raw(" ")];
    spans.extend(name);
    spans.extend([Span::styled(note, theme::DIM), Span::raw(" ".repeat(gap))]);
    spans.extend(columns.into_iter().map(|column| cell(state, entry, column)));
    spans
}

/// The columns that leave the names enough room, the most useful ones first.
fn fitting(show: &Show, cells: usize) -> Vec<Column> {
    const USEFUL: [Column; 6] = [
        Column::Size,
        Column::Modified,
        Column::Created,
        Column::Owner,
        Column::Type,
        Column::Labels,
    ];
    let mut left = cells.saturating_sub(3);
    let mut fits = Vec::new();
    for column in USEFUL {
        let rest = left.saturating_sub(show.width(column));
        if show.columns.contains(&column) && rest >= NAME {
            left = rest;
            fits.push(column);
        }
    }
    let columns = show.columns.iter().copied();
    columns.filter(|column| fits.contains(column)).collect()
}

/// What stands in a column.
fn cell(state: &State, entry: EntryRef<'_>, column: Column) -> Span<'static> {
    let show = &state.show;
    let cells = show.width(column);
    let said = |text: &str| Span::styled(format!("  {}", fit(text, cells - 2)), theme::DIM);
    let time = |time: Option<Timestamp>| {
        time.map_or_else(String::new, |time| show.time(time, state.now, &state.zone))
    };
    match column {
        Column::Size => {
            let size = match entry.size() {
                Some(size) => show.bytes(size),
                None => folder_size(state, entry),
            };
            Span::raw(fit_right(&size, cells))
        }
        Column::Modified => said(&time(entry.modified())),
        Column::Created => said(&time(entry.created())),
        Column::Owner => said(&printable(entry.owner().unwrap_or_default())),
        Column::Labels => said(&printable(&entry.labels().join(","))),
        Column::Type => said(kind_word(entry.name(), entry.kind())),
    }
}

/// How much lies in a folder, as far as it was counted.
fn folder_size(state: &State, entry: EntryRef<'_>) -> String {
    let folder = state.browser.directory.join(entry.name());
    let Some(measured) = folder.ok().and_then(|folder| state.sizes.get(&folder)) else {
        return String::new();
    };
    let size = state.show.bytes(measured.below.bytes);
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
        return tr!("loading anew, {loaded}", loaded = count(fresh));
    }
    match (browser.is_loading(), browser.listing.is_complete()) {
        (true, _) if loaded == 0 => tr!("loading").into(),
        (true, _) if total > loaded => tr!(
            "{part} of {all} loaded",
            part = count(loaded),
            all = count(total)
        ),
        (true, _) => tr!("{loaded} loaded", loaded = count(loaded)),
        (false, true) => String::new(),
        (false, false) if browser.failure.is_some() => {
            tr!("only {loaded} loaded", loaded = count(loaded))
        }
        (false, false) => tr!("stopped at {looked}", looked = count(loaded)),
    }
}

fn below(state: &State) -> String {
    let listing = &state.browser.listing;
    let mut filter = tr!("filter: none").to_owned();
    if let Some(set) = listing.filter() {
        let (rows, all) = (count(listing.rows()), count(listing.loaded()));
        let hidden = listing.loaded() - listing.rows();
        if set.is_typed() {
            let so_far = if listing.is_working() { "..." } else { &rows };
            let text = printable(set.text());
            let fuzzy = fuzzy(set.rule().is_fuzzy());
            filter = tr!(
                "filter{fuzzy}: {text} ({part} of {all})",
                fuzzy,
                text,
                part = so_far,
                all
            );
        }
        if !set.is_typed() && hidden > 0 {
            let files = counted(hidden, "dot file");
            filter = tr!("{files} hidden (. shows)", files);
        } else if set.is_typed() && set.hides_dot_files() {
            filter = tr!("{filter}, no dot files", filter);
        }
    }
    let remark = state.show.remark();
    let remark = if remark.is_empty() {
        remark
    } else {
        format!("   {remark}")
    };
    let order = order(listing.order());
    let sorted = if listing.is_complete() {
        tr!("sort: {order}", order)
    } else {
        let loaded = count(listing.loaded());
        tr!("sort: {order} among {loaded} loaded", order, loaded)
    };
    format!("{filter}   {sorted}{remark}")
}

/// What words of a rule are, where they are not plain.
pub(super) fn fuzzy(is_fuzzy: bool) -> &'static str {
    if is_fuzzy { tr!(", fuzzy") } else { "" }
}

pub(super) fn order(order: Order) -> &'static str {
    match (order.key, order.reversed) {
        (SortKey::Name, false) => tr!("name"),
        (SortKey::Name, true) => tr!("name, reversed"),
        (SortKey::Size, false) => tr!("size, small first"),
        (SortKey::Size, true) => tr!("size, large first"),
        (SortKey::Modified, false) => tr!("modified, old first"),
        (SortKey::Modified, true) => tr!("modified, new first"),
        (SortKey::Created, false) => tr!("created, old first"),
        (SortKey::Created, true) => tr!("created, new first"),
        (SortKey::Extension, false) => tr!("extension"),
        (SortKey::Extension, true) => tr!("extension, reversed"),
    }
}

fn empty(state: &State) -> Line<'static> {
    let browser = &state.browser;
    let text = match &browser.failure {
        Some(failure) => format!("  {failure}"),
        None if browser.is_loading() => tr!("  Loading ...").to_owned(),
        None if browser.listing.loaded() > 0 && browser.filter().is_none() => {
            tr!("  There are only dot files here, and they are hidden: . shows them.").to_owned()
        }
        None if browser.listing.loaded() > 0 => {
            tr!("  No name matches the filter. Esc drops it.").to_owned()
        }
        None => tr!("  This folder is empty.").to_owned(),
    };
    Line::styled(text, theme::DIM)
}
