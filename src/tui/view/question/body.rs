//! What a question says: the sentences and items between its title and its buttons.

use std::fmt::Write as _;

use jiff::ToSpan;
use ratatui::style::Style;
use ratatui::text::Line;

use super::{acts, theme};
use crate::domain::conflict::Strategy;
use crate::domain::entry::Kind;
use crate::domain::format::{
    bytes, count, counted, cut_middle, duration, fit_right, printable, wrap,
};
use crate::domain::job::{CutOff, Items, JobId, JobKind, JobSpec, Recycled, Speed};
use crate::domain::plan::Plan;
use crate::tui::state::bin::landing::Survey;
use crate::tui::state::jobs::verb;
use crate::tui::state::question::{Ask, NAMED, Question};
use crate::tui::state::{Recycling, State};

/// The title of a question and its lines, `cells` wide.
pub fn body(state: &State, question: &Question, cells: usize) -> (String, Vec<Line<'static>>) {
    let scroll = question.scroll;
    let mut lines = vec![Line::default()];
    let title = match &question.ask {
        Ask::Delete {
            plan,
            kind,
            not_among,
            last_copies,
            ..
        } => {
            let is_final = *kind == JobKind::DeleteForever;
            if let Some(name) = not_among {
                let row = format!("The row under the cursor ({name}) is NOT among them.");
                lines.extend(text(&row, cells, theme::DANGER));
            }
            lines.extend(text(&content(plan), cells, Style::new()));
            if let Some(over) = state.caution.over(plan.items.len(), plan.bytes) {
                lines.extend(text(&format!("That is {over}."), cells, theme::DANGER));
            }
            lines.extend(way_back(state, is_final, cells));
            lines.extend(left_out(state, plan, *last_copies, cells));
            lines.push(Line::default());
            lines.extend(biggest(plan, scroll, cells));
            if plan.items.len() > scroll + NAMED {
                lines.push(Line::default());
            }
            lines.extend(text(&requests(state, plan.items.len()), cells, theme::DIM));
            delete_title(state, plan, is_final)
        }
        Ask::Restore {
            items,
            undoes,
            on_clash,
            survey,
        } => {
            lines.extend(places(survey, items.len(), cells));
            let (clash, style) = clash(*on_clash);
            lines.extend(text(clash, cells, style));
            lines.push(Line::default());
            lines.extend(recycled(items, scroll, cells));
            restore_title(items, *undoes)
        }
        Ask::Purge(items) => {
            lines.extend(text("Nothing can put them back.", cells, theme::DANGER));
            lines.push(Line::default());
            lines.extend(recycled(items, scroll, cells));
            format!(
                "Delete {} of the recycle bin FOR EVER?",
                counted(items.len(), "item")
            )
        }
        Ask::EmptyBin { items } => {
            let all = format!(
                "All {} in the recycle bin, also those of other people. Nothing can put them back.",
                counted(*items, "item")
            );
            lines.extend(text(&all, cells, theme::DANGER));
            "Empty the recycle bin FOR EVER?".to_owned()
        }
        Ask::Retry { job, spec } => {
            lines.extend(again(state, spec, scroll, cells));
            format!("Send {} of job {job} again?", counted(spec.len(), "item"))
        }
        Ask::Undo { job, spec } => {
            let only = "Only what is still as the job has left it; the rest is left out.";
            lines.extend(text(only, cells, theme::DIM));
            lines.extend(again(state, spec, scroll, cells));
            let items = counted(spec.len(), "item");
            match spec.kind() {
                JobKind::Move => format!("Undo job {job}: move {items} back?"),
                _ => format!("Undo job {job}: move {items} to the recycle bin?"),
            }
        }
        Ask::Paste(_) | Ask::Rename(_) | Ask::Fetch(_) | Ask::Open(_) => {
            let (title, more) = acts::body(state, &question.ask, scroll, cells);
            lines.extend(more);
            title
        }
        Ask::CutOff(job) => {
            lines.extend(cut_off(state, job, cells));
            format!("Job {} was cut off", job.job.id)
        }
        Ask::Quit => {
            let accepted =
                "A request that is on its way is always answered; what is not sent stays.";
            lines.extend(text(accepted, cells, Style::new()));
            format!(
                "{} not over. Quit?",
                counted(state.jobs.running().count(), "job")
            )
        }
    };
    (title, lines)
}

