//! The lists that a walk below a folder gathers: the walk, the keep rules, and the way to a row.

pub mod keep;
pub mod mark;

use super::{browse, delete, form, rule, screen, search};
use crate::domain::duplicates::Keep;
use crate::domain::entries::EntryRef;
use crate::domain::failure::Failure;
use crate::domain::finds::Find;
use crate::domain::format::{count, counted, printable};
use crate::domain::job::JobKind;
use crate::domain::path::RemotePath;
use crate::domain::rule::{Rule, Scope, Viewpoint};
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::{Ticket, WalkStep};
use crate::tui::state::cursor::Cursor;
use crate::tui::state::found::{Catch, Found, Quest};
use crate::tui::state::{Again, State, View};

/// Begins a walk below the folder of the list, or shows what the last one found; none for every
/// other action.
pub fn open(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let quest = match action {
        Action::Biggest => Quest::Biggest,
        Action::EmptyFolders => Quest::EmptyFolders,
        Action::Duplicates => Quest::Duplicates,
        Action::Weights => Quest::Weights,
        Action::Found => {
            if state.found.is_some() {
                screen::open(state, View::Found);
            } else {
                state.say(tr!("Nothing was looked for yet: gb, ge, gd and gB do."));
            }
            return Some(Vec::new());
        }
        _ => return None,
    };
    Some(walk(state, quest, state.browser.directory.clone(), true))
}

fn walk(state: &mut State, quest: Quest, root: RemotePath, is_deep: bool) -> Vec<Effect> {
    let view = Viewpoint {
        here: root.clone(),
        ..state.viewpoint()
    };
    let Ok(Some(rule)) = Rule::parse("in:tree", &view) else {
        return Vec::new();
    };
    // One walk at a time; the new one takes the place of the old one.
    rule::stop(state);
    let mut effects: Vec<Effect> = search::end(state).into_iter().collect();
    let ticket = state.ticket();
    state.found = Some(Found::new(quest, root.clone(), ticket));
    screen::open(state, View::Found);
    let scopes = vec![Scope {
        directory: root,
        is_deep,
    }];
    effects.push(Effect::Walk {
        ticket,
        rule,
        scopes,
    });
    effects
}

/// Whether a step of this walk is awaited.
pub fn awaits(state: &State, ticket: Ticket) -> bool {
    let found = state.found.as_ref();
    found.is_some_and(|found| found.awaited == Some(ticket))
}

/// The walk has come a step further.
pub fn walked(state: &mut State, step: WalkStep) -> Vec<Effect> {
    let height = state.rows();
    let Some(found) = &mut state.found else {
        return Vec::new();
    };
    match step {
        WalkStep::Found {
            directory,
            looked,
            entries,
            is_last,
        } => {
            found.looked += looked;
            take(found, height, &directory, entries.iter(), is_last);
        }
        WalkStep::Unread { directory, failure } => {
            if let Catch::EmptyFolders(empty, _) = &mut found.catch {
                empty.fill(&directory);
            }
            found.unread += 1;
            found.first_unread.get_or_insert((directory, failure));
        }
        WalkStep::End => return ended(state),
    }
    Vec::new()
}

fn take<'a>(
    found: &mut Found,
    height: usize,
    directory: &RemotePath,
    entries: impl Iterator<Item = EntryRef<'a>>,
    is_last: bool,
) {
    match &mut found.catch {
        Catch::Biggest(biggest, _) => {
            let mut is_changed = false;
            for entry in entries {
                is_changed |= biggest.take(directory, entry);
            }
            if is_changed {
                found.rearrange(height, |catch| {
                    if let Catch::Biggest(biggest, list) = catch {
                        list.set(biggest.finds().to_vec());
                    }
                });
            }
        }
        Catch::EmptyFolders(empty, _) => empty.take(directory, entries, is_last),
        Catch::Duplicates(twins) => {
            entries.for_each(|entry| twins.duplicates.take(directory, entry));
        }
        Catch::Search(hunt) => {
            let rule = &hunt.rule;
            let finds: Vec<Find> = entries
                .filter(|entry| rule.matches(&rule.facts(directory, *entry)))
                .map(|entry| Find {
                    directory: directory.clone(),
                    entry: entry.to_entry(),
                })
                .collect();
            if !finds.is_empty() {
                found.rearrange(height, |catch| {
                    if let Catch::Search(hunt) = catch {
                        hunt.list.extend(finds);
                    }
                });
            }
        }
        Catch::Weights {
            weights,
            shown,
            bars,
        } => {
            weights.take(directory, entries);
            *bars = weights.bars(shown);
        }
    }
}

