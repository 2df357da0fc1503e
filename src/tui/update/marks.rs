//! The list of all marks.

use rustc_hash::FxHashSet;

use super::{browse, delete, mark, motion, plan, screen};
use crate::domain::format::{count, counted, printable};
use crate::domain::job::JobKind;
use crate::domain::path::RemotePath;
use crate::domain::rule::Rule;
use crate::texts::{heard, tr};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::prompt::{Edited, Prompt, Purpose};
use crate::tui::state::typed::Typed;
use crate::tui::state::{State, View};

/// Keeps the list in step with the marks, as long as it is on the screen.
pub fn follow(state: &mut State) {
    state.marked.count(&state.marks);
    if state.view != View::Marks {
        if !state.came_from.contains(&View::Marks) {
            state.marked.forget();
        }
        return;
    }
    let is_changing = state.jobs.running().next().is_some();
    if state.marked.follow(&state.marks, is_changing) {
        motion::go(state, state.marked.cursor.row);
    }
}

/// Does what the user wants in the list of all marks.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(order) = action.order() {
        state.marked.set_order(order);
        motion::go(state, state.marked.cursor.row);
        return Vec::new();
    }
    let row = state.marked.cursor.row;
    match action {
        Action::Toggle => take_off(state),
        Action::Range => {
            state.marked.range = match state.marked.range {
                None => Some(row),
                Some(_) => None,
            };
        }
        Action::Enter if state.marked.group(row).is_some() => state.marked.fold(row),
        Action::Enter => return show(state),
        Action::Group => {
            state.marked.regroup();
            motion::go(state, 0);
        }
        Action::Filter => {
            let before = state.marked.filter().cloned();
            let line = Typed::new(before.as_ref().map_or("", Rule::text));
            state.prompt = Some(Prompt::new(Purpose::Marks { before }, line));
        }
        Action::EditList => return edit(state),
        Action::WriteList => {
            let at = state.now.to_zoned(state.zone.clone());
            let file = at.strftime("marks-%Y-%m-%d-%H%M%S.txt").to_string();
            state.prompt = Some(Prompt::new(Purpose::ListFile, Typed::proposing(file)));
            return super::prompt::look(state);
        }
        Action::Clear => mark::clear(state),
        Action::BringBack => mark::bring_back(state),
        Action::Recycle => delete::ask(state, JobKind::Recycle),
        Action::DeleteForever => delete::ask(state, JobKind::DeleteForever),
        Action::Undo => return delete::ask_undo_last(state),
        Action::Back if state.marked.range.take().is_some() => state.say(tr!("Range dropped.")),
        Action::Back if state.marked.filter().is_some() => {
            state.marked.set_filter(None);
            motion::go(state, state.marked.cursor.row);
        }
        Action::Back => screen::back(state),
        _ => {}
    }
    Vec::new()
}

/// Takes the marks of the range off, else those of the row.
fn take_off(state: &mut State) {
    let rows = state.marked.chosen_rows();
    let first = *rows.start();
    let is_one = rows.clone().count() == 1 && state.marked.group(first).is_none();
    let gone = state.marked.take_off(rows, &mut state.marks);
    if !is_one {
        let gone = counted(gone, "mark");
        state.say(tr!("{gone} taken off.", gone));
    }
    motion::go(state, first);
}

/// Shows the entry under the cursor in its folder.
fn show(state: &mut State) -> Vec<Effect> {
    let under_cursor = state.marked.mark(state.marked.cursor.row);
    let Some((directory, name)) = under_cursor else {
        return Vec::new();
    };
    let (directory, name) = (directory.clone(), name.into());
    state.came_from.clear();
    state.view = View::Browse;
    browse::go(state, directory, Some(name))
}

/// Narrows the list down by what is typed.
///
/// # Errors
/// A sentence, if that is no rule that marks could be asked.
pub fn narrow(state: &mut State, text: &str) -> Result<(), String> {
    let filter = plan::read(text, &state.viewpoint(), plan::UNKNOWN_OF_MARKS)?;
    set_filter(state, filter);
    Ok(())
}

/// Shows the marks that a rule chooses; all without one.
pub fn set_filter(state: &mut State, filter: Option<Rule>) {
    state.marked.set_filter(filter);
    motion::go(state, state.marked.cursor.row);
}

/// Narrows the list down while its filter is typed. The last one that could be read stays.
pub fn apply_filter(state: &mut State) {
    // In a long list each key would be waited for: Enter filters.
    if state.marked.is_long() {
        return;
    }
    let Some(prompt) = &state.prompt else { return };
    let text = prompt.line.value().to_owned();
    let narrowed = narrow(state, &text);
    if let Some(prompt) = &mut state.prompt {
        prompt.complaint = narrowed.err();
    }
}

/// Opens an editor with the paths that are shown.
fn edit(state: &mut State) -> Vec<Effect> {
    let text = list(state);
    if text.is_empty() {
        state.say(tr!("There are no marks to edit."));
        return Vec::new();
    }
    let ticket = state.ticket();
    state.edits.open = Some((ticket, Edited::Marks(text.clone())));
    vec![Effect::Edit { ticket, text }]
}

/// One path a line. A name with a line break has no place in such a list.
fn list(state: &State) -> String {
    let mut text = String::new();
    let paths = state.marked.paths();
    for path in paths.filter(|path| !path.contains(['\n', '\r'])) {
        text.push_str(&path);
        text.push('\n');
    }
    text
}

/// The list was edited: what was taken out of it is unmarked. Nothing is marked by it, for a mark is
/// of something that was seen.
pub fn edited(state: &mut State, before: &str, after: &str) {
    let known: FxHashSet<&str> = before.lines().collect();
    let stays: FxHashSet<&str> = after.lines().filter(|line| !line.is_empty()).collect();
    let unknown = after
        .lines()
        .position(|line| !line.is_empty() && !known.contains(line));
    if let Some(line) = unknown {
        let shown = after.lines().nth(line).unwrap_or_default();
        state.warn(tr!(
            "Line {line} was not in the list: {shown}. Nothing was changed.",
            line = line + 1,
            shown = printable(shown)
        ));
        return;
    }
    let total = state.marks.totals().count;
    for line in known.difference(&stays) {
        if let Ok(path) = RemotePath::parse(line)
            && let Some(directory) = path.parent()
        {
            state.marks.remove(&directory, path.name());
        }
    }
    let gone = counted(total - state.marks.totals().count, "mark");
    let left = count(state.marks.totals().count);
    state.say(tr!("{gone} taken off, {left} left.", gone, left));
}

/// Writes the paths that are shown into a new file.
///
/// # Errors
/// A sentence, if there is no name for it.
pub fn write(state: &mut State, file: &str) -> Result<Vec<Effect>, String> {
    let file = file.trim();
    if file.is_empty() {
        return Err(tr!("a name is wanted").to_owned());
    }
    Ok(vec![Effect::WriteList {
        file: file.to_owned(),
        text: list(state),
    }])
}

/// The list was written, or not.
pub fn written(state: &mut State, file: &str, outcome: Result<usize, String>) {
    let file = printable(file);
    match outcome {
        Ok(lines) => {
            let lines = counted(lines, "path");
            state.say(tr!(
                "{file} has {lines}; mediasweep rm --from-file reads it.",
                file,
                lines
            ));
        }
        Err(why) => state.warn(tr!(
            "{file} was not written: {why}.",
            file,
            why = heard(&why)
        )),
    }
}
