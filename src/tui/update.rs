//! How the state changes: one message in, effects out. No I/O, no clock, nothing awaited.
//!
//! Composes its children, which never name it: this file only routes.

mod bin;
mod browse;
mod command;
mod compare;
mod copy;
mod delete;
mod details;
mod download;
mod filter;
mod find;
mod folder;
mod form;
mod found;
mod help;
mod jobs;
mod known;
mod libraries;
mod link;
mod mark;
mod marks;
mod motion;
mod mouse;
mod past;
mod places;
mod plan;
mod planning;
mod preview;
mod prompt;
mod question;
mod rename;
mod results;
mod rule;
mod screen;
mod search;
mod shown;
mod sizes;
mod tabs;
mod weigh;
mod yank;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::action::Action;
use super::availability::{Reason, availability};
use super::command::{Command, read};
use super::effect::Effect;
use super::keymap::{Call, Key, Meaning, spell};
use super::msg::Msg;
use super::state::plan::Draft;
use super::state::{Again, State, View};
use super::theme::BuiltIn;
use crate::domain::job::JobKind;
use crate::texts::tr;

/// The effects with which the program begins.
pub fn start(state: &mut State) -> Vec<Effect> {
    let mut effects = browse::go(state, state.browser.directory.clone(), None);
    effects.extend(bin::probe(state));
    effects.extend(state.is_recalling.then_some(Effect::Recall));
    state.link.wish(state.now);
    question::ask_cut_off(state);
    state.keep_said();
    effects
}

/// Takes in what happened and returns what is asked of the world.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = apply(state, msg);
    effects.extend(catch_up(state));
    tidy(state);
    effects
}

/// Gives rows to all that has arrived: before a frame, and before a key acts on rows.
pub fn tidy(state: &mut State) {
    let rows = state.rows();
    state.browser.tidy(rows);
}

/// The same, but what follows from it is left to [`catch_up`]: many facts of a job change the same
/// lists, which need to be made anew only once.
pub fn apply(state: &mut State, msg: Msg) -> Vec<Effect> {
    let before = state.layout();
    let effects = take_in(state, msg);
    if state.layout() != before {
        screen::fit(state);
    }
    state.keep_said();
    allowed(state, effects)
}

/// Lets lists, counts and looks follow what was taken in. Before a key is taken in nothing may be left
/// of this: it is about what is there now.
pub fn catch_up(state: &mut State) -> Vec<Effect> {
    filter::renew(state);
    filter::count_hidden(state);
    marks::follow(state);
    let mut effects: Vec<Effect> = link::ask_due(state).into_iter().collect();
    effects.extend(planning::hand_over(state));
    effects.extend(weigh::follow(state));
    effects.extend(preview::follow(state));
    effects.extend(search::follow(state));
    effects.extend(bin::landing::follow(state));
    state.keep_said();
    allowed(state, effects)
}

/// Who only looks changes nothing: no key leads here; should one ever, nothing is sent all the same.
fn allowed(state: &State, mut effects: Vec<Effect>) -> Vec<Effect> {
    if state.caution.is_read_only {
        effects.retain(|effect| match effect {
            Effect::Start(_, spec) => spec.kind() == JobKind::Download,
            Effect::Resume(..) | Effect::Undo(..) => false,
            _ => true,
        });
    }
    effects
}

/// What comes from the terminal or from within.
fn take_in(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(event, at) => {
            state.now = state.now.max(at);
            match event.kind {
                KeyEventKind::Press | KeyEventKind::Repeat => press(state, event, at),
                // Windows and some protocols tell when a key is let go.
                KeyEventKind::Release => Vec::new(),
            }
        }
        Msg::Paste(text, at) => paste(state, &text, at),
        Msg::Mouse(event, at) => {
            state.now = state.now.max(at);
            mouse::happened(state, event, at);
            Vec::new()
        }
        Msg::Background { is_light } => {
            let theme = if is_light {
                BuiltIn::Light
            } else {
                BuiltIn::Dark
            };
            state.look = state.look.showing(theme);
            Vec::new()
        }
        Msg::Focus(has_focus) => {
            state.has_focus = has_focus;
            if has_focus {
                browse::look_again(state)
            } else {
                Vec::new()
            }
        }
        Msg::Resized(size) => {
            state.size = size;
            Vec::new()
        }
        Msg::Tick(now) => {
            state.now = state.now.max(now);
            Vec::new()
        }
        Msg::Spare => {
            work(state);
            Vec::new()
        }
        Msg::Terminate => vec![Effect::Quit],
        told => hear(state, told),
    }
}

