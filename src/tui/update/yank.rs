//! Taking entries along to another folder: yank or cut them, paste them there.

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{jobs, mark};
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::format::{bytes, count, counted, printable};
use crate::domain::job::{Items, JobId, JobKind, Target};
use crate::domain::paste::{Choice, Paste};
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::yank::Yank;

/// Takes along what is marked, else the row under the cursor: [`JobKind::Copy`] or
/// [`JobKind::Move`].
pub fn take(state: &mut State, kind: JobKind) {
    mark::accept_range(state);
    let is_cut = kind == JobKind::Move;
    let of_marks = state.marks.totals().count;
    let yank = if of_marks > 0 {
        let caution = &state.caution;
        Yank::of_marks(kind, &state.marks, |path| is_cut && caution.protects(path))
    } else {
        let directory = &state.browser.directory;
        let Some(entry) = state.browser.under_cursor() else {
            state.say(tr!("Nothing is marked, and there is no row here."));
            return;
        };
        let Ok(path) = directory.join(entry.name()) else {
            state.warn(tr!("This row has a name that cannot be sent."));
            return;
        };
        if is_cut && state.caution.protects(&path) {
            state.warn(tr!("The settings protect this row: it is not moved."));
            return;
        }
        Yank::of_entry(kind, path, entry.kind(), entry.size())
    };
    if yank.is_empty() {
        state.warn(tr!("The settings protect all of this: nothing is moved."));
        return;
    }
    let items = counted(yank.len(), "item");
    let rest = match of_marks.saturating_sub(yank.len()) {
        0 => String::new(),
        rest if of_marks > 0 => tr!(
            " {rest} stay or go along with their folder.",
            rest = count(rest)
        ),
        _ => String::new(),
    };
    state.yanks.waiting = Some(yank);
    state.say(if is_cut {
        tr!(
            "{items} cut: p in another folder pastes, X drops.{rest}",
            items,
            rest
        )
    } else {
        tr!(
            "{items} yanked: p in another folder pastes, Y drops.{rest}",
            items,
            rest
        )
    });
}

/// Forgets what was taken along.
pub fn drop_all(state: &mut State) {
    state.yanks.asked = None;
    match state.yanks.waiting.take() {
        Some(yank) => {
            let items = counted(yank.len(), "item");
            state.say(tr!("{items} dropped: nothing would be pasted now.", items));
        }
        None => state.say(tr!("Nothing is yanked or cut.")),
    }
}

/// Pastes here. Names that are taken are asked about once for all; where the folder is not there to
/// its end, the service is asked which they are.
pub fn paste(state: &mut State) -> Vec<Effect> {
    let into = state.browser.directory.clone();
    let Some((yank, items)) = bound_for(state, &into) else {
        return Vec::new();
    };
    if let Some(folder) = yank.above(&into) {
        let folder = printable(&folder.to_string()).into_owned();
        state.warn(tr!(
            "The folder {folder} cannot be pasted into itself. Nothing was sent.",
            folder
        ));
        return Vec::new();
    }
    if items.is_empty() {
        state.say(tr!("All of this is here already: nothing is moved."));
        return Vec::new();
    }
    let names: FxHashSet<CompactString> =
        items.iter().map(|item| item.path.name().into()).collect();
    let listing = &state.browser.listing;
    if listing.is_complete() {
        let all = listing.all().filter(|entry| names.contains(entry.name()));
        let taken = all
            .map(|entry| (entry.name().into(), entry.kind()))
            .collect();
        return ask(state, Paste::new(yank.kind, into, items, &taken));
    }
    let ticket = state.ticket();
    let before = state.yanks.asked.replace((ticket, into.clone()));
    state.say(tr!("Asking which names are taken here."));
    let mut effects: Vec<Effect> = before
        .map(|(before, _)| Effect::Forget(before))
        .into_iter()
        .collect();
    effects.push(Effect::Taken {
        ticket,
        directory: into,
        names: names.into_iter().collect(),
    });
    effects
}

