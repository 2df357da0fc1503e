//! Fetching what is marked into a folder of this machine, and opening a file with its program.

use super::{jobs, mark};
use crate::domain::conflict::Strategy;
use crate::domain::fetch::Fetch;
use crate::domain::format::{bytes, counted, printable};
use crate::domain::job::{Items, Job, JobId, JobKind, JobSpec, Outcome, Target, Transfer};
use crate::domain::paste::Choice;
use crate::texts::{heard, tr};
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::State;
use crate::tui::state::fetch::Gathering;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::typed::Typed;
use crate::tui::state::yank::Yank;

/// A file above this is not fetched without a question, only to be opened.
const MUCH: u64 = 20 * 1000 * 1000;

/// Asks for the folder into which what is marked, else the row under the cursor, is fetched.
pub fn open(state: &mut State) -> Vec<Effect> {
    mark::accept_range(state);
    let targets = if state.marks.totals().count > 0 {
        Yank::of_marks(JobKind::Copy, &state.marks, |_| false)
    } else {
        let directory = &state.browser.directory;
        let Some(entry) = state.browser.under_cursor() else {
            return Vec::new();
        };
        let Ok(path) = directory.join(entry.name()) else {
            state.warn(tr!("This row has a name that cannot be fetched."));
            return Vec::new();
        };
        Yank::of_entry(JobKind::Copy, path, entry.kind(), entry.size())
    };
    let targets = targets.items();
    let mut folder = state.fetches.last.clone();
    if !folder.is_empty() && !folder.ends_with('/') {
        folder.push('/');
    }
    let line = Typed::proposing(folder);
    state.prompt = Some(Prompt::new(Purpose::Folder(targets), line));
    super::prompt::look(state)
}

/// The folder was typed: looks for everything that is to be fetched.
///
/// # Errors
/// A sentence, if that is no folder.
pub fn into(
    state: &mut State,
    targets: Items<Target>,
    folder: &str,
) -> Result<Vec<Effect>, String> {
    let folder = folder.trim();
    if folder.is_empty() {
        return Err(tr!("a folder of this machine is wanted").to_owned());
    }
    folder.clone_into(&mut state.fetches.last);
    let ticket = state.ticket();
    let before = state.fetches.gathering.replace(Gathering::new(ticket));
    let mut effects: Vec<Effect> = before
        .map(|before| Effect::Forget(before.ticket))
        .into_iter()
        .collect();
    effects.push(Effect::Gather {
        ticket,
        targets,
        into: folder.to_owned(),
    });
    Ok(effects)
}

/// Gives up looking; none if nothing is being looked for.
pub fn stop(state: &mut State) -> Option<Vec<Effect>> {
    let gathering = state.fetches.gathering.take()?;
    state.say(tr!("Nothing is fetched."));
    Some(vec![Effect::Forget(gathering.ticket)])
}

/// So much was found by now.
pub fn gathering(state: &mut State, ticket: Ticket, files: usize, bytes: u64) {
    if let Some(gathering) = &mut state.fetches.gathering
        && gathering.ticket == ticket
    {
        (gathering.files, gathering.bytes) = (files, bytes);
    }
}

/// Everything was found, or there is no folder to fetch it into.
pub fn gathered(
    state: &mut State,
    ticket: Ticket,
    gathered: Result<Box<Fetch>, String>,
) -> Vec<Effect> {
    let gathering = &mut state.fetches.gathering;
    if gathering
        .take_if(|gathering| gathering.ticket == ticket)
        .is_none()
    {
        return Vec::new();
    }
    let fetch = match gathered {
        Ok(fetch) => fetch,
        Err(complaint) => {
            state.warn(tr!(
                "Nothing was fetched: {complaint}.",
                complaint = heard(&complaint)
            ));
            return Vec::new();
        }
    };
    if fetch.items.is_empty() {
        state.say(tr!("There is nothing in this that could be fetched."));
        return Vec::new();
    }
    let is_clear = fetch.taken.is_empty() && fetch.unread == 0 && !fetch.is_too_big();
    if is_clear {
        return begin(state, &fetch);
    }
    if state.question.is_some() {
        // What is being asked now must not be answered by a key that was meant for it.
        state.warn(tr!(
            "Nothing was fetched: another question is open. O asks again."
        ));
        return Vec::new();
    }
    state.question = Some(Question::buttons(Ask::Fetch(fetch), state.now));
    Vec::new()
}

