//! The loop of the screen: a message, a frame, and what is asked of the world.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::input::{Ends, Input};
use super::look::REST;
use super::pictures::{Pictures, picker};
use super::{Manners, Runtime, lent};
use crate::client::Client;
use crate::jobs::Worker;
use crate::jobs::log::Record;
use crate::keep::Shelf;
use crate::tui::effect::Effect;
use crate::tui::msg::{Hidden, Msg};
use crate::tui::state::{Start, State};
use crate::tui::terminal::Ours;
use crate::tui::terminal::background::{self, Late};
use crate::tui::theme::BuiltIn;
use crate::tui::update::{apply, catch_up, start, tidy, update};
use crate::tui::view::view;

/// Messages that are taken in before the screen is drawn once.
const AT_ONCE: usize = 64;
/// After this time no more are taken in: a key may be waiting.
const TURN: Duration = Duration::from_millis(4);
/// The least time between two frames that no key has asked for, while a job runs.
const FRAME: Duration = Duration::from_millis(33);
/// The same while there is less to see: terminals take their share of the processors to show a frame.
const COUNTING: Duration = Duration::from_millis(100);
/// Between two changes of the screen that no key has asked for, where each one is spoken.
const CALM: Duration = Duration::from_secs(3);
/// How often the time on the screen moves on while something is going on.
const TICK: Duration = Duration::from_millis(200);

/// How the screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// To end the program.
    ForGood,
    /// For another library, by its place in the list of them.
    ForLibrary(usize),
}

/// Shows the screen until the user leaves it, and gives the worker back: it may still wait for an
/// answer. Also tells how the screen was left, and what the user was used to by then.
///
/// # Errors
/// There is no terminal, or it cannot be written to.
pub async fn run(
    client: Client,
    worker: Worker,
    cut_off: Vec<Record>,
    shelf: Option<Arc<Shelf>>,
    mut begin: Start,
    pictures: Pictures,
    manners: Manners,
) -> std::io::Result<(Worker, Left)> {
    let (mut ours, input) = take(&mut begin, &manners)?;
    let blocks = begin.habits.look.has_blocks();
    // Kept apart: what waits here has little room.
    let mut state = Box::new(State::new(begin, ours.screen.size()?));
    let picker = picker(
        pictures,
        &|name| std::env::var(name).ok(),
        ours.cell(),
        blocks,
    );
    let mut runtime = Runtime::new(client, worker, cut_off, picker, REST)
        .with(manners)
        .keeping(shelf, &state);
    let shown = show(&mut ours, &mut state, &mut runtime, input).await;
    drop(ours);
    if let Some(kept) = runtime.keep(&state) {
        let _ = kept.await;
    }
    shown.map(|left| (runtime.worker, left))
}

/// Lets the user choose a library, and says why there is none so far, if something went wrong; none
/// if the user quits instead.
///
/// # Errors
/// There is no terminal, or it cannot be written to.
pub async fn choose(
    mut begin: Start,
    manners: Manners,
    complaint: Option<String>,
) -> std::io::Result<Option<usize>> {
    let (mut ours, mut input) = take(&mut begin, &manners)?;
    let mut ends = Ends::listen()?;
    let mut state = Box::new(State::choosing(begin, ours.screen.size()?));
    if let Some(complaint) = complaint {
        state.warn(complaint);
    }
    loop {
        ours.screen.draw(|frame| view(&state, frame))?;
        let msg = tokio::select! {
            biased;
            () = ends.next(false) => Msg::Terminate,
            msg = input.next() => msg,
            () = sleep_until(until(&state)), if is_waiting(&state) => Msg::Tick(Timestamp::now()),
        };
        for effect in update(&mut state, msg) {
            match effect {
                Effect::Quit => return Ok(None),
                Effect::Library(chosen) => return Ok(Some(chosen)),
                Effect::Redraw => ours.redraw()?,
                Effect::Mouse(on) => ours.mouse(on)?,
                Effect::Suspend => {
                    input.stop();
                    ours.suspend()?;
                    input = Input::listen(Vec::new(), Late::default());
                }
                // There is no library yet to ask anything of.
                _ => {}
            }
        }
    }
}

/// Takes the terminal over and asks it what has to be known before the first frame.
fn take(begin: &mut Start, manners: &Manners) -> std::io::Result<(Ours, Input)> {
    let mut ours = Ours::take()?;
    let heard = background::ask(manners.asks_background)?;
    let look = &mut begin.habits.look;
    if manners.asks_background && heard.is_light == Some(true) {
        *look = look.showing(BuiltIn::Light);
    }
    if heard.has_wide_lines {
        *look = look.without_lines();
    }
    if begin.habits.mouse {
        ours.mouse(true)?;
    }
    let input = Input::listen(heard.keys, heard.late);
    Ok((ours, input))
}

/// Draws what is there, and all that has arrived.
fn draw(ours: &mut Ours, state: &mut State) -> std::io::Result<()> {
    tidy(state);
    ours.screen.draw(|frame| view(state, frame))?;
    Ok(())
}

