//! The plan screen: folders and items above; what stays, the dry run and what made the marks below.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{NARROW, Titles, framed, row, theme};
use crate::domain::duplicates;
use crate::domain::entry::Kind;
use crate::domain::format::{
    bytes, clock, count, counted, cut_middle, fit, fit_right, printable, width,
};
use crate::domain::job::JobKind;
use crate::domain::marks::Origin;
use crate::texts::tr;
use crate::tui::state::plan::copies::Remark;
use crate::tui::state::plan::{Draft, DryRun, Look, Row, Stay, Sum};

use crate::tui::state::{Recycling, State};

/// The most rules that are named; one more line counts the rest.
const RULES: usize = 4;
/// Cells of the columns beside the first and the last.
const NUMBERS: usize = 8 + 11;

/// Draws the plan.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(draft) = &state.plan else {
        return;
    };
    let what = if draft.kind == JobKind::DeleteForever {
        tr!("Plan: delete FOR EVER")
    } else {
        tr!("Plan: recycle")
    };
    let room = usize::from(area.width).saturating_sub(width(what) + 7);
    let titles = Titles::new(what.into(), heading(state, draft, room), below(draft));
    let inside = framed(frame, area, &titles);
    let cells = usize::from(inside.width);
    let foot = foot(state, draft, cells, usize::from(inside.height) / 2);
    let height = usize::from(inside.height).saturating_sub(foot.len());
    let cursor = draft.cursor;
    // Fewer rows are visible here than in a list: the sums stand below them.
    let first = (cursor.row + 1)
        .saturating_sub(height)
        .max(cursor.offset.min(cursor.row));
    let mut lines: Vec<Line<'_>> = Vec::new();
    let rows = draft.rows.iter().enumerate().skip(first).take(height);
    lines.extend(rows.map(|(at, line)| {
        let (text, style) = match line {
            Row::Folder(folder) => folder_row(draft, *folder, cells),
            Row::Item(item) => item_row(draft, *item, cells),
        };
        row(at == cursor.row, vec![Span::styled(text, style)])
    }));
    if draft.rows.is_empty() {
        lines.push(Line::styled(
            tr!("  No item matches the filter."),
            theme::DIM,
        ));
    }
    lines.resize(height.max(lines.len()), Line::default());
    lines.extend(foot);
    frame.render_widget(Paragraph::new(lines), inside);
}

/// How much would be sent; what matters less is left out where there is no room for it.
fn heading(state: &State, draft: &Draft, room: usize) -> String {
    let requests = draft.sent.items.div_ceil(state.caution.batch.max(1));
    let requests = tr!(
        "{requests} of at most {batch}",
        requests = counted(requests, "request"),
        batch = count(state.caution.batch)
    );
    let over = state.caution.over(draft.sent.items, draft.sent.bytes);
    let mut heading = counted(draft.sent.items, "item");
    for part in [over.unwrap_or_default(), size(draft.sent), requests] {
        if !part.is_empty() && width(&heading) + 3 + width(&part) <= room {
            heading = format!("{heading}   {part}");
        }
    }
    heading
}

fn below(draft: &Draft) -> String {
    match &draft.filter {
        Some(filter) => tr!(
            "filter: {text}   what it hides is sent all the same",
            text = printable(filter.text())
        ),
        None => tr!("nothing has been sent").into(),
    }
}

/// Bytes; `~` where folders come on top of them.
fn size(sum: Sum) -> String {
    match (sum.folders, sum.bytes) {
        (0, known) => bytes(known),
        (_, 0) => String::new(),
        (_, known) => format!("~{}", bytes(known)),
    }
}

fn columns(place: &str, items: &str, size: &str, remark: &str, cells: usize) -> String {
    if cells < NARROW {
        let room = cells.saturating_sub(1 + 11);
        let place = cut_middle(place, room).into_owned();
        return format!("{}{}", fit(&place, room), fit_right(size, 11));
    }
    let for_remark = if cells >= 90 { 40 } else { cells / 4 };
    let room = cells.saturating_sub(1 + NUMBERS + for_remark);
    let place = cut_middle(place, room).into_owned();
    format!(
        "{}{}{}{}",
        fit(&place, room),
        fit_right(items, 8),
        fit_right(size, 11),
        fit(remark, for_remark)
    )
}

fn folder_row(draft: &Draft, at: usize, cells: usize) -> (String, Style) {
    let folder = &draft.folders[at];
    let fold = if folder.is_unfolded { "[-]" } else { "[+]" };
    let place = format!("{fold} {}", printable(&folder.directory.to_string()));
    let mut remark = match folder.staying {
        0 => String::new(),
        staying => format!("   {}", tr!("{items} left out", items = count(staying))),
    };
    let last = draft.last_in(at);
    if last > 0 {
        let _ = write!(
            remark,
            "   {}",
            tr!("{files} LAST COPY", files = count(last))
        );
    }
    let text = columns(
        &place,
        &count(folder.sent.items),
        &size(folder.sent),
        &remark,
        cells,
    );
    (text, theme::DIRECTORY)
}

