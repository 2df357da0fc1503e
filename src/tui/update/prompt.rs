//! The one line that is typed: the keys in it, and who does what it is for.

use compact_str::CompactString;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    bin, command, download, filter, find, folder, marks, motion, places, plan, rename, results,
    rule, search, tabs,
};
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::prompt::names::{begin_anew, parts};
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::{State, View};

/// A key in the line: Enter does it, Esc drops it, Tab completes. What a command says is for the router
/// to do.
pub fn press(state: &mut State, event: KeyEvent) -> (Vec<Effect>, Option<Command>) {
    let Some(prompt) = &mut state.prompt else {
        return (Vec::new(), None);
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let is_command = matches!(prompt.purpose, Purpose::Command);
    match event.code {
        KeyCode::Enter if is_command => return command::enter(state),
        KeyCode::Enter => return (enter(state), None),
        KeyCode::Esc => abandon(state),
        KeyCode::Char('c') if control => abandon(state),
        // An empty line is left the way it was entered.
        KeyCode::Backspace if is_command && prompt.line.value().is_empty() => abandon(state),
        KeyCode::Tab => complete(state, true),
        KeyCode::BackTab => complete(state, false),
        KeyCode::Down => turn(state, true),
        KeyCode::Up => turn(state, false),
        KeyCode::Char('n') if control && is_command => turn(state, true),
        KeyCode::Char('p') if control && is_command => turn(state, false),
        KeyCode::Char('t') if control && prompt.purpose.may_be_fuzzy() => {
            state.is_fuzzy = !state.is_fuzzy;
            changed(state);
        }
        _ => {
            if prompt.line.press(event) {
                changed(state);
            }
        }
    }
    (look(state), None)
}

/// Text is pasted into the line.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(prompt) = &mut state.prompt {
        prompt.line.paste(text);
        changed(state);
    }
    look(state)
}

/// Another text stands in the line: what shows while it is typed follows it.
pub fn changed(state: &mut State) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    prompt.names.typed();
    prompt.recall.typed();
    prompt.complaint = None;
    if prompt.purpose.is_rule() {
        prompt.remark.clear();
    }
    match prompt.purpose {
        Purpose::Filter { .. } | Purpose::Find { .. } => filter::apply(state),
        Purpose::Bin { .. } => bin::filter::apply(state),
        Purpose::Results { .. } => results::report::apply_filter(state),
        Purpose::Marks { .. } => marks::apply_filter(state),
        Purpose::Plan { .. } => plan::apply_filter(state),
        Purpose::Mark | Purpose::Unmark if state.view == View::Bin => bin::filter::preview(state),
        Purpose::Mark | Purpose::Unmark => rule::preview(state),
        Purpose::Search => search::check(state),
        Purpose::Path => begin_anew(&mut prompt.line),
        Purpose::Command
        | Purpose::NewFolder
        | Purpose::Name(_)
        | Purpose::TabName
        | Purpose::Folder(_)
        | Purpose::ListFile
        | Purpose::PlanFile
        | Purpose::Report(_)
        | Purpose::Batch => {}
    }
}

/// Does what the line is for. If that cannot be, the line stays open and says why.
fn enter(state: &mut State) -> Vec<Effect> {
    // What is no rule yet cannot be kept: the list would show what was not asked for.
    let can_be = |prompt: &mut Prompt| prompt.complaint.is_none() || !prompt.purpose.is_rule();
    let Some(prompt) = state.prompt.take_if(can_be) else {
        return Vec::new();
    };
    match carry_out(state, &prompt) {
        Ok(effects) => effects,
        Err(complaint) => {
            state.prompt = Some(Prompt {
                complaint: Some(complaint),
                ..prompt
            });
            Vec::new()
        }
    }
}

