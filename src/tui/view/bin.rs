//! The recycle bin, in groups or as one list.

mod details;

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{NARROW, Titles, boxed, inside, row, theme};
use crate::domain::bin::RecycledEntry;
use crate::domain::entry::Kind;
use crate::domain::format::{
    bytes, count, counted, cut, cut_middle, day, fit, fit_right, printable,
};
use crate::texts::tr;
use crate::tui::state::bin::groups::{Group, GroupKey, Key};
use crate::tui::state::bin::{Bin, Row, SOON, leaves_soon};
use crate::tui::state::{Recycling, State};

use details::facts;

/// Draws the bin.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let bin = &state.bin;
    let titles = Titles::new(title(bin), loaded(bin), sums(bin));
    let cells = usize::from(inside(area).width);
    let height = usize::from(inside(area).height);
    let foot = facts(state, cells, bin.foot(height));
    let room = height.saturating_sub(foot.len()).max(1);
    let first = bin.cursor.offset;
    let range = bin.range_rows();
    let mut lines: Vec<Line<'_>> = (first..bin.rows().min(first + room))
        .filter_map(|at| {
            let is_ranged = range.as_ref().is_some_and(|rows| rows.contains(&at));
            let spans = match bin.row(at)? {
                Row::Group(group) => head(state, &bin.groups.all()[group], is_ranged, cells),
                Row::Item(index) => item(state, &bin.items[index], is_ranged, cells),
            };
            Some(row(at == bin.cursor.row, spans))
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled(why_empty(state), theme::DIM));
    }
    lines.resize(room.max(lines.len()), Line::default());
    lines.extend(foot);
    boxed(frame, area, &titles, lines);
}

fn title(bin: &Bin) -> String {
    let grouped = if bin.groups.is_flat {
        tr!("flat")
    } else {
        tr!("grouped by job")
    };
    format!("{}  {grouped}", tr!("Recycle bin"))
}

fn loaded(bin: &Bin) -> String {
    let items = counted(bin.items.len(), "item");
    let number = match (bin.is_loading(), &bin.filter) {
        (true, _) => tr!(
            "{part} of {all} loaded",
            part = count(bin.items.len()),
            all = count(bin.total())
        ),
        (false, Some(_)) => tr!(
            "{part} of {all}",
            part = count(bin.groups.len()),
            all = items
        ),
        (false, None) => items,
    };
    match bin.sums.bytes {
        0 => number,
        known => format!("{number}  {}", bytes(known)),
    }
}

fn sums(bin: &Bin) -> String {
    let order = bin.groups.order;
    let sorted = match (order.key, order.reversed) {
        (Key::Name, false) => tr!("name"),
        (Key::Name, true) => tr!("name, reversed"),
        (Key::Size, false) => tr!("size, small first"),
        (Key::Size, true) => tr!("size, large first"),
        (Key::Removed, false) => tr!("removed, old first"),
        (Key::Removed, true) => tr!("removed, new first"),
        (Key::Expires, _) => tr!("what leaves soon first"),
    };
    let mut parts = Vec::new();
    if !bin.marks.is_empty() {
        let hidden = match bin.sums.hidden {
            0 => String::new(),
            hidden => tr!(", {hidden} hidden", hidden = count(hidden)),
        };
        let marked = tr!("marked {marked}", marked = count(bin.marks.len()));
        parts.push(format!(
            "{marked}  {}{hidden}",
            bytes(bin.sums.marked_bytes)
        ));
    }
    if let Some((text, _)) = &bin.filter {
        parts.push(tr!("filter: {text}", text = printable(text)));
    }
    if bin.sums.leave_soon > 0 {
        let soon = count(bin.sums.leave_soon);
        parts.push(tr!(
            "! {soon} leave in under {days} days (,x)",
            soon,
            days = SOON
        ));
    }
    parts.push(tr!("sort: {order}", order = sorted));
    parts.join("   ")
}

fn why_empty(state: &State) -> String {
    let bin = &state.bin;
    match (&bin.failure, state.recycling) {
        (Some(_), Recycling::Off) => {
            tr!("  This library has no recycle bin: every delete is final.").to_owned()
        }
        (Some(failure), _) => format!("  {failure}"),
        (None, _) if bin.is_loading() => tr!("  Loading ...").to_owned(),
        (None, _) if !bin.items.is_empty() => tr!("  The filter hides all items.").to_owned(),
        (None, _) => format!("  {}", tr!("The bin is empty.")),
    }
}

/// The cells of a row: its sign, its name, where it was, its size, when it was removed, and when it
/// leaves.
struct Columns {
    sign: &'static str,
    style: Style,
    name: String,
    place: String,
    size: String,
    removed: String,
    days_left: Option<u32>,
    /// How a name is cut that is too long.
    cut: fn(&str, usize) -> Cow<'_, str>,
}