/// What is where things would go back to, as far as was looked.
fn places(survey: &Survey, items: usize, cells: usize) -> Vec<Line<'static>> {
    let mut told = Vec::new();
    match survey.taken {
        0 => {}
        1 => told.push("1 name is taken.".to_owned()),
        taken => told.push(format!("{} names are taken.", count(taken))),
    }
    match survey.missing.len() {
        0 => {}
        1 => told.push("1 folder must be made again.".to_owned()),
        missing => told.push(format!("{} folders must be made again.", count(missing))),
    }
    let mut style = if survey.taken > 0 {
        theme::FAILED
    } else {
        theme::DIM
    };
    match &survey.ended {
        Some(None) if told.is_empty() => told.push("All names are free.".to_owned()),
        Some(None) => {}
        Some(Some(failure)) => {
            style = theme::FAILED;
            told.push(format!("Not all places could be looked at: {failure}."));
        }
        None => {
            let looked = count(survey.looked);
            told.push(format!(
                "Looking at their places: {looked} of {} ...",
                count(items)
            ));
        }
    }
    text(&told.join(" "), cells, style)
}

/// What happens where a name is taken by now.
fn clash(on_clash: Strategy) -> (&'static str, Style) {
    match on_clash {
        Strategy::Rename => (
            "A name that is taken again is kept: what comes back gets a new name, such as \
             a (1).mov. c changes that.",
            theme::DIM,
        ),
        Strategy::Ask => (
            "Where a name is taken again, the item stays in the bin. c changes that.",
            theme::DIM,
        ),
        Strategy::Overwrite => (
            "Where a name is taken again, the file that has it now is REPLACED. c changes that.",
            theme::DANGER,
        ),
    }
}

/// What a job had come to when its program ended.
fn cut_off(state: &State, cut_off: &CutOff, cells: usize) -> Vec<Line<'static>> {
    let CutOff { job, at, unknown } = cut_off;
    let booked = job.tally.settled();
    let rest = job.spec.len() - booked - unknown;
    let at = at.to_zoned(state.zone.clone());
    let what = format!(
        "{} of {}: {} booked, {} unknown, {} not sent.",
        verb(job.spec.kind()),
        at.strftime("%Y-%m-%d %H:%M"),
        count(booked),
        count(*unknown),
        count(rest)
    );
    let mut lines = text(&what, cells, Style::new());
    let look = "Unknown ones were on the way when the program ended. They are looked for first; \
                nothing is sent twice blindly.";
    lines.extend(text(look, cells, theme::DIM));
    lines
}

fn delete_title(state: &State, plan: &Plan, is_final: bool) -> String {
    let items = counted(plan.items.len(), "item");
    match (is_final, state.recycling) {
        (true, _) => format!("Delete {items} FOR EVER?"),
        (false, Recycling::Off) => format!("Delete {items}? There is NO RECYCLE BIN"),
        (false, Recycling::On | Recycling::Unknown) => format!("Move {items} to the recycle bin?"),
    }
}

fn restore_title(items: &Items<Recycled>, undoes: Option<JobId>) -> String {
    let number = counted(items.len(), "item");
    let size = match items.iter().filter_map(|item| item.size).sum() {
        0 => String::new(),
        known => format!(" ({})", bytes(known)),
    };
    match undoes {
        Some(job) => format!("Undo job {job}: put back {number}{size}?"),
        None => format!("Put back {number}{size} to where they were?"),
    }
}

/// What is marked and not sent, and what would go although it cannot be seen.
fn left_out(state: &State, plan: &Plan, last_copies: usize, cells: usize) -> Vec<Line<'static>> {
    let hidden = state.hidden_marks();
    let known = count(state.known.files());
    let last = format!("the LAST COPY of that content among {known} known files");
    let notes = [
        (
            plan.nested,
            "Not sent",
            "inside a marked folder, they go with it",
            theme::DIM,
        ),
        (
            plan.protected,
            "Not sent",
            "no right to delete (! in the list)",
            theme::PROTECTED,
        ),
        (
            plan.guarded,
            "Not sent",
            "protected by the settings (! in the list)",
            theme::PROTECTED,
        ),
        (last_copies, "Look out", last.as_str(), theme::DANGER),
        (
            hidden,
            "Look out",
            "are hidden by the filter",
            theme::DANGER,
        ),
    ];
    let mut lines: Vec<Line<'static>> = notes
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .flat_map(|(number, word, what, style)| {
            text(
                &format!("{word} {:>7}  {what}", count(number)),
                cells,
                style,
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.insert(0, Line::default());
    }
    lines
}

/// How many requests it takes, and what it has to wait for.
fn requests(state: &State, items: usize) -> String {
    let batch = state.caution.batch.max(1);
    let number = items.div_ceil(batch);
    let mut text = match number {
        1 => "1 request".to_owned(),
        _ => format!(
            "{} requests of at most {}",
            count(number),
            counted(batch, "item")
        ),
    };
    let mut running = state.jobs.running();
    if let Some(last) = running.next_back() {
        let _ = write!(text, ", starts when job {} ends", last.id);
        let is_only = running.next().is_none();
        if let (true, Some(Speed::Going(_, left))) = (is_only, last.speed(state.now)) {
            let _ = write!(text, " (about {})", duration(left));
        }
    }
    text
}

fn biggest(plan: &Plan, scroll: usize, cells: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = plan
        .biggest(scroll + NAMED)
        .into_iter()
        .skip(scroll)
        .map(|item| {
            item_line(
                item.size,
                &item.path.to_string(),
                item.kind == Kind::Directory,
                cells,
            )
        })
        .collect();
    lines.push(rest_line(plan.items.len(), scroll + NAMED));
    lines
}

fn again(state: &State, spec: &JobSpec, scroll: usize, cells: usize) -> Vec<Line<'static>> {
    let mut lines = match spec.kind() {
        kind @ (JobKind::Recycle | JobKind::DeleteForever) => {
            way_back(state, kind == JobKind::DeleteForever, cells)
        }
        JobKind::Restore
        | JobKind::Move
        | JobKind::Copy
        | JobKind::Download
        | JobKind::Upload
        | JobKind::MakeFolders => Vec::new(),
        JobKind::Purge | JobKind::EmptyBin => {
            text("Nothing can put them back.", cells, theme::DANGER)
        }
    };
    lines.push(Line::default());
    for index in (0..spec.len()).skip(scroll).take(NAMED) {
        let path = spec.path(index).to_string();
        lines.push(item_line(spec.size(index), &path, false, cells));
    }
    lines.push(rest_line(spec.len(), scroll + NAMED));
    lines
}