fn item_row(draft: &Draft, at: usize, cells: usize) -> (String, Style) {
    let item = &draft.items[at];
    let target = item.wanted();
    let stay = item.stay();
    let copies = draft.copies.remark(at).filter(|_| stay.is_none());
    let (sign, style) = match stay {
        None if matches!(copies, Some(Remark::Last(_))) => ("+", theme::DANGER),
        None => ("+", Style::new()),
        Some(Stay::NoRight | Stay::Protected) => ("!", theme::PROTECTED),
        Some(Stay::Hand) => ("-", theme::DIM),
        Some(Stay::Changed | Stay::Gone) => ("-", theme::LEAVING),
    };
    let slash = if target.kind == Kind::Directory {
        "/"
    } else {
        ""
    };
    let place = format!("  {sign} {}{slash}", printable(target.path.name()));
    let remark = match (stay, &item.look) {
        (Some(Stay::NoRight), _) => tr!("no right to delete").to_owned(),
        (Some(Stay::Protected), _) => tr!("protected by the settings").to_owned(),
        (Some(Stay::Hand), _) => tr!("left out by you").to_owned(),
        (_, Look::Gone) => tr!("gone").to_owned(),
        (_, Look::Changed(now)) if now.size != item.target.size => {
            let before = item.target.size.map_or_else(String::new, bytes);
            tr!("changed: was {before}", before)
        }
        (_, Look::Changed(_)) => tr!("changed").to_owned(),
        (_, Look::Unclear(failure)) => printable(&failure.to_string()).into_owned(),
        _ if copies.is_some() => {
            copies.map_or_else(String::new, |copies| told(copies, target.kind))
        }
        (_, Look::Still | Look::NotAsked | Look::Denied) if target.kind == Kind::Directory => {
            match item.inside {
                0 => tr!("with everything inside").to_owned(),
                inside => tr!("with all inside, {marked} marked", marked = count(inside)),
            }
        }
        (_, Look::Still) => tr!("still there").to_owned(),
        (_, Look::NotAsked | Look::Denied) => String::new(),
    };
    let size = target.size.map_or_else(String::new, bytes);
    let text = columns(&place, "", &size, &format!("   {remark}"), cells);
    (text, style)
}

/// What is known of the copies of an item.
fn told(copies: Remark, kind: Kind) -> String {
    match (copies, kind) {
        (Remark::Last(last), Kind::Directory) => {
            tr!("LAST COPY of {files} inside", files = count(last))
        }
        (Remark::Last(_), _) => tr!("LAST COPY").to_owned(),
        (Remark::Others(1), _) => tr!("1 other copy stays").to_owned(),
        (Remark::Others(others), _) => tr!("{copies} other copies stay", copies = count(others)),
    }
}

/// What stands below the rows, at most so many lines; what matters most stands first.
fn foot(state: &State, draft: &Draft, cells: usize, most: usize) -> Vec<Line<'static>> {
    let mut lines = left_out(draft);
    lines.extend(last_copies(draft));
    lines.extend(dry_run(state, draft));
    lines.extend(after(state, draft));
    if lines.len() + 3 <= most {
        lines.extend(marked_by(draft));
    }
    lines.truncate(most.saturating_sub(1));
    if !lines.is_empty() {
        lines.insert(0, (String::new(), Style::new()));
    }
    lines
        .into_iter()
        .map(|(text, style)| Line::styled(fit(&text, cells), style))
        .collect()
}

fn fact(sign: &str, what: &str, items: usize, size: &str, remark: &str) -> String {
    format!(
        " {sign} {}{}{}   {remark}",
        fit(what, 24),
        fit_right(&count(items), 8),
        fit_right(size, 11)
    )
}