/// All was looked at: duplicates may need checksums that the listings have not told.
fn ended(state: &mut State) -> Vec<Effect> {
    if let Some(Found {
        catch: Catch::Duplicates(twins),
        ..
    }) = &mut state.found
    {
        let files = twins.duplicates.without_sum();
        if !files.is_empty() {
            twins.sums = (files.len(), files.len());
            let ticket = state.ticket();
            if let Some(found) = &mut state.found {
                found.awaited = Some(ticket);
            }
            return vec![Effect::Sum { ticket, files }];
        }
    }
    settle(state);
    Vec::new()
}

/// The service has said what it knows of a checksum.
pub fn summed(
    state: &mut State,
    ticket: Ticket,
    file: u32,
    crc64: &Result<Option<u64>, Failure>,
) -> Vec<Effect> {
    if !awaits(state, ticket) {
        return Vec::new();
    }
    let Some(Found {
        catch: Catch::Duplicates(twins),
        ..
    }) = &mut state.found
    else {
        return Vec::new();
    };
    twins.sums.0 = twins.sums.0.saturating_sub(1);
    match crc64 {
        Ok(Some(crc64)) => twins.duplicates.learn(file, *crc64),
        Ok(None) | Err(_) => twins.without += 1,
    }
    if twins.sums.0 == 0 {
        settle(state);
    }
    Vec::new()
}

/// Nothing more comes: what was gathered is shown.
fn settle(state: &mut State) {
    let height = state.rows();
    let Some(found) = &mut state.found else {
        return;
    };
    found.awaited = None;
    found.rearrange(height, |catch| match catch {
        Catch::EmptyFolders(empty, list) => list.set(std::mem::take(empty).into_finds()),
        Catch::Duplicates(twins) => {
            twins.duplicates.find();
            twins.arrange();
        }
        Catch::Biggest(..) | Catch::Search(_) | Catch::Weights { .. } => {}
    });
    if let Some((directory, failure)) = &found.first_unread {
        let folders = counted(found.unread, "folder");
        let path = printable(&directory.to_string()).into_owned();
        let text = tr!(
            "{folders} could not be read, first {path}: {failure}",
            folders,
            path,
            failure
        );
        state.tell(text, true);
    }
    search::mark_when_complete(state);
}

/// Gives the walk up, if one is going on; what it has found stays.
pub fn stop(state: &mut State) -> Option<Vec<Effect>> {
    if let Some(effects) = search::stop(state) {
        return Some(effects);
    }
    let found = state.found.as_mut()?;
    found.awaited.take()?;
    found.is_partial = true;
    let looked = count(found.looked);
    settle(state);
    state.tell(tr!("Stopped. {looked} looked at.", looked), false);
    Some(vec![Effect::StopWalk])
}

/// What has left the library leaves the lists.
pub fn leave(state: &mut State, left: &[RemotePath]) {
    let height = state.rows();
    let Some(found) = &mut state.found else {
        return;
    };
    let left: std::collections::HashSet<&str> = left.iter().map(RemotePath::as_str).collect();
    found.remove(height, |directory, name| {
        let path = directory.join(name);
        path.is_ok_and(|path| {
            left.contains(path.as_str())
                || path.ancestors().any(|above| left.contains(above.as_str()))
        })
    });
}

/// Does what the user wants with what was found.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(order) = action.order() {
        let height = state.rows();
        if let Some(found) = &mut state.found {
            found.range = None;
            found.rearrange(height, |catch| match catch {
                Catch::Biggest(_, list) | Catch::EmptyFolders(_, list) => list.sort(order),
                Catch::Search(hunt) => hunt.list.sort(order),
                Catch::Duplicates(_) | Catch::Weights { .. } => {}
            });
        }
        return Vec::new();
    }
    match action {
        Action::Enter => return enter(state),
        Action::Back => return back(state),
        Action::Toggle => mark::toggle(state),
        Action::Range => mark::range(state),
        Action::Invert => mark::invert(state),
        Action::Reload => return again(state),
        Action::KeepShortest | Action::KeepLongest if !has_copies(state) => {
            if action == Action::KeepShortest {
                search::open(state);
            } else {
                form::open(state);
            }
        }
        Action::Undo => return delete::ask_undo_last(state),
        Action::KeepNewest => keep::by(state, Keep::Newest),
        Action::KeepOldest => keep::by(state, Keep::Oldest),
        Action::KeepShortest => keep::by(state, Keep::ShortestPath),
        Action::KeepLongest => keep::by(state, Keep::LongestPath),
        Action::KeepReference | Action::KeepFolderOrder => keep::by_folder(state, action),
        Action::Reach => keep::turn_reach(state),
        Action::Clear => keep::clear(state),
        _ => {}
    }
    Vec::new()
}

