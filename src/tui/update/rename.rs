//! Renaming: one entry in a line, everything marked in an editor.

use rustc_hash::FxHashSet;

use super::jobs::begin;
use super::{mark, marks};
use crate::domain::conflict::Strategy;
use crate::domain::entries::EntryRef;
use crate::domain::format::count;
use crate::domain::job::{JobSpec, Relocation, Target};
use crate::domain::path::RemotePath;
use crate::domain::renames::Renames;
use crate::texts::{heard, tr};
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;
use crate::tui::state::prompt::{Edited, Prompt, Purpose};
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::typed::Typed;

/// Opens the line for the new name of the row under the cursor; what is marked is edited as a list.
pub fn open(state: &mut State) -> Vec<Effect> {
    mark::accept_range(state);
    if state.marks.totals().count > 0 {
        return edit(state);
    }
    let Some(entry) = state.browser.under_cursor() else {
        return Vec::new();
    };
    let Ok(path) = state.browser.directory.join(entry.name()) else {
        state.warn(tr!("This row has a name that cannot be sent."));
        return Vec::new();
    };
    if state.caution.protects(&path) {
        state.warn(tr!("The settings protect this row: it is not renamed."));
        return Vec::new();
    }
    let target = Target::new(path, entry.kind(), entry.size());
    let name = target.path.name().to_owned();
    // The extension mostly stays.
    let stem = match name.rfind('.') {
        Some(dot) if dot > 0 && !entry.is_directory() => name[..dot].chars().count(),
        _ => name.chars().count(),
    };
    state.prompt = Some(Prompt::new(
        Purpose::Name(target),
        Typed::new(name).with_cursor(stem),
    ));
    Vec::new()
}

/// Gives an entry another name.
///
/// # Errors
/// A sentence, if that cannot be its name.
pub fn one(state: &mut State, target: &Target, name: &str) -> Result<Vec<Effect>, String> {
    let directory = target.path.parent().unwrap_or_else(RemotePath::root);
    let to = directory.join(name).map_err(|error| match name {
        "" => tr!("a name is wanted").to_owned(),
        _ if name.contains('/') => tr!("a name has no slash; x then p moves").to_owned(),
        _ => error.to_string(),
    })?;
    if to == target.path {
        state.say(tr!("The name is as it was."));
        return Ok(Vec::new());
    }
    let is_here = directory == state.browser.directory;
    if is_here && state.browser.listing.position(name).is_some() {
        return Err(tr!("this name is taken here").to_owned());
    }
    if is_here {
        state.browser.want(name);
    }
    let renamed = Relocation {
        from: target.path.clone(),
        to,
        strategy: Strategy::Ask,
        size: target.size,
    };
    Ok(begin(state, JobSpec::Move(vec![renamed].into())))
}

/// Opens an editor with the names of everything marked.
fn edit(state: &mut State) -> Vec<Effect> {
    let marked = state.marks.places().flat_map(|(directory, _)| {
        let inside = state.marks.inside(directory);
        let chosen = inside.filter(|(_, mark)| mark.is_chosen());
        chosen.filter_map(|(name, mark)| {
            let path = directory.join(name).ok()?;
            Some(Target::new(path, mark.kind, mark.size))
        })
    });
    let targets: Vec<Target> = marked
        .filter(|target| Renames::fits(&target.path) && !state.caution.protects(&target.path))
        .collect();
    if targets.is_empty() {
        state.warn(tr!("Nothing that is marked can be renamed in a list."));
        return Vec::new();
    }
    let before = state.edits.names.take();
    let text = match before {
        Some((same, text)) if same == targets => text,
        _ => Renames::list(&targets),
    };
    let ticket = state.ticket();
    state.edits.open = Some((ticket, Edited::Names(targets)));
    vec![Effect::Edit { ticket, text }]
}

/// The list of names was edited: asks whether to rename.
pub fn edited(state: &mut State, targets: Vec<Target>, text: String) {
    let here = state.browser.directory.clone();
    let listing = &state.browser.listing;
    let left_out = state.marks.totals().count.saturating_sub(targets.len());
    let known: FxHashSet<&str> = listing.all().map(EntryRef::name).collect();
    let is_taken =
        |path: &RemotePath| path.directory() == here.as_str() && known.contains(path.name());
    let renames = match Renames::read(&targets, &text, is_taken) {
        Ok(renames) => renames,
        Err(complaint) => {
            state.edits.names = Some((targets, text));
            state.warn(tr!(
                "{complaint}: nothing was renamed. r opens the list as you left it.",
                complaint
            ));
            return;
        }
    };
    if renames.pairs.is_empty() {
        state.say(tr!("No name was changed."));
        return;
    }
    state.edits.names = Some((targets, text));
    if state.question.is_some() {
        // It came up while the editor had the terminal, and is to be answered first.
        return;
    }
    if left_out > 0 {
        let left_out = count(left_out);
        state.say(tr!(
            "{left_out} marked items were not in the list: protected, or no name for a line.",
            left_out
        ));
    }
    let items = renames.pairs.len();
    let is_over = state.caution.over(items, 0).is_some();
    let ask = Ask::Rename(Box::new(renames));
    state.question = Some(if is_over {
        Question::words(ask, format!("rename {items}"), state.now)
    } else {
        Question::buttons(ask, state.now)
    });
}

/// The editor has given back what was edited, or why it has not.
pub fn told(state: &mut State, ticket: Ticket, text: Result<String, String>) {
    let open = &mut state.edits.open;
    let Some((_, edited)) = open.take_if(|(open, _)| *open == ticket) else {
        return;
    };
    match (text, edited) {
        (Err(complaint), _) => state.warn(tr!(
            "Nothing was changed: {complaint}.",
            complaint = heard(&complaint)
        )),
        (Ok(text), Edited::Names(targets)) => self::edited(state, targets, text),
        (Ok(text), Edited::Marks(before)) => marks::edited(state, &before, &text),
    }
}