/// What waits to be pasted, as far as it would go to this folder.
fn bound_for(state: &mut State, into: &RemotePath) -> Option<(Yank, Items<Target>)> {
    let Some(yank) = state.yanks.waiting.clone() else {
        state.say(tr!("Nothing is yanked: y takes a copy along, x cuts."));
        return None;
    };
    let items = yank.bound_for(into);
    Some((yank, items))
}

/// The service has told which names are taken.
pub fn told(
    state: &mut State,
    ticket: Ticket,
    taken: Result<FxHashMap<CompactString, Kind>, Failure>,
) -> Vec<Effect> {
    let asked = &mut state.yanks.asked;
    let Some((_, into)) = asked.take_if(|(asked, _)| *asked == ticket) else {
        return Vec::new();
    };
    let taken = match taken {
        Ok(taken) => taken,
        Err(failure) => {
            state.warn(tr!(
                "Nothing was pasted: the names in that folder cannot be had: {failure}.",
                failure
            ));
            return Vec::new();
        }
    };
    if state.question.is_some() {
        // What is being asked now must not be answered by a key that was meant for it.
        state.warn(tr!(
            "Nothing was pasted: another question is open. p pastes."
        ));
        return Vec::new();
    }
    match bound_for(state, &into) {
        Some((yank, items)) => ask(state, Paste::new(yank.kind, into, items, &taken)),
        None => Vec::new(),
    }
}

/// Begins, or asks first: what to do about names, and whether more than usual is meant.
fn ask(state: &mut State, paste: Paste) -> Vec<Effect> {
    if paste.clashes() > 0 {
        let ask = Ask::Paste(Box::new(paste));
        state.question = Some(Question::buttons(ask, state.now));
        return Vec::new();
    }
    within_limits(state, paste)
}

/// Begins if that is within the limits of the settings; else words are to be typed.
fn within_limits(state: &mut State, paste: Paste) -> Vec<Effect> {
    let spec = paste.spec();
    if spec.is_empty() {
        state.say(tr!("Nothing is left to paste."));
        return Vec::new();
    }
    let replaced = match paste.choice {
        Some(Choice::Overwrite) => paste.replaceable(),
        _ => 0,
    };
    let words = if replaced > 0 {
        Some(format!("overwrite {replaced}"))
    } else if state.caution.over(spec.len(), paste.bytes).is_some() {
        let word = match paste.kind {
            JobKind::Copy => "copy",
            _ => "move",
        };
        Some(format!("{word} {}", spec.len()))
    } else {
        None
    };
    if let Some(words) = words {
        let ask = Ask::Paste(Box::new(paste));
        state.question = Some(Question::words(ask, words, state.now));
        return Vec::new();
    }
    let effects = jobs::begin(state, spec);
    if let [Effect::Start(id, _), ..] = effects[..] {
        begun(state, &paste, id);
    }
    effects
}

/// One choice for all names that are taken.
pub fn choose(state: &mut State, choice: Choice) -> Vec<Effect> {
    let Some(Question {
        ask: Ask::Paste(mut paste),
        ..
    }) = state.question.take()
    else {
        return Vec::new();
    };
    paste.choice = Some(choice);
    within_limits(state, *paste)
}

/// The job of a paste has begun: what was cut is not pasted a second time.
pub fn begun(state: &mut State, paste: &Paste, id: JobId) {
    let is_move = paste.kind == JobKind::Move;
    if is_move && let Some(yank) = state.yanks.waiting.take() {
        state.yanks.moving.push((id, yank));
    }
    let items = counted(paste.spec().len(), "item");
    let size = match paste.bytes {
        0 => String::new(),
        known => tr!(" ({size})", size = bytes(known)),
    };
    let into = printable(&paste.into.to_string()).into_owned();
    state.say(if is_move {
        tr!(
            "Job {id}: moving {items}{size} to {into}.",
            id,
            items,
            size,
            into
        )
    } else {
        tr!(
            "Job {id}: copying {items}{size} to {into}.",
            id,
            items,
            size,
            into
        )
    });
}