fn has_copies(state: &State) -> bool {
    let found = state.found.as_ref();
    found.is_some_and(|found| matches!(found.catch, Catch::Duplicates(_)))
}

/// Looks for the same once more.
fn again(state: &mut State) -> Vec<Effect> {
    let Some(found) = &state.found else {
        return Vec::new();
    };
    let root = found.root.clone();
    match (found.quest(), &found.catch) {
        (Some(_), _) if found.bars.is_some() => {
            let bars = state.found.as_mut().and_then(|found| found.bars.take());
            state.found = bars.map(|bars| *bars);
            files_of(state, root)
        }
        (Some(quest), _) => walk(state, quest, root, true),
        (None, Catch::Search(hunt)) => {
            let text = hunt.rule.text().to_owned();
            search::begin(state, &text).unwrap_or_default()
        }
        (None, _) => Vec::new(),
    }
}

/// Shows the entry in its folder, or what is in the folder of a bar.
fn enter(state: &mut State) -> Vec<Effect> {
    let Some(found) = &mut state.found else {
        return Vec::new();
    };
    if let Some((directory, entry)) = found.under_cursor() {
        let (directory, name) = (directory.clone(), entry.name().into());
        state.came_from.clear();
        state.view = View::Browse;
        return browse::go(state, directory, Some(name));
    }
    let row = found.cursor.row;
    if let Catch::Weights {
        weights,
        shown,
        bars,
    } = &mut found.catch
        && let Some(bar) = bars.get(row)
    {
        let Some(name) = &bar.name else {
            let folder = shown.clone();
            return files_of(state, folder);
        };
        let Ok(into) = shown.join(name) else {
            return Vec::new();
        };
        *bars = weights.bars(&into);
        *shown = into;
        found.cursor = Cursor::default();
    }
    Vec::new()
}

/// Lists the files of one folder of the bars, biggest first; the bars wait behind them.
fn files_of(state: &mut State, folder: RemotePath) -> Vec<Effect> {
    let mut effects = stop(state).unwrap_or_default();
    let bars = state.found.take().map(Box::new);
    effects.extend(walk(state, Quest::Biggest, folder, false));
    if let Some(found) = &mut state.found {
        found.bars = bars;
    }
    effects
}

/// To the folder above in the bars, else back to the list; a walk that goes on is given up.
fn back(state: &mut State) -> Vec<Effect> {
    let height = state.rows();
    if let Some(found) = &mut state.found
        && found.range.take().is_some()
    {
        state.say(tr!("Range dropped."));
        return Vec::new();
    }
    if let Some(found) = &mut state.found
        && let Catch::Weights {
            weights,
            shown,
            bars,
        } = &mut found.catch
        && *shown != found.root
        && let Some(above) = shown.parent()
    {
        *bars = weights.bars(&above);
        let name = shown.name();
        let row = bars
            .iter()
            .position(|bar| bar.name.as_deref() == Some(name));
        *shown = above;
        let rows = bars.len();
        found.cursor.go(row.unwrap_or(0), rows, height);
        return Vec::new();
    }
    let mut effects = stop(state).unwrap_or_default();
    if let Some(bars) = state.found.as_mut().and_then(|found| found.bars.take()) {
        state.found = Some(*bars);
        screen::fit(state);
        return effects;
    }
    effects.extend(search::end(state));
    screen::back(state);
    effects
}

/// Asks to delete; of duplicates of which no copy would stay only when asked for twice.
pub fn delete(state: &mut State, action: Action, again: bool) {
    let kind = if action == Action::Recycle {
        JobKind::Recycle
    } else {
        JobKind::DeleteForever
    };
    if let Some(Found {
        catch: Catch::Duplicates(twins),
        ..
    }) = &state.found
        && !again
    {
        let lost = twins.duplicates.lost(&state.marks);
        if lost > 0 {
            let groups = counted(lost, "group");
            state.again = Some(Again::LastCopies);
            state.warn(tr!(
                "In {groups} every copy is marked: none would stay. Once more goes on.",
                groups
            ));
            return;
        }
    }
    delete::ask(state, kind);
}
