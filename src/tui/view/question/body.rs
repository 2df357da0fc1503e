//! What a question says: the sentences and items between its title and its buttons.

use jiff::ToSpan;
use ratatui::style::Style;
use ratatui::text::Line;

use super::{MOST, acts, theme};
use crate::domain::conflict::Strategy;
use crate::domain::entry::Kind;
use crate::domain::format::{
    bytes, count, counted, cut_middle, duration, fit_right, printable, wrap,
};
use crate::domain::job::{CutOff, Items, JobId, JobKind, JobSpec, Recycled, Speed};
use crate::domain::plan::Plan;
use crate::texts::tr;
use crate::tui::state::bin::landing::Survey;
use crate::tui::state::jobs::verb;
use crate::tui::state::question::load::Load;
use crate::tui::state::question::{Ask, NAMED, Question};
use crate::tui::state::{Recycling, State};

/// Fewer cells than this make more lines of a sentence than it has on a usual screen.
const NARROW: usize = 52;

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
                let row = tr!("The row under the cursor ({name}) is NOT among them.", name);
                lines.extend(text(&row, cells, theme::DANGER));
            }
            lines.extend(weight(state, question, cells));
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
            let lost = tr!("Nothing can put them back.");
            lines.extend(text(lost, cells, theme::DANGER));
            lines.push(Line::default());
            lines.extend(recycled(items, scroll, cells));
            tr!(
                "Delete {items} of the recycle bin FOR EVER?",
                items = counted(items.len(), "item")
            )
        }
        Ask::EmptyBin { items } => {
            let all = tr!(
                "All {items} in the recycle bin, also those of other people. Nothing can put them back.",
                items = counted(*items, "item")
            );
            lines.extend(text(&all, cells, theme::DANGER));
            tr!("Empty the recycle bin FOR EVER?").to_owned()
        }
        Ask::Retry { job, spec } => {
            lines.extend(weight(state, question, cells));
            lines.extend(again(state, spec, scroll, cells));
            let items = counted(spec.len(), "item");
            tr!("Send {items} of job {job} again?", items, job)
        }
        Ask::Undo { job, spec } => {
            let only = tr!("Only what is still as the job has left it; the rest is left out.");
            lines.extend(text(only, cells, theme::DIM));
            lines.extend(again(state, spec, scroll, cells));
            let items = counted(spec.len(), "item");
            match spec.kind() {
                JobKind::Move => tr!("Undo job {job}: move {items} back?", job, items),
                _ => tr!(
                    "Undo job {job}: move {items} to the recycle bin?",
                    job,
                    items
                ),
            }
        }
        Ask::Paste(_) | Ask::Rename(_) | Ask::Fetch(_) | Ask::Open(_) => {
            let (title, more) = acts::body(state, &question.ask, scroll, cells);
            lines.extend(more);
            title
        }
        Ask::CutOff(job) => {
            lines.extend(cut_off(state, job, cells));
            tr!("Job {job} was cut off", job = job.job.id)
        }
        Ask::Quit => {
            let accepted =
                tr!("A request that is on its way is always answered; what is not sent stays.");
            lines.extend(text(accepted, cells, Style::new()));
            tr!(
                "{jobs} not over. Quit?",
                jobs = counted(state.jobs.running().count(), "job")
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
        1 => told.push(tr!("1 name is taken.").to_owned()),
        taken => told.push(tr!("{names} names are taken.", names = count(taken))),
    }
    match survey.missing.len() {
        0 => {}
        1 => told.push(tr!("1 folder must be made again.").to_owned()),
        missing => told.push(tr!(
            "{folders} folders must be made again.",
            folders = count(missing)
        )),
    }
    let mut style = if survey.taken > 0 {
        theme::FAILED
    } else {
        theme::DIM
    };
    match &survey.ended {
        Some(None) if told.is_empty() => told.push(tr!("All names are free.").to_owned()),
        Some(None) => {}
        Some(Some(failure)) => {
            style = theme::FAILED;
            told.push(tr!(
                "Not all places could be looked at: {failure}.",
                failure
            ));
        }
        None => {
            told.push(tr!(
                "Looking at their places: {part} of {all} ...",
                part = count(survey.looked),
                all = count(items)
            ));
        }
    }
    text(&told.join(" "), cells, style)
}