fn carry_out(state: &mut State, prompt: &Prompt) -> Result<Vec<Effect>, String> {
    let text = prompt.line.value();
    let unmarks = matches!(prompt.purpose, Purpose::Unmark);
    match &prompt.purpose {
        // What is typed has done it already; what a command does is for the router.
        Purpose::Filter { .. }
        | Purpose::Bin { .. }
        | Purpose::Results { .. }
        | Purpose::Plan { .. }
        | Purpose::Command => {}
        Purpose::Marks { .. } => marks::narrow(state, text)?,
        Purpose::Find { .. } => find::accept(state, &prompt.remark),
        Purpose::Mark | Purpose::Unmark if state.view == View::Bin => {
            bin::filter::mark(state, text, unmarks);
        }
        Purpose::Mark | Purpose::Unmark => return Ok(rule::carry_out(state, text, unmarks)),
        Purpose::Search => return search::begin(state, text),
        Purpose::Path => return places::go(state, text),
        Purpose::NewFolder => return folder::make(state, text),
        Purpose::Name(target) => return rename::one(state, target, text),
        Purpose::TabName => tabs::name(state, text),
        Purpose::Folder(targets) => return download::into(state, targets.clone(), text),
        Purpose::ListFile => return marks::write(state, text),
        Purpose::PlanFile => return Ok(plan::write(state, text)),
        Purpose::Report(job) => return Ok(results::report::write(state, *job, text)),
        Purpose::Batch => return plan::set_batch(state, text),
    }
    Ok(Vec::new())
}

/// Drops the line: what it has changed while it was typed is as it was before.
fn abandon(state: &mut State) {
    let rows = state.rows();
    let Some(prompt) = state.prompt.take() else {
        return;
    };
    match prompt.purpose {
        Purpose::Filter { before } => state.browser.set_filter(before, rows),
        Purpose::Find { before, row } => {
            state.find = before;
            state.browser.move_to(row, rows);
        }
        Purpose::Bin { before } => bin::filter::restore(state, before.as_deref()),
        Purpose::Results { before } => results::report::restore_filter(state, before.as_deref()),
        Purpose::Marks { before } => marks::set_filter(state, before),
        Purpose::Plan { before } => plan::set_filter(state, before),
        Purpose::Report(_) | Purpose::PlanFile | Purpose::ListFile => {
            state.say(tr!("Nothing was written."));
        }
        Purpose::Mark
        | Purpose::Unmark
        | Purpose::Search
        | Purpose::Command
        | Purpose::Path
        | Purpose::NewFolder
        | Purpose::Name(_)
        | Purpose::TabName
        | Purpose::Folder(_)
        | Purpose::Batch => {}
    }
}

/// Writes what the line may become.
fn complete(state: &mut State, forward: bool) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    match &prompt.purpose {
        Purpose::Command => command::complete(state, forward),
        Purpose::Path => prompt.names.complete(&mut prompt.line, forward),
        purpose if purpose.is_local() => prompt.names.complete(&mut prompt.line, forward),
        purpose if purpose.is_rule() => filter::complete_word(state),
        _ => {}
    }
}

/// The arrows that have no place in a line: other commands, other hits, other rows.
fn turn(state: &mut State, is_down: bool) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    match &prompt.purpose {
        Purpose::Command if is_down => prompt.recall.newer(&mut prompt.line, &state.history),
        Purpose::Command => prompt.recall.older(&mut prompt.line, &state.history),
        Purpose::Find { .. } => find::turn(state, is_down),
        // Moving in the list does not need the line to be closed.
        purpose if purpose.is_rule() => {
            let row = state.place().0.row;
            let row = if is_down {
                row + 1
            } else {
                row.saturating_sub(1)
            };
            motion::go(state, row);
        }
        _ => {}
    }
}

/// Asks for the folders in the folder that is typed, unless they are known or asked for.
pub fn look(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    let text = prompt.line.value();
    let (folder, ask) = if matches!(prompt.purpose, Purpose::Path) {
        let folder = parts(text).0.to_owned();
        let Ok(directory) = RemotePath::parse(&folder) else {
            return Vec::new();
        };
        (folder, Effect::Folders { ticket, directory })
    } else if prompt.purpose.is_local() {
        let folder = text.rfind('/').map_or("", |slash| &text[..=slash]);
        let folder = folder.to_owned();
        (folder.clone(), Effect::LocalFolders { ticket, folder })
    } else {
        return Vec::new();
    };
    let names = &mut prompt.names;
    if names.turn.is_some() || names.known.as_ref() == Some(&folder) {
        return Vec::new();
    }
    names.known = Some(folder);
    names.all.clear();
    let before = names.awaited.replace(ticket);
    let mut effects: Vec<Effect> = before.map(Effect::Forget).into_iter().collect();
    effects.push(ask);
    effects
}

/// The folders in a folder have arrived.
pub fn found(state: &mut State, ticket: Ticket, names: Vec<CompactString>) -> Vec<Effect> {
    if let Some(prompt) = &mut state.prompt
        && prompt.names.awaited == Some(ticket)
    {
        prompt.names.arrived(names, &mut prompt.line);
    }
    look(state)
}
