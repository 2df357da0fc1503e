//! Of duplicates: which copies stay.

use crate::domain::duplicates::{Keep, Reach};
use crate::domain::format::{bytes, count, counted, printable};
use crate::texts::{heard, tr};
use crate::tui::action::Action;
use crate::tui::state::State;
use crate::tui::state::found::{Catch, Found};

fn only_duplicates() -> &'static str {
    tr!("Only duplicates have copies to keep: gd in the list finds them.")
}

/// Lets a keep rule mark all copies but those that stay.
pub fn by(state: &mut State, keep: Keep) {
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
pub fn by_folder(state: &mut State, action: Action) {
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
    by(state, rule);
}

/// Looks for copies in the next of the ways: anywhere, in one folder, across folders.
pub fn turn_reach(state: &mut State) {
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

/// Takes the marks of the keep rules off.
pub fn clear(state: &mut State) {
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