/// One choice for all names that are taken on this machine. Files are replaced only after words.
pub fn choose(state: &mut State, choice: Choice) -> Vec<Effect> {
    let Some(Question {
        ask: Ask::Fetch(mut fetch),
        ..
    }) = state.question.take()
    else {
        return Vec::new();
    };
    fetch.choice = Some(choice);
    if choice == Choice::Overwrite {
        let words = format!("overwrite {}", fetch.taken.len());
        state.question = Some(Question::words(Ask::Fetch(fetch), words, state.now));
        return Vec::new();
    }
    begin(state, &fetch)
}

fn begin(state: &mut State, fetch: &Fetch) -> Vec<Effect> {
    let spec = fetch.spec();
    if spec.is_empty() {
        state.say(tr!("All of this is there already: nothing is fetched."));
        return Vec::new();
    }
    let effects = jobs::begin(state, spec);
    begun(state, fetch);
    effects
}

/// The job of a download has begun.
pub fn begun(state: &mut State, fetch: &Fetch) {
    state.say(tr!(
        "Fetching {files} ({size}) into {into}.",
        files = counted(fetch.files, "file"),
        size = bytes(fetch.bytes),
        into = printable(&fetch.into)
    ));
}

/// Opens the file under the cursor with its program, once it was fetched; a big one asks first.
pub fn open_file(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.browser.under_cursor() else {
        return Vec::new();
    };
    if entry.is_directory() {
        state.say(tr!(
            "A folder is entered by l; O downloads it with all that is in it."
        ));
        return Vec::new();
    }
    let Ok(path) = state.browser.directory.join(entry.name()) else {
        state.warn(tr!("This row has a name that cannot be fetched."));
        return Vec::new();
    };
    let target = Target::new(path, entry.kind(), entry.size());
    if target.size.is_none_or(|size| size > MUCH) {
        let ask = Ask::Open(target);
        state.question = Some(Question::buttons(ask, state.now));
        return Vec::new();
    }
    fetch_to_open(state, target)
}

/// Fetches a file to open it.
pub fn fetch_to_open(state: &mut State, target: Target) -> Vec<Effect> {
    let ticket = state.ticket();
    state.fetches.rooms.push((ticket, target));
    vec![Effect::MakeRoom(ticket)]
}

/// There is a folder for a copy that is to be opened.
pub fn room(state: &mut State, ticket: Ticket, room: Result<String, String>) -> Vec<Effect> {
    let rooms = &mut state.fetches.rooms;
    let Some(at) = rooms.iter().position(|(asked, _)| *asked == ticket) else {
        return Vec::new();
    };
    let (_, target) = rooms.swap_remove(at);
    let room = match room {
        Ok(room) => room,
        Err(complaint) => {
            state.warn(tr!(
                "Nothing was opened: {complaint}.",
                complaint = heard(&complaint)
            ));
            return Vec::new();
        }
    };
    let name = printable(target.path.name()).into_owned();
    let copy = Transfer {
        local: format!("{room}/{}", target.path.name()),
        remote: target.path,
        is_directory: false,
        strategy: Strategy::Ask,
        size: target.size,
    };
    let effects = jobs::begin(state, JobSpec::Download(vec![copy].into()));
    if let [Effect::Start(id, _), ..] = effects[..] {
        state.fetches.to_open.push(id);
    }
    state.say(tr!("Fetching a copy of {name} to open it.", name));
    effects
}

/// A job is over: if it has fetched a file to be opened, that is opened.
pub fn arrived(job: &Job, to_open: &mut Vec<JobId>) -> Option<Effect> {
    let at = to_open.iter().position(|id| *id == job.id)?;
    to_open.swap_remove(at);
    match job.outcomes.get(0) {
        Some(Outcome::Fetched(path)) => Some(Effect::OpenLocal(path.to_string())),
        _ => None,
    }
}

/// A file was opened, or not.
pub fn opened(state: &mut State, file: &str, outcome: Result<(), String>) {
    if let Err(complaint) = outcome {
        let file = printable(file);
        state.warn(tr!(
            "{complaint}. The copy is {file}; MEDIASWEEP_OPENER names another program.",
            complaint = heard(&complaint),
            file
        ));
    }
}