/// What the service and the worker tell.
fn hear(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Listed { ticket, page } => {
            known::listed(state, ticket, &page);
            browse::listed(state, ticket, page);
            Vec::new()
        }
        Msg::Compared { ticket, same } => browse::compared(state, ticket, same),
        // That there are none to be had is told on Enter.
        Msg::Folders { ticket, names } => prompt::found(state, ticket, names.unwrap_or_default()),
        Msg::Counted(ticket, below) => sizes::counted(state, ticket, below),
        Msg::Measured(ticket, below) => sizes::measured(state, ticket, below),
        Msg::BinListed { ticket, page } => bin::listed(state, ticket, page),
        Msg::Owners(owners) => {
            let rows = state.rows();
            state.bin.know_owners(owners, rows);
            Vec::new()
        }
        Msg::Landed { ticket, step } => {
            bin::landing::found(state, ticket, step);
            Vec::new()
        }
        Msg::Looked { ticket, shown } => preview::looked(state, ticket, shown),
        Msg::Asked { ticket, step } => {
            plan::asked(state, ticket, step);
            Vec::new()
        }
        Msg::Recalled { marks, letters, at } => {
            places::recalled(state, letters);
            mark::recalled(state, marks, at);
            Vec::new()
        }
        Msg::WorkedOut { ticket, worked, at } => planning::told(state, ticket, *worked, at),
        Msg::Written {
            ticket,
            file,
            outcome,
        } => {
            plan::written(state, ticket, &file, outcome);
            Vec::new()
        }
        Msg::Searched { ticket, page } => search::searched(state, ticket, page),
        Msg::Reported {
            ticket,
            file,
            outcome,
        } => {
            results::report::written(state, ticket, &file, outcome);
            Vec::new()
        }
        Msg::Walked { ticket, step } if found::awaits(state, ticket) => {
            known::walked(state, &step);
            found::walked(state, step)
        }
        Msg::Summed {
            ticket,
            file,
            crc64,
        } => {
            if found::awaits(state, ticket) {
                known::summed(state, file, &crc64);
            }
            found::summed(state, ticket, file, &crc64)
        }
        Msg::Walked { ticket, step } => {
            known::walked(state, &step);
            rule::walked(state, ticket, step)
        }
        Msg::Usage { ticket, usage } => link::told(state, ticket, usage.ok()),
        Msg::Answered(trip) => link::answered(state, trip),
        Msg::Job(event) => jobs::happened(state, event),
        Msg::History(jobs) => {
            let rows = state.rows();
            state.past.arrive(jobs, rows);
            Vec::new()
        }
        Msg::WayBack(id, undo) => {
            past::ask_undo(state, id, undo);
            Vec::new()
        }
        Msg::Retriable(id, spec) => {
            past::ask_retry(state, id, spec);
            Vec::new()
        }
        told => hear_of_acts(state, told),
    }
}

/// What is told for a single act: of names, of one row, and of this machine.
fn hear_of_acts(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Taken { ticket, taken } => yank::told(state, ticket, taken),
        Msg::Described { ticket, facts } if places::awaits(state, ticket) => {
            let (mut effects, keys) = places::told(state, facts);
            for (event, at) in keys {
                effects.extend(press(state, event, at));
            }
            effects
        }
        Msg::Described { ticket, facts } if compare::awaits(state, ticket) => {
            compare::told(state, ticket, facts);
            Vec::new()
        }
        Msg::Described { ticket, facts } => {
            details::told(state, ticket, facts);
            Vec::new()
        }
        Msg::Weighed {
            ticket,
            inside,
            folder,
        } => {
            weigh::told(state, ticket, inside, folder);
            Vec::new()
        }
        Msg::Linked { ticket, link } => copy::linked(state, ticket, link),
        Msg::LocalFolders { ticket, names } => prompt::found(state, ticket, names),
        Msg::Gathering {
            ticket,
            files,
            bytes,
        } => {
            download::gathering(state, ticket, files, bytes);
            Vec::new()
        }
        Msg::Gathered { ticket, gathered } => download::gathered(state, ticket, gathered),
        Msg::ListWritten { file, outcome } => {
            marks::written(state, &file, outcome);
            Vec::new()
        }
        Msg::Room { ticket, room } => download::room(state, ticket, room),
        Msg::Opened { file, outcome } => {
            download::opened(state, &file, outcome);
            Vec::new()
        }
        Msg::Edited { ticket, text } => {
            rename::told(state, ticket, text);
            Vec::new()
        }
        // Taken in before.
        _ => Vec::new(),
    }
}