impl Columns {
    fn spans(self, cells: usize) -> Vec<Span<'static>> {
        let has_expiry = cells >= 80;
        // On a narrow terminal the names, which are what tells items apart.
        let has_removed = cells >= NARROW;
        let mut fixed = 3 + 10;
        for (has_it, width) in [(has_removed, 13), (has_expiry, 8)] {
            fixed += if has_it { width } else { 0 };
        }
        let room = cells.saturating_sub(fixed);
        let for_name = if has_removed { room * 3 / 5 } else { room };
        let name = (self.cut)(&self.name, for_name.saturating_sub(1));
        let place = cut_middle(&self.place, (room - for_name).saturating_sub(1));
        let is_soon = leaves_soon(self.days_left);
        let mut spans = vec![
            Span::styled(self.sign, self.style),
            Span::styled(if is_soon { "!" } else { " " }, theme::FAILED),
            Span::styled(fit(&name, for_name), self.style),
            Span::styled(fit(&place, room - for_name), theme::DIM),
            Span::raw(fit_right(&self.size, 10)),
        ];
        if has_removed {
            let removed = format!("  {}", fit(&self.removed, 11));
            spans.push(Span::styled(removed, theme::DIM));
        }
        if has_expiry {
            let days = self
                .days_left
                .map_or_else(String::new, |days| tr!("{days} d", days));
            let style = if is_soon { theme::FAILED } else { theme::DIM };
            spans.push(Span::styled(fit_right(&days, 8), style));
        }
        spans
    }
}

fn sign(is_ranged: bool, is_leaving: bool, is_marked: bool) -> (&'static str, Style) {
    match (is_ranged, is_leaving, is_marked) {
        (true, ..) => (":", theme::MARKED),
        (false, true, _) => ("-", theme::LEAVING),
        (false, false, true) => ("+", theme::MARKED),
        (false, false, false) => (" ", Style::new()),
    }
}

fn head(state: &State, group: &Group, is_ranged: bool, cells: usize) -> Vec<Span<'static>> {
    let items = group.items.len();
    let is_whole = group.marked == items;
    let (sign, style) = sign(is_ranged && group.is_folded, false, is_whole);
    let style = if is_whole { style } else { theme::TITLE };
    let fold = if group.is_folded { "[+]" } else { "[-]" };
    let mut number = count(items);
    if group.marked > 0 && !is_whole {
        number = tr!("{part} of {all}", part = count(group.marked), all = number);
    }
    let columns = Columns {
        sign,
        style,
        name: format!("{fold} {}  ({number}){}", whose(&group.key), by(group)),
        place: place(&group.below.to_string(), group.is_in),
        size: bytes(group.bytes),
        removed: when(state, group.newest),
        days_left: group.days_left,
        cut,
    };
    columns.spans(cells)
}

/// What a group is called.
fn whose(key: &GroupKey) -> String {
    match key {
        GroupKey::Job(job) => tr!("job {job}", job),
        GroupKey::Other(_) | GroupKey::Flat => tr!("other").to_owned(),
    }
}

/// Who has removed a group, where that is known; jobs of the logs of this machine are one's own.
fn by(group: &Group) -> String {
    match (&group.key, &group.by) {
        (GroupKey::Job(_), _) => format!("  {}", tr!("by you")),
        (GroupKey::Other(_), Some(by)) => format!("  {}", tr!("by {who}", who = printable(by))),
        _ => String::new(),
    }
}

fn place(directory: &str, is_in: bool) -> String {
    let directory = printable(directory);
    match (is_in, directory.ends_with('/')) {
        (true, _) => directory.into_owned(),
        (false, true) => format!("{directory}..."),
        (false, false) => format!("{directory}/..."),
    }
}

fn item(state: &State, item: &RecycledEntry, is_ranged: bool, cells: usize) -> Vec<Span<'static>> {
    let bin = &state.bin;
    let is_leaving = bin.leaving.contains_key(&item.id);
    let (sign, style) = sign(is_ranged, is_leaving, bin.marks.contains(&item.id));
    let indent = if bin.groups.is_flat { "" } else { "  " };
    let slash = if item.kind == Kind::Directory {
        "/"
    } else {
        ""
    };
    let parent = item.path.parent();
    let columns = Columns {
        sign,
        style,
        name: format!("{indent}{}{slash}", printable(item.path.name())),
        place: parent.map_or_else(String::new, |parent| place(&parent.to_string(), true)),
        size: item.size.map_or_else(String::new, bytes),
        removed: when(state, item.removed),
        days_left: item.days_left,
        cut: cut_middle,
    };
    columns.spans(cells)
}

fn when(state: &State, time: Option<jiff::Timestamp>) -> String {
    time.map_or_else(String::new, |time| day(time, state.now, &state.zone))
}