/// What happens where a name is taken by now.
fn clash(on_clash: Strategy) -> (&'static str, Style) {
    match on_clash {
        Strategy::Rename => (
            tr!(
                "A name that is taken again is kept: what comes back gets a new name, such as a (1).mov. c changes that."
            ),
            theme::DIM,
        ),
        Strategy::Ask => (
            tr!("Where a name is taken again, the item stays in the bin. c changes that."),
            theme::DIM,
        ),
        Strategy::Overwrite => (
            tr!(
                "Where a name is taken again, the file that has it now is REPLACED. c changes that."
            ),
            theme::DANGER,
        ),
    }
}

/// What a job had come to when its program ended.
fn cut_off(state: &State, cut_off: &CutOff, cells: usize) -> Vec<Line<'static>> {
    let CutOff { job, at, unknown } = cut_off;
    let booked = job.tally.settled();
    let rest = job.spec.len() - booked - unknown;
    let (what, at) = (verb(job.spec.kind()), at.to_zoned(state.zone.clone()));
    let time = at.strftime("%Y-%m-%d %H:%M");
    if cut_off.is_unwritten() {
        let what = tr!(
            "{what} of {time}: the program ended while it wrote down what to do. Nothing of it was sent, and it cannot go on.",
            what,
            time
        );
        return text(&what, cells, Style::new());
    }
    let what = tr!(
        "{what} of {time}: {booked} booked, {unknown} unknown, {rest} not sent.",
        what,
        time,
        booked = count(booked),
        unknown = count(*unknown),
        rest = count(rest)
    );
    let mut lines = text(&what, cells, Style::new());
    let look = tr!(
        "Unknown ones were on the way when the program ended. They are looked for first; nothing is sent twice blindly."
    );
    lines.extend(text(look, cells, theme::DIM));
    lines
}

fn delete_title(state: &State, plan: &Plan, is_final: bool) -> String {
    let items = counted(plan.items.len(), "item");
    match (is_final, state.recycling) {
        (true, _) => tr!("Delete {items} FOR EVER?", items),
        (false, Recycling::Off) => tr!("Delete {items}? There is NO RECYCLE BIN", items),
        (false, Recycling::On | Recycling::Unknown) => {
            tr!("Move {items} to the recycle bin?", items)
        }
    }
}

fn restore_title(items: &Items<Recycled>, undoes: Option<JobId>) -> String {
    let size = match items.iter().filter_map(|item| item.size).sum() {
        0 => String::new(),
        known => tr!(" ({size})", size = bytes(known)),
    };
    let items = counted(items.len(), "item");
    match undoes {
        Some(job) => tr!("Undo job {job}: put back {items}{size}?", job, items, size),
        None => tr!("Put back {items}{size} to where they were?", items, size),
    }
}

/// What is marked and not sent, and what would go although it cannot be seen.
fn left_out(state: &State, plan: &Plan, last_copies: usize, cells: usize) -> Vec<Line<'static>> {
    let hidden = state.hidden_marks();
    let known = count(state.known.files());
    let last = tr!(
        "the LAST COPY of that content among {known} known files",
        known
    );
    let (not_sent, look_out) = (tr!("Not sent"), tr!("Look out"));
    let notes = [
        (
            plan.nested,
            not_sent,
            tr!("inside a marked folder, they go with it"),
            theme::DIM,
        ),
        (
            plan.protected,
            not_sent,
            tr!("no right to delete (! in the list)"),
            theme::PROTECTED,
        ),
        (
            plan.guarded,
            not_sent,
            tr!("protected by the settings (! in the list)"),
            theme::PROTECTED,
        ),
        (last_copies, look_out, last.as_str(), theme::DANGER),
        (
            hidden,
            look_out,
            tr!("are hidden by the filter"),
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
        1 => counted(1, "request"),
        _ => tr!(
            "{requests} of at most {batch}",
            requests = counted(number, "request"),
            batch = counted(batch, "item")
        ),
    };
    let mut running = state.jobs.running();
    if let Some(last) = running.next_back() {
        text.push_str(&tr!(", starts when job {job} ends", job = last.id));
        let is_only = running.next().is_none();
        if let (true, Some(Speed::Going(_, left))) = (is_only, last.speed(state.now)) {
            text.push_str(&tr!(" (about {time})", time = duration(left)));
        }
    }
    text
}