/// Does a piece of the work that is left.
fn work(state: &mut State) {
    let rows = state.rows();
    if state.browser.listing.is_working() {
        state.browser.work(rows);
        if !state.browser.listing.is_working() {
            filter::go_to_best(state);
        }
    } else if state.seek.is_some() {
        find::seek_on(state);
    } else if state.plan.as_ref().is_some_and(Draft::is_arranging) {
        plan::arrange_on(state);
    } else if !state.marks.are_ready() {
        state.marks.prepare();
    } else if !state.browser.listing.are_ready() {
        state.browser.listing.prepare();
    } else {
        rule::count_on(state);
    }
}

fn paste(state: &mut State, text: &str, at: jiff::Timestamp) -> Vec<Effect> {
    if state.question.is_some() {
        question::paste(state, text, at);
    } else if state.prompt.is_some() {
        return prompt::paste(state, text);
    } else if state.form.is_some() {
        form::paste(state, text);
    } else if state.view == View::Help {
        help::paste(state, text);
    }
    Vec::new()
}

fn press(state: &mut State, event: KeyEvent, at: jiff::Timestamp) -> Vec<Effect> {
    // A cursor that is wanted elsewhere by now stays there.
    state.seek = None;
    let key = Key::from(event);
    if state.question.is_some() {
        return question::press(state, event, at);
    }
    if state.places.going.is_some() {
        places::wait(state, event, at);
        return Vec::new();
    }
    if planning::press(state, event) {
        return Vec::new();
    }
    if state.prompt.is_some() {
        let (mut effects, command) = prompt::press(state, event);
        if let Some(command) = command {
            effects.extend(obey(state, command));
        }
        return effects;
    }
    if state.form.is_some() {
        return form::press(state, event);
    }
    if let Some(wanted) = state.places.awaits.take() {
        return places::letter(state, wanted, event);
    }
    let is_typed = state.view == View::Help && state.pressed.is_empty();
    if is_typed && help::press(state, key) {
        return Vec::new();
    }
    if state.pressed.is_empty() {
        match key.digit() {
            Some(0) if state.count == 0 => {}
            Some(digit) => {
                state.count = state.count.saturating_mul(10).saturating_add(digit);
                return Vec::new();
            }
            None => {}
        }
    }
    state.pressed.push(key);
    state.pressed_at = at;
    match state.keymap.meaning(state.view.context(), &state.pressed) {
        Meaning::Beginning => Vec::new(),
        Meaning::Call(call) => {
            state.pressed.clear();
            let count = std::mem::take(&mut state.count);
            run(state, call, count)
        }
        Meaning::Nothing => {
            let keys = spell(&std::mem::take(&mut state.pressed));
            let is_abandoned = std::mem::take(&mut state.count) > 0 || keys.ends_with("Esc");
            if !is_abandoned {
                state.say(tr!("{keys} does nothing here; ? lists the keys", keys));
            }
            Vec::new()
        }
    }
}

/// Does what a key or a line of the help calls.
fn run(state: &mut State, call: Call, count: usize) -> Vec<Effect> {
    match call {
        Call::Action(action) => intend(state, action, count),
        Call::Line(line) => match read(&line) {
            Ok(command) => obey(state, command),
            Err(complaint) => {
                state.warn(complaint);
                Vec::new()
            }
        },
    }
}