async fn show(
    ours: &mut Ours,
    state: &mut State,
    runtime: &mut Runtime,
    mut input: Input,
) -> std::io::Result<Left> {
    let (frame, counting, tick) = if runtime.manners.is_calm {
        (CALM, CALM, CALM)
    } else {
        (FRAME, COUNTING, TICK)
    };
    let mut ends = Ends::listen()?;
    let mut tick = interval(tick);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut effects = start(state);
    // When the screen has to be drawn; none while it shows what is.
    let mut due = Some(Instant::now());
    // When marks have to be written; none while what is on the disk is what is.
    let mut keep = None;
    // The program that has the terminal, and what comes of it; jobs go on meanwhile.
    let mut lent: Option<JoinHandle<Msg>> = None;
    loop {
        let asked = std::mem::take(&mut effects);
        if let Some(left) = carry_out(asked, ours, runtime, &mut input, &mut lent)? {
            return Ok(left);
        }
        // Timers are rounded up to milliseconds, which is felt with every key.
        if lent.is_none() && due.is_some_and(|due| due <= Instant::now()) {
            draw(ours, state)?;
            due = None;
        }
        let (first, mut by_user) = tokio::select! {
            biased;
            () = ends.next(lent.is_some()) => (Msg::Terminate, true),
            Some(msg) = back(&mut lent), if lent.is_some() => {
                ours.retake()?;
                input = Input::listen(Vec::new(), Late::default());
                (msg, true)
            }
            msg = input.next(), if lent.is_none() => (msg, true),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() && lent.is_none() => {
                draw(ours, state)?;
                due = None;
                continue;
            }
            () = sleep_until(until(state)), if is_waiting(state) => {
                (Msg::Tick(Timestamp::now()), true)
            }
            () = sleep_until(keep.unwrap_or_else(Instant::now)), if keep.is_some() => {
                runtime.keep(state);
                keep = None;
                continue;
            }
            () = std::future::ready(()), if state.has_work() => (Msg::Spare, false),
            msg = runtime.next() => (msg, false),
            _ = tick.tick(), if state.is_busy() => (Msg::Tick(Timestamp::now()), false),
        };
        let began = Instant::now();
        let had_work = state.has_work();
        let was_empty = state.browser.listing.rows() == 0;
        let was_loading = state.browser.is_loading();
        let was_said = said(state);
        if by_user {
            tidy(state);
        }
        effects = apply(state, first);
        for _ in 1..AT_ONCE {
            // Keys first: what the user wants is never behind what the service tells.
            let next = input.next_ready().filter(|_| lent.is_none());
            by_user |= next.is_some();
            let goes_on = !by_user && began.elapsed() < TURN;
            let told = || goes_on.then(|| runtime.next_ready()).flatten();
            let Some(msg) = next.or_else(told) else {
                break;
            };
            if by_user {
                effects.extend(catch_up(state));
                tidy(state);
            }
            effects.extend(apply(state, msg));
        }
        effects.extend(catch_up(state));
        keep = keep.or_else(|| runtime.keep_due(state));
        // The answer to a key is shown at once, also one that took a while to work out, and so are the
        // first rows and the last of a folder and what is said; what else the service tells is gathered
        // into frames.
        let has_first_rows = was_empty && state.browser.listing.rows() > 0;
        let is_loaded = was_loading && !state.browser.is_loading();
        let is_worked_out = had_work && !state.has_work();
        let now = Instant::now();
        let pause = match state.jobs.running().next() {
            Some(_) => frame,
            None => counting,
        };
        due = Some(
            if by_user || is_worked_out || has_first_rows || is_loaded || was_said != said(state) {
                now
            } else {
                due.unwrap_or(now + pause)
            },
        );
    }
}

/// Does what is asked of the world; tells if the screen is left by that.
fn carry_out(
    effects: Vec<Effect>,
    ours: &mut Ours,
    runtime: &mut Runtime,
    input: &mut Input,
    lent: &mut Option<JoinHandle<Msg>>,
) -> std::io::Result<Option<Left>> {
    for effect in effects {
        match effect {
            Effect::Quit => return Ok(Some(Left::ForGood)),
            Effect::Library(chosen) => return Ok(Some(Left::ForLibrary(chosen))),
            Effect::Mouse(on) => ours.mouse(on)?,
            Effect::Notify(text) => ours.notify(runtime.manners.notice, &text)?,
            Effect::Redraw => ours.redraw()?,
            Effect::Copy(text) | Effect::CopyHidden(Hidden(text)) => ours.copy(&text)?,
            Effect::Edit { ticket, text } => {
                input.stop();
                ours.lend();
                let editor = runtime.manners.editor.clone();
                *lent = Some(tokio::task::spawn_blocking(move || Msg::Edited {
                    ticket,
                    text: lent::edit(&editor, &text),
                }));
            }
            Effect::OpenLocal(file) if runtime.manners.opener_takes_terminal && lent.is_none() => {
                input.stop();
                ours.lend();
                let opener = runtime.manners.opener.clone();
                *lent = Some(tokio::task::spawn_blocking(move || {
                    let outcome = lent::open(&opener, Path::new(&file));
                    Msg::Opened { file, outcome }
                }));
            }
            Effect::Suspend => {
                // An unread stream would still take keys from the shell.
                input.stop();
                ours.suspend()?;
                *input = Input::listen(Vec::new(), Late::default());
            }
            other => runtime.perform(other),
        }
    }
    Ok(None)
}

/// How much was said, and what is wrong with the line that is typed.
fn said(state: &State) -> (u64, Option<String>) {
    let prompt = state.prompt.as_ref();
    let complaint = prompt.and_then(|prompt| prompt.complaint.clone());
    (state.said.count(), complaint)
}

/// What comes of the program that the terminal was lent to, once that has ended.
async fn back(lent: &mut Option<JoinHandle<Msg>>) -> Option<Msg> {
    let ended = lent.as_mut()?.await;
    *lent = None;
    // However it ended, the user is back.
    Some(ended.unwrap_or(Msg::Focus(true)))
}

/// Whether keys are still to be shown that may follow those that were pressed.
fn is_waiting(state: &State) -> bool {
    state.hint_at().is_some() && !state.hints()
}

/// When they are to be shown.
fn until(state: &State) -> Instant {
    let left = state
        .hint_at()
        .map(|at| at.duration_since(Timestamp::now()));
    let left = left.and_then(|left| Duration::try_from(left).ok());
    Instant::now() + left.unwrap_or_default()
}