fn content(plan: &Plan) -> String {
    let files = plan.items.len() - plan.directories;
    let what = match (files, plan.directories) {
        (files, 0) => counted(files, "file"),
        (0, directories) => format!("{} with everything inside", counted(directories, "folder")),
        (files, directories) => format!(
            "{} and {} with everything inside",
            counted(files, "file"),
            counted(directories, "folder")
        ),
    };
    let places = if plan.places > 1 {
        format!("   from {} folders", count(plan.places))
    } else {
        String::new()
    };
    let size = match (plan.directories, plan.bytes) {
        (0, known) => format!("   {}", bytes(known)),
        (_, 0) => String::new(),
        (_, known) => format!("   {} without the folders", bytes(known)),
    };
    format!("{what}{size}{places}")
}

/// Whether and how long things can be put back: only what is known.
fn way_back(state: &State, is_final: bool, cells: usize) -> Vec<Line<'static>> {
    let (sentence, style) = match (is_final, state.recycling) {
        (true, Recycling::On) => (
            "Nothing can put them back. The recycle bin is not used. (d instead of D would.)"
                .to_owned(),
            theme::DANGER,
        ),
        (true, _) => ("Nothing can put them back.".to_owned(), theme::DANGER),
        (false, Recycling::Off) => (
            "This library has no recycle bin: nothing can put them back.".to_owned(),
            theme::DANGER,
        ),
        (false, Recycling::Unknown) => (
            "It is not known whether this library has a recycle bin: this may be final.".to_owned(),
            theme::DANGER,
        ),
        (false, Recycling::On) => {
            let kept = state
                .bin
                .items
                .iter()
                .filter_map(|item| item.days_left)
                .max();
            let until = kept.and_then(|days| {
                let now = state.now.to_zoned(state.zone.clone());
                let until = now.checked_add(i64::from(days).days()).ok()?;
                Some(format!(" until about {}", until.strftime("%Y-%m-%d")))
            });
            let until = until.unwrap_or_default();
            (
                format!("They can be put back{until}. u puts back the whole job."),
                Style::new(),
            )
        }
    };
    text(&sentence, cells, style)
}

fn recycled(items: &Items<Recycled>, scroll: usize, cells: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = items
        .iter()
        .skip(scroll)
        .take(NAMED)
        .map(|item| item_line(item.size, &item.path.to_string(), false, cells))
        .collect();
    lines.push(rest_line(items.len(), scroll + NAMED));
    lines
}

pub(super) fn item_line(
    size: Option<u64>,
    path: &str,
    is_directory: bool,
    cells: usize,
) -> Line<'static> {
    let size = size.map_or_else(
        || {
            if is_directory {
                "folder".into()
            } else {
                String::new()
            }
        },
        bytes,
    );
    let slash = if is_directory { "/" } else { "" };
    let path = format!("{}{slash}", printable(path));
    Line::from(format!(
        "  {}  {}",
        fit_right(&size, 9),
        cut_middle(&path, cells.saturating_sub(13))
    ))
}

pub(super) fn rest_line(items: usize, shown: usize) -> Line<'static> {
    match items.saturating_sub(shown) {
        0 => Line::default(),
        rest => Line::styled(
            format!("  ... and {} more, j k scroll", count(rest)),
            theme::DIM,
        ),
    }
}

/// A text in as many lines as it needs: nothing that matters for the answer is cut off.
pub(super) fn text(text: &str, cells: usize, style: Style) -> Vec<Line<'static>> {
    wrap(text, cells.saturating_sub(2), 4)
        .into_iter()
        .map(|line| Line::styled(format!("  {line}"), style))
        .collect()
}
