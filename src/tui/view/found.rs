//! What a walk below a folder has found: entries with their paths, groups of copies, bars.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::browser::{flag, order};
use super::{NARROW, Titles, boxed, hits, inside, row, theme};
use crate::domain::duplicates::{Group, Reach};
use crate::domain::entries::EntryRef;
use crate::domain::format::{
    bytes, count, counted, cut, cut_middle, day, fit, fit_right, printable, width,
};
use crate::domain::path::RemotePath;
use crate::domain::weights::Bar;
use crate::texts::{heard, tr};
use crate::tui::state::State;
use crate::tui::state::found::{Catch, Found, Row};
use crate::tui::state::search::Seeker;

/// Cells of a size and of a time, with the gap before them.
const SIZE: usize = 11;
const TIME: usize = 13;

/// Draws the list.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(found) = &state.found else { return };
    let right = progress(found);
    let cells = usize::from(inside(area).width);
    let title = cut(&title(found), cells.saturating_sub(width(&right) + 4)).into_owned();
    let below = cut(&below(found), cells.saturating_sub(2)).into_owned();
    let titles = Titles::new(title, right, below);
    let height = usize::from(inside(area).height);
    let first = found.cursor.offset;
    let range = found.range_rows();
    let mut lines: Vec<Line<'_>> = (first..first + height)
        .map_while(|at| found.row(at).map(|row| (at, row)))
        .map(|(at, content)| {
            let spans = match content {
                Row::Entry(directory, entry) => {
                    let is_ranged = range.as_ref().is_some_and(|rows| rows.contains(&at));
                    entry_row(state, directory, entry, is_ranged, cells)
                }
                Row::Group(group) => group_row(state, found, group),
                Row::Bar(bar) => bar_row(found, bar, cells),
            };
            row(at == found.cursor.row, spans)
        })
        .collect();
    if lines.is_empty() {
        let text = if found.awaited.is_some() {
            tr!("  Looking ... Ctrl-s stops and keeps what came.")
        } else {
            tr!("  Nothing of that kind was found.")
        };
        lines.push(Line::styled(text, theme::DIM));
    }
    boxed(frame, area, &titles, lines);
}

fn title(found: &Found) -> String {
    match &found.catch {
        Catch::Biggest(biggest, list) => tr!(
            "Biggest files {rows} of {files}",
            rows = count(list.rows()),
            files = count(biggest.files())
        ),
        Catch::EmptyFolders(_, list) => tr!("Empty folders {rows}", rows = count(list.rows())),
        Catch::Duplicates(twins) => {
            let gain = twins.duplicates.gain();
            if found.awaited.is_some() {
                return tr!("Duplicates").to_owned();
            }
            tr!(
                "Duplicates  {groups}, {files}, {size} could go",
                groups = counted(gain.groups, "group"),
                files = counted(gain.files, "file"),
                size = bytes(gain.bytes)
            )
        }
        Catch::Search(hunt) => {
            let more = if hunt.has_more() || found.is_partial {
                "+"
            } else {
                ""
            };
            let text = printable(hunt.rule.text());
            let rows = count(hunt.list.rows());
            tr!("Search  {text}  {rows}{more} found", text, rows, more)
        }
        Catch::Weights { weights, shown, .. } => {
            let weight = weights.below(shown);
            format!("{}  {}", printable(&shown.to_string()), bytes(weight.bytes))
        }
    }
}

/// How far the walk is, while it goes on or if it was stopped.
fn progress(found: &Found) -> String {
    if let Catch::Duplicates(twins) = &found.catch
        && let (left @ 1.., all) = twins.sums
        && found.awaited.is_some()
    {
        let known = all.saturating_sub(left);
        return tr!(
            "{part} of {all} checksums",
            part = count(known),
            all = count(all)
        );
    }
    let looked = count(found.looked);
    if let Catch::Search(hunt) = &found.catch
        && hunt.seeker != Seeker::Walk
    {
        return match (found.awaited.is_some(), hunt.has_more()) {
            _ if found.is_partial => tr!("stopped").to_owned(),
            (true, _) => tr!("searching").to_owned(),
            (false, true) => tr!("more on scroll").to_owned(),
            (false, false) => String::new(),
        };
    }
    match (found.awaited.is_some(), found.is_partial) {
        (true, _) => tr!("{looked} looked at", looked),
        (false, true) => tr!("stopped at {looked}", looked),
        (false, false) => String::new(),
    }
}