/// Does what a line typed after `:` says.
fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Action(action) => intend(state, action, 0),
        _ if !state.is_connected => {
            state.say(Reason::NotConnected.to_string());
            Vec::new()
        }
        other => {
            state.notice.take_if(|notice| !notice.stays);
            command::obey(state, other)
        }
    }
}

/// Does what the user wants, or says why it cannot be done now.
fn intend(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    // A line is typed in between when the same command is given twice.
    let again = state.again.take_if(|_| action != Action::Command);
    state.notice.take_if(|notice| !notice.stays);
    if let Err(reason) = availability(state, action) {
        state.say(reason.to_string());
        return Vec::new();
    }
    let stops = action == Action::Interrupt || action == Action::Back && state.view == View::Browse;
    if stops && let Some(effects) = rule::stop(state) {
        return effects;
    }
    if stops && let Some(effects) = download::stop(state) {
        return effects;
    }
    if action == Action::Interrupt
        && let Some(effects) = found::stop(state)
    {
        return effects;
    }
    match action {
        Action::Recycle | Action::DeleteForever if state.view == View::Found => {
            found::delete(state, action, again == Some(Again::LastCopies));
            Vec::new()
        }
        Action::Search if matches!(state.view, View::Browse | View::Found) => {
            search::open(state);
            Vec::new()
        }
        Action::SearchForm => {
            form::open(state);
            Vec::new()
        }
        Action::MarkAll if state.view == View::Found => {
            found::mark::all(state, again == Some(Again::MarkAll));
            Vec::new()
        }
        Action::Stop => stop(state),
        Action::Interrupt => screen::interrupt(state, again == Some(Again::Interrupt)),
        Action::Quit if state.view == View::Browse && state.tabs.count() > 1 => tabs::close(state),
        Action::Quit => screen::quit(state, again == Some(Again::Quit)),
        Action::MarkAll if state.view == View::Browse => {
            mark::mark_all(state, again == Some(Again::MarkAll))
        }
        Action::Back if state.view == View::Browse => {
            mark::step_back(state, again == Some(Again::Clear))
        }
        Action::Enter | Action::Back if state.view == View::Libraries => {
            libraries::act(state, action, again == Some(Again::Leave))
        }
        _ => act(state, action, count),
    }
}

/// Stops what goes on, the nearest first; what came stays.
fn stop(state: &mut State) -> Vec<Effect> {
    let stopped = found::stop(state).or_else(|| rule::stop(state));
    stopped.unwrap_or_else(|| {
        screen::stop_loading(state).unwrap_or_else(|| {
            state.say(tr!("Nothing is being searched or loaded."));
            Vec::new()
        })
    })
}

/// Does what the user wants, where the user is. `count` is 0 where none was given.
fn act(state: &mut State, action: Action, count: usize) -> Vec<Effect> {
    if motion::act(state, action, count) {
        return Vec::new();
    }
    if let Some(effects) = screen::act(state, action) {
        return effects;
    }
    if action == Action::Bin {
        if state.view == View::Bin {
            return Vec::new();
        }
        screen::open(state, View::Bin);
        return bin::open(state);
    }
    if action == Action::UndoHistory {
        return past::open(state);
    }
    if action == Action::Plan {
        plan::open(state, JobKind::Recycle);
        return Vec::new();
    }
    if let Some(effects) = found::open(state, action) {
        return effects;
    }
    if preview::act(state, action) {
        return Vec::new();
    }
    match state.view {
        View::Browse => browse::act(state, action, count),
        View::Marks => marks::act(state, action),
        View::Plan => plan::act(state, action),
        View::Jobs => jobs::act(state, action),
        View::Results => results::act(state, action),
        View::Past => past::act(state, action),
        View::Bin => bin::act(state, action, count),
        View::Found if action == Action::Compare => compare::open(state),
        View::Found => found::act(state, action),
        View::Compare => compare::act(state, action),
        View::Preview | View::Details => {
            if action == Action::Back {
                screen::back(state);
            }
            Vec::new()
        }
        // Done above: it takes the same key twice.
        View::Libraries => Vec::new(),
        View::Help => match help::act(state, action) {
            Some(call) => run(state, call, count),
            None => Vec::new(),
        },
    }
}