fn left_out(draft: &Draft) -> Vec<(String, Style)> {
    let mut lines = Vec::new();
    if draft.along > 0 {
        let text = fact(
            ".",
            tr!("inside marked folders"),
            draft.along,
            "",
            tr!("they go along"),
        );
        lines.push((text, theme::DIM));
    }
    let mut staying = draft.staying.clone();
    staying.entry(Stay::NoRight).or_default().items += draft.nameless;
    let staying = staying.into_iter().filter(|(_, sum)| sum.items > 0);
    lines.extend(staying.map(|(stay, sum)| {
        let (sign, what, remark, style) = match stay {
            Stay::NoRight => ("!", tr!("no right to delete"), "", theme::PROTECTED),
            Stay::Protected => (
                "!",
                tr!("protected"),
                tr!("by the settings"),
                theme::PROTECTED,
            ),
            Stay::Hand => (
                "-",
                tr!("left out by you"),
                tr!("Space puts back"),
                theme::DIM,
            ),
            Stay::Changed => (
                "-",
                tr!("changed since marked"),
                tr!("Space sends it"),
                theme::LEAVING,
            ),
            Stay::Gone => ("-", tr!("gone"), tr!("nothing to do"), theme::DIM),
        };
        (fact(sign, what, sum.items, &size(sum), remark), style)
    }));
    if draft.stay_inside > 0 {
        let what = tr!("inside folders left out");
        let text = fact("-", what, draft.stay_inside, "", tr!("they stay too"));
        lines.push((text, theme::DIM));
    }
    if !lines.is_empty() {
        let head = tr!(" Left out, or not sent by itself").to_owned();
        lines.insert(0, (head, theme::TITLE));
    }
    lines
}

fn dry_run(state: &State, draft: &Draft) -> Vec<(String, Style)> {
    let found = draft.found;
    let told: Vec<String> = [
        (
            found.still,
            tr!("{items} still there", items = count(found.still)),
        ),
        (found.gone, tr!("{items} gone", items = count(found.gone))),
        (
            found.changed,
            tr!("{items} changed", items = count(found.changed)),
        ),
        (
            found.denied,
            tr!("{items} without right", items = count(found.denied)),
        ),
        (
            found.unclear,
            tr!("{items} not told", items = count(found.unclear)),
        ),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(_, told)| told)
    .collect();
    let told = told.join("   ");
    let (text, style) = match &draft.dry_run {
        DryRun::Never if told.is_empty() => return Vec::new(),
        DryRun::Never => (format!("{}{told}", tr!(" Dry run (t)  ")), Style::new()),
        DryRun::Running { of, asked, .. } => (
            tr!(
                " Dry run  {part} of {all} asked   {told}   t stops",
                part = count(*asked),
                all = count(*of),
                told
            ),
            Style::new(),
        ),
        DryRun::Over { at, broken_off } => {
            let at = clock(*at, &state.zone);
            let broken = broken_off.as_ref().map_or_else(String::new, |why| {
                format!(
                    "   {}",
                    tr!("broken off: {reason}", reason = printable(why))
                )
            });
            let style = if broken_off.is_some() {
                theme::FAILED
            } else {
                Style::new()
            };
            (
                format!("{}{at}  {told}{broken}", tr!(" Dry run (t)  ")),
                style,
            )
        }
    };
    vec![(text, style)]
}

fn last_copies(draft: &Draft) -> Option<(String, Style)> {
    let (last, known) = (draft.copies.last, draft.copies.known);
    if last == 0 {
        return None;
    }
    let text = tr!(
        " Look out     the LAST COPY of {files} would go   among {known} known files",
        files = counted(last, "file"),
        known = count(known)
    );
    Some((text, theme::DANGER))
}

/// What the space would use afterwards; what lies inside folders comes off as well.
fn after(state: &State, draft: &Draft) -> Option<(String, Style)> {
    let used = state.link.usage.used.filter(|_| draft.sent.bytes > 0)?;
    let mut left = bytes(used.saturating_sub(draft.sent.bytes));
    if draft.sent.folders > 0 {
        left = tr!("less than {size}", size = left);
    }
    let used = bytes(used);
    let is_final = draft.kind == JobKind::DeleteForever || state.recycling == Recycling::Off;
    let text = if is_final {
        tr!(" After it     {used} used now, {left} then", used, left)
    } else {
        tr!(
            " After it     {used} used now, {left} once the bin is emptied too",
            used,
            left
        )
    };
    Some((text, Style::new()))
}

fn marked_by(draft: &Draft) -> Vec<(String, Style)> {
    let plain = Style::new();
    let mut lines = vec![(tr!(" Marked by").to_owned(), theme::TITLE)];
    let sent: Vec<_> = draft
        .origins
        .iter()
        .filter(|(_, sum)| sum.items > 0)
        .collect();
    for (origin, sum) in sent.iter().take(RULES) {
        let what = match origin {
            Origin::Hand => tr!("by hand").to_owned(),
            Origin::Rule(text) => tr!("rule  {text}", text = printable(&duplicates::told(text))),
        };
        let items = fit_right(&count(sum.items), 8);
        let size = fit_right(&size(*sum), 11);
        let what = cut_middle(&what, 48).into_owned();
        lines.push((format!("   {}{items}{size}", fit(&what, 48)), plain));
    }
    if sent.len() > RULES {
        let more = count(sent.len() - RULES);
        lines.push((tr!("   and {more} more rules", more), theme::DIM));
    }
    lines
}