fn below(found: &Found) -> String {
    let path = printable(&found.root.to_string()).into_owned();
    let mut text = if found.bars.is_some() {
        tr!("in {path}", path)
    } else {
        tr!("below {path}", path)
    };
    if let Catch::Search(hunt) = &found.catch {
        if hunt.seeker == Seeker::Walk {
            text = format!("{text}   {}", tr!("no search here: folder by folder"));
        }
        let order = if hunt.list.is_as_found {
            tr!("as found")
        } else {
            order(hunt.list.order)
        };
        text = format!("{text}   {}", tr!("sort: {order}", order));
    }
    if let Catch::Duplicates(twins) = &found.catch {
        let reach = match twins.duplicates.reach() {
            Reach::Anywhere => tr!("anywhere"),
            Reach::SameFolder => tr!("within a folder"),
            Reach::OtherFolders => tr!("across folders"),
        };
        text = format!("{text}   {reach}");
        if let Some(keep) = &twins.keep {
            let rule = keep.text();
            let rule = heard(&rule);
            let rule = rule
                .split_once([' ', '：'])
                .map_or(&*rule, |(_, rule)| rule);
            text = format!("{text}   {}", printable(rule));
        }
        if twins.without > 0 {
            let without = tr!("{files} without checksum", files = count(twins.without));
            text = format!("{text}   {without}");
        }
    }
    text
}

fn entry_row<'a>(
    state: &State,
    directory: &RemotePath,
    entry: EntryRef<'_>,
    is_ranged: bool,
    cells: usize,
) -> Vec<Span<'a>> {
    let mark = state.marks.get(directory, entry.name());
    let is_covered = state.marks.covering(directory).is_some();
    let is_protected =
        (directory.join(entry.name())).is_ok_and(|path| state.caution.protects(&path));
    let (sign, style, note) = flag(entry, mark, is_ranged, is_covered, is_protected);
    let has_time = cells >= 70;
    let fixed = 3 + SIZE + if has_time { TIME } else { 0 };
    let room = cells.saturating_sub(fixed);
    let slash = if entry.is_directory() { "/" } else { "" };
    let hits = match state.found.as_ref().map(|found| &found.catch) {
        Some(Catch::Search(hunt)) => hunt.rule.hits(entry.name()),
        _ => Vec::new(),
    };
    let for_name = if cells < NARROW { room } else { room / 2 };
    let name = hits::name(entry.name(), slash, &hits, for_name, style);
    let used: usize = name.iter().map(Span::width).sum();
    let place = if note.is_empty() {
        printable(&directory.to_string()).into_owned()
    } else {
        note
    };
    let gap = room.saturating_sub(used + 2);
    let place = format!("  {}", fit(&cut_middle(&place, gap), gap));
    let size = entry.size().map_or_else(String::new, bytes);
    let mut spans = vec![Span::styled(sign, style), Span::raw(" ")];
    spans.extend(name);
    spans.extend([
        Span::styled(fit(&place, room.saturating_sub(used)), theme::DIM),
        Span::raw(fit_right(&size, SIZE)),
    ]);
    if has_time {
        let time = entry.modified();
        let time = time.map_or_else(String::new, |time| day(time, state.now, &state.zone));
        spans.push(Span::styled(
            format!("  {}", fit(&time, TIME - 2)),
            theme::DIM,
        ));
    }
    spans
}

fn group_row<'a>(state: &State, found: &Found, group: &Group) -> Vec<Span<'a>> {
    let copies = count(group.copies.len());
    let (size, gain) = (bytes(group.size), bytes(group.gain()));
    let text = tr!(
        "{copies} copies of {size}, {gain} could go",
        copies,
        size,
        gain
    );
    let mut spans = vec![Span::styled(text, theme::TITLE)];
    if let Catch::Duplicates(twins) = &found.catch
        && twins.duplicates.is_lost(group, &state.marks)
    {
        spans.push(Span::styled(tr!("  none would stay"), theme::FAILED));
    }
    spans
}

/// A name, a bar as long as its part of the whole, the part in percent, files, bytes.
fn bar_row<'a>(found: &Found, bar: &Bar, cells: usize) -> Vec<Span<'a>> {
    let whole = match &found.catch {
        Catch::Weights { weights, shown, .. } => weights.below(shown).bytes,
        _ => 0,
    };
    let thousandth = |of: usize| {
        let part = u128::from(bar.weight.bytes) * of as u128;
        usize::try_from(part / u128::from(whole.max(1))).unwrap_or(of)
    };
    let percent = format!("{}%", thousandth(100));
    let files = if cells >= 70 {
        format!("  {}", fit_right(&counted(bar.weight.files, "file"), 14))
    } else {
        String::new()
    };
    let numbers = format!(
        "{}{files}{}",
        fit_right(&percent, 6),
        fit_right(&bytes(bar.weight.bytes), SIZE)
    );
    let room = cells.saturating_sub(width(&numbers) + 3);
    let for_name = room / 2;
    let name = match &bar.name {
        Some(name) => format!("{}/", printable(name)),
        None => tr!("(files here)").to_owned(),
    };
    let length = room - for_name;
    let filled = thousandth(length).max(usize::from(bar.weight.bytes > 0));
    let style = if bar.name.is_some() {
        theme::DIRECTORY
    } else {
        theme::DIM
    };
    vec![
        Span::styled(fit(&cut_middle(&name, for_name), for_name), style),
        Span::raw(" "),
        Span::styled(fit(&"#".repeat(filled), length), theme::KEY),
        Span::raw(numbers),
    ]
}
