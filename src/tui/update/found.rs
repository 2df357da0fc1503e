//! The lists that a walk below a folder gathers: the walk, the keep rules, and the way to a row.

use super::{browse, delete, form, motion, rule, screen, search};
use crate::domain::duplicates::{Keep, Reach};
use crate::domain::entries::EntryRef;
use crate::domain::failure::Failure;
use crate::domain::finds::Find;
use crate::domain::format::{bytes, count, counted, printable};
use crate::domain::job::JobKind;
use crate::domain::path::RemotePath;
use crate::domain::rule::{Rule, Scope, Viewpoint};
use crate::texts::{heard, tr};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::{Ticket, WalkStep};
use crate::tui::state::cursor::Cursor;
use crate::tui::state::found::{Catch, Found, Quest, Row};
use crate::tui::state::{Again, State, View};

fn only_duplicates() -> &'static str {
    tr!("Only duplicates have copies to keep: gd in the list finds them.")
}

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
        Action::Toggle => toggle(state),
        Action::Range => range(state),
        Action::Invert => invert(state),
        Action::Reload => return again(state),
        Action::KeepShortest | Action::KeepLongest if !has_copies(state) => {
            if action == Action::KeepShortest {
                search::open(state);
            } else {
                form::open(state);
            }
        }
        Action::Undo => return delete::ask_undo_last(state),
        Action::KeepNewest => keep(state, Keep::Newest),
        Action::KeepOldest => keep(state, Keep::Oldest),
        Action::KeepShortest => keep(state, Keep::ShortestPath),
        Action::KeepLongest => keep(state, Keep::LongestPath),
        Action::KeepReference | Action::KeepFolderOrder => keep_folder(state, action),
        Action::Reach => turn_reach(state),
        Action::Clear => clear(state),
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

/// Begins a range to mark, or marks the one that was begun.
fn range(state: &mut State) {
    let Some(found) = &mut state.found else {
        return;
    };
    match found.range_rows() {
        None if found.under_cursor().is_some() => found.range = Some(found.cursor.row),
        None => {}
        Some(rows) => {
            found.range = None;
            for row in rows {
                if let Some(Row::Entry(directory, entry)) = found.row(row) {
                    state.marks.add(directory, entry);
                }
            }
            if let Catch::Duplicates(twins) = &found.catch
                && let lost @ 1.. = twins.duplicates.lost(&state.marks)
            {
                let groups = counted(lost, "group");
                state.warn(tr!(
                    "In {groups} every copy is marked now: none would stay.",
                    groups
                ));
            }
        }
    }
}

/// Turns the marks of all rows round. Of duplicates never so that no copy of a group would stay.
fn invert(state: &mut State) {
    let Some(found) = &state.found else { return };
    if let Catch::Duplicates(twins) = &found.catch {
        let skipped = twins.duplicates.invert(&mut state.marks);
        if skipped > 0 {
            let groups = counted(skipped, "group");
            state.warn(tr!(
                "{groups} left as they are: every copy would be marked.",
                groups
            ));
        }
        return;
    }
    for at in 0..found.rows() {
        if let Some(Row::Entry(directory, entry)) = found.row(at) {
            state.marks.toggle(directory, entry);
        }
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

fn toggle(state: &mut State) {
    if state
        .found
        .as_ref()
        .is_some_and(|found| found.range.is_some())
    {
        range(state);
        return;
    }
    let Some(found) = &state.found else { return };
    let row = found.cursor.row;
    if let Some((directory, entry)) = found.under_cursor() {
        state.marks.toggle(directory, entry);
        if let Catch::Duplicates(twins) = &found.catch
            && let Some(group) = twins.group(row)
            && twins.duplicates.is_lost(group, &state.marks)
        {
            state.warn(tr!(
                "All copies of this group are marked now: none would stay."
            ));
        }
    }
    motion::go(state, row + 1);
}

/// Marks all rows; of a search also those that are still to come, if it is asked for twice.
pub fn mark_all(state: &mut State, again: bool) {
    let Some(found) = &state.found else { return };
    match found.catch {
        Catch::Duplicates(_) => {
            state.say(tr!("n, o, s, S, r and a mark all copies but one."));
            return;
        }
        Catch::Weights { .. } => {
            state.say(tr!(
                "Bars are marked one by one: Space marks this row, a folder with all below it."
            ));
            return;
        }
        _ => {}
    }
    if matches!(found.catch, Catch::Search(_)) {
        search::mark_all(state, again);
    } else {
        mark_rows(state);
    }
}

/// Marks all rows that are here.
pub fn mark_rows(state: &mut State) {
    let Some(found) = &state.found else { return };
    for at in 0..found.rows() {
        if let Some(Row::Entry(directory, entry)) = found.row(at) {
            state.marks.add(directory, entry);
        }
    }
    let text = tr!("{marked} marked here.", marked = count(found.rows()));
    state.say(text);
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

/// Lets a keep rule mark all copies but those that stay.
fn keep(state: &mut State, keep: Keep) {
    let Some(found) = &mut state.found else {
        return;
    };
    let Catch::Duplicates(twins) = &mut found.catch else {
        state.say(only_duplicates());
        return;
    };
    let applied = twins.duplicates.apply(&keep, &mut state.marks);
    let rule = printable(&heard(&keep.text())).into_owned();
    let mut text = tr!(
        "{rule}: {marked} marked, {size}.",
        rule,
        marked = count(applied.marked),
        size = bytes(applied.bytes)
    );
    if applied.skipped > 0 {
        let groups = counted(applied.skipped, "group");
        text = tr!(
            "{text} {groups} skipped: the rule matched every copy.",
            text,
            groups
        );
    }
    if applied.protected > 0 {
        text = tr!(
            "{text} {protected} may not be deleted.",
            text,
            protected = count(applied.protected)
        );
    }
    twins.keep = Some(keep);
    state.say(text);
}

/// The folder of the row keeps its copies, or comes next in the order of those that do.
fn keep_folder(state: &mut State, action: Action) {
    let Some(found) = &mut state.found else {
        return;
    };
    let folder = found.under_cursor().map(|(directory, _)| directory.clone());
    let Catch::Duplicates(twins) = &mut found.catch else {
        state.say(only_duplicates());
        return;
    };
    let Some(folder) = folder else {
        state.say(tr!("This row has no folder: go to a copy."));
        return;
    };
    let rule = if action == Action::KeepReference {
        Keep::InReference(folder)
    } else {
        if !twins.folders.contains(&folder) {
            twins.folders.push(folder);
        }
        Keep::FolderOrder(twins.folders.clone())
    };
    keep(state, rule);
}

fn turn_reach(state: &mut State) {
    let height = state.rows();
    let Some(found) = &mut state.found else {
        return;
    };
    found.rearrange(height, |catch| {
        if let Catch::Duplicates(twins) = catch {
            let next = match twins.duplicates.reach() {
                Reach::Anywhere => Reach::SameFolder,
                Reach::SameFolder => Reach::OtherFolders,
                Reach::OtherFolders => Reach::Anywhere,
            };
            twins.duplicates.set_reach(next);
            twins.arrange();
        }
    });
}

fn clear(state: &mut State) {
    if let Some(Found {
        catch: Catch::Duplicates(twins),
        ..
    }) = &mut state.found
    {
        let unmarked = twins.duplicates.unmark(&mut state.marks);
        twins.folders.clear();
        twins.keep = None;
        state.say(tr!(
            "{unmarked} of the keep rules unmarked.",
            unmarked = count(unmarked)
        ));
    }
}