fn biggest(plan: &Plan, scroll: usize, cells: usize) -> Vec<Line<'static>> {
    let shown = plan.heaviest.iter().skip(scroll).take(NAMED);
    let mut lines: Vec<Line<'static>> = shown
        .map(|item| {
            let item = plan.items.at(*item);
            let is_directory = item.kind == Kind::Directory;
            item_line(item.size, &item.path.to_string(), is_directory, cells)
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
            text(tr!("Nothing can put them back."), cells, theme::DANGER)
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

/// How much a delete takes with it, which limit that is over, and how far the counting of it has come.
fn weight(state: &State, question: &Question, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let Some(load) = &question.load else {
        return lines;
    };
    if let Ask::Delete { plan, .. } = &question.ask {
        lines.extend(text(&content(plan, load), cells, Style::new()));
    }
    if let Some(over) = load.over(&state.caution) {
        lines.extend(text(&tr!("That is {over}.", over), cells, theme::DANGER));
    }
    if load.is_counting() {
        let (part, all) = (count(load.inside.folders), counted(load.folders, "folder"));
        let mut counting = tr!("Counting what is inside: {part} of {all} ...", part, all);
        if question.waits() {
            counting.push(' ');
            counting.push_str(tr!("y works when it is done; w: type the words instead."));
        }
        lines.extend(text(&counting, cells, theme::DIM));
    }
    if load.is_unknown() {
        let unread = counted(load.uncounted(), "folder");
        let mut sentence = tr!("{unread} could not be counted: there may be more.", unread);
        if let Some((path, failure)) = &load.inside.failure {
            let path = printable(&path.to_string()).into_owned();
            sentence = format!("{sentence} {path}: {failure}.");
        }
        lines.extend(text(&sentence, cells, theme::DANGER));
    }
    lines
}

/// What would go, with what lies inside its folders where that was counted.
fn content(plan: &Plan, load: &Load) -> String {
    let files = plan.items.len() - plan.directories;
    let folders = match (plan.directories, files) {
        (0, _) => String::new(),
        (_, 0) => counted(plan.directories, "folder"),
        (_, _) => tr!(
            "{files} and {folders}",
            files = counted(files, "file"),
            folders = counted(plan.directories, "folder")
        ),
    };
    let is_all = !load.is_counting() && !load.is_unknown();
    // As long as nothing was counted yet there is nothing to say of that.
    let is_begun = is_all || load.all_items() > load.items;
    let files_below = usize::try_from(load.inside.below.files).unwrap_or(usize::MAX);
    let below = counted(files_below, "file");
    let what = if plan.directories == 0 {
        counted(files, "file")
    } else if !is_begun {
        tr!("{folders} with everything inside", folders)
    } else if is_all {
        tr!("{folders} with {files} inside", folders, files = below)
    } else {
        tr!(
            "{folders} with at least {files} inside",
            folders,
            files = below
        )
    };
    let size = if is_all {
        format!("   {}", bytes(load.all_bytes()))
    } else if is_begun {
        tr!("   at least {size}", size = bytes(load.all_bytes()))
    } else if plan.bytes == 0 {
        String::new()
    } else {
        tr!("   {size} without the folders", size = bytes(plan.bytes))
    };
    let places = if plan.places > 1 {
        tr!("   from {folders} folders", folders = count(plan.places))
    } else {
        String::new()
    };
    format!("{what}{size}{places}")
}

/// Whether and how long things can be put back: only what is known.
fn way_back(state: &State, is_final: bool, cells: usize) -> Vec<Line<'static>> {
    let (sentence, style) = match (is_final, state.recycling) {
        (true, Recycling::On) => (
            tr!("Nothing can put them back. The recycle bin is not used. (d instead of D would.)")
                .to_owned(),
            theme::DANGER,
        ),
        (true, _) => (tr!("Nothing can put them back.").to_owned(), theme::DANGER),
        (false, Recycling::Off) => (
            tr!("This library has no recycle bin: nothing can put them back.").to_owned(),
            theme::DANGER,
        ),
        (false, Recycling::Unknown) => (
            tr!("It is not known whether this library has a recycle bin: this may be final.")
                .to_owned(),
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
                Some(until.strftime("%Y-%m-%d"))
            });
            let sentence = match until {
                Some(date) => tr!(
                    "They can be put back until about {date}. u puts back the whole job.",
                    date
                ),
                None => tr!("They can be put back. u puts back the whole job.").to_owned(),
            };
            (sentence, Style::new())
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
                tr!("folder").into()
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
            tr!("  ... and {more} more, Up Down scroll", more = count(rest)),
            theme::DIM,
        ),
    }
}

/// A text in as many lines as it needs: nothing that matters for the answer is cut off.
pub(super) fn text(text: &str, cells: usize, style: Style) -> Vec<Line<'static>> {
    let most = if cells < NARROW { MOST } else { 4 };
    wrap(text, cells.saturating_sub(2), most)
        .into_iter()
        .map(|line| Line::styled(format!("  {line}"), style))
        .collect()
}
