//! Answering the open question. Enter and `d` never confirm by themselves, and keys that were
//! meant for what was there before are not heard.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::{bin, delete, download, plan, screen, weigh, yank};
use crate::domain::job::JobId;
use crate::domain::paste::Choice;
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::state::planning::Then;
use crate::tui::state::question::{Answer, Ask, NAMED, Question};
use crate::tui::state::{Recycling, State};
use crate::tui::view::is_answerable;

/// A key while a question is open.
pub fn press(state: &mut State, event: KeyEvent, at: Timestamp) -> Vec<Effect> {
    let Some(question) = &mut state.question else {
        return Vec::new();
    };
    if question.is_deaf(at) {
        return Vec::new();
    }
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if event.code == KeyCode::Esc || control && event.code == KeyCode::Char('c') {
        return dismiss(state);
    }
    if !is_answerable(state) {
        return Vec::new();
    }
    let Some(question) = &mut state.question else {
        return Vec::new();
    };
    if matches!(question.ask, Ask::Quit) {
        return press_quit(state, event);
    }
    if matches!(question.ask, Ask::CutOff(_)) {
        return press_cut_off(state, event);
    }
    if question.wants_choice() {
        return press_choice(state, event);
    }
    let is_plan_key = match &question.answer {
        Answer::Words { typed, .. } => typed.value().is_empty(),
        Answer::Buttons { .. } => true,
    };
    let then = match event.code {
        KeyCode::Char('p') => Some(Then::Look),
        KeyCode::Char('t') => Some(Then::DryRun),
        _ => None,
    };
    if let Some(then) = then.filter(|_| is_plan_key && !control)
        && let Some(effects) = plan::open_of_question(state, then)
    {
        return effects;
    }
    let Some(question) = &mut state.question else {
        return Vec::new();
    };
    // Only what is easily put back, one at a time, may go unasked from now on.
    let may_be_unasked = question.is_one_line() && state.recycling == Recycling::On;
    let waits = question.waits();
    match &mut question.answer {
        Answer::Words { wanted, typed } => match event.code {
            KeyCode::Enter if typed.value().trim() == wanted => return accept(state),
            KeyCode::Enter => {}
            KeyCode::Down => scroll(question, 1),
            KeyCode::Up => scroll(question, -1),
            _ => {
                typed.press(event);
            }
        },
        Answer::Buttons { .. } if control => {}
        Answer::Buttons { does } => match event.code {
            KeyCode::Char('a') if may_be_unasked => {
                state.unasked = Some(at);
                return accept(state);
            }
            KeyCode::Char('y') => return accept(state),
            KeyCode::Enter if *does => return accept(state),
            KeyCode::Char('w') if waits => weigh::wait_no_longer(state),
            KeyCode::Char('n' | 'q') | KeyCode::Enter => return dismiss(state),
            KeyCode::Tab
            | KeyCode::BackTab
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::Char('h' | 'l') => *does = !*does,
            KeyCode::Char('c') => {
                if let Ask::Restore { on_clash, .. } = &mut question.ask {
                    *on_clash = bin::next_strategy(*on_clash);
                }
            }
            KeyCode::Char('j') | KeyCode::Down => scroll(question, 1),
            KeyCode::Char('k') | KeyCode::Up => scroll(question, -1),
            _ => {}
        },
    }
    Vec::new()
}

/// Text is pasted into the words of a question: it counts as typed.
pub fn paste(state: &mut State, text: &str, at: Timestamp) {
    if !is_answerable(state) {
        return;
    }
    let Some(question) = &mut state.question else {
        return;
    };
    if question.is_deaf(at) {
        return;
    }
    if let Answer::Words { typed, .. } = &mut question.answer {
        typed.paste(text);
    }
}

/// Asks about the next job that was cut off, if there is one.
pub fn ask_cut_off(state: &mut State) {
    if state.caution.is_read_only {
        return;
    }
    if let Some(cut_off) = state.cut_off.pop_front() {
        let ask = Ask::CutOff(Box::new(cut_off));
        state.question = Some(Question::buttons(ask, state.now));
    }
}

fn press_cut_off(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let goes_on = state.question.as_ref().is_some_and(
        |question| matches!(&question.ask, Ask::CutOff(cut_off) if !cut_off.is_unwritten()),
    );
    let effect: fn(JobId) -> Effect = match event.code {
        KeyCode::Char('r') if goes_on => |id| Effect::Resume(id, true),
        KeyCode::Char('c') if goes_on => |id| Effect::Resume(id, false),
        KeyCode::Char('x') => Effect::Drop,
        _ => return Vec::new(),
    };
    let Some(Question {
        ask: Ask::CutOff(cut_off),
        ..
    }) = state.question.take()
    else {
        return Vec::new();
    };
    let id = cut_off.job.id;
    state.jobs.take_up(cut_off.job);
    screen::fit(state);
    ask_cut_off(state);
    vec![effect(id)]
}

fn press_choice(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let Some(question) = &mut state.question else {
        return Vec::new();
    };
    let can_overwrite = match &question.ask {
        Ask::Paste(paste) => paste.replaceable() > 0,
        _ => true,
    };
    let choose: fn(&mut State, Choice) -> Vec<Effect> = match &question.ask {
        Ask::Paste(_) => yank::choose,
        _ => download::choose,
    };
    match event.code {
        KeyCode::Char('k') => choose(state, Choice::KeepBoth),
        KeyCode::Char('s') => choose(state, Choice::Skip),
        KeyCode::Char('o') if can_overwrite => choose(state, Choice::Overwrite),
        KeyCode::Char('n' | 'q') | KeyCode::Enter => dismiss(state),
        KeyCode::Down => {
            scroll(question, 1);
            Vec::new()
        }
        KeyCode::Up => {
            scroll(question, -1);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn press_quit(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Char('f') => {
            state.question = None;
            state.leaving = true;
            state.say(tr!(
                "The program ends when the jobs are over. q asks again."
            ));
            Vec::new()
        }
        KeyCode::Char('x') => {
            state.question = None;
            state.leaving = true;
            state.say(tr!(
                "Stopping: answers still due are awaited, then the program ends."
            ));
            state
                .jobs
                .running()
                .map(|job| Effect::Cancel(job.id))
                .collect()
        }
        // Logs of jobs that are not over are offered at the next start.
        KeyCode::Char('l') => vec![Effect::Quit],
        KeyCode::Char('w' | 'n' | 'q') | KeyCode::Enter => dismiss(state),
        _ => Vec::new(),
    }
}

fn dismiss(state: &mut State) -> Vec<Effect> {
    if let Some(question) = state.question.take() {
        match question.ask {
            Ask::Quit => {
                state.leaving = false;
                state.say(tr!("Staying."));
            }
            Ask::CutOff(cut_off) => {
                let id = cut_off.job.id;
                state.say(tr!(
                    "Job {id} is left as it is: it is asked about again at the next start.",
                    id
                ));
                ask_cut_off(state);
            }
            Ask::Delete { .. } => state.say(tr!("Nothing was sent. Marks are kept.")),
            Ask::Paste(_) => state.say(tr!("Nothing was pasted. What is yanked or cut is kept.")),
            Ask::Fetch(_) | Ask::Open(_) => state.say(tr!("Nothing was fetched.")),
            Ask::Rename(_) => {
                state.say(tr!("Nothing was renamed. r opens the list as you left it."));
            }
            Ask::Restore { .. }
            | Ask::Purge(_)
            | Ask::EmptyBin { .. }
            | Ask::Retry { .. }
            | Ask::Undo { .. } => {
                state.say(tr!("Nothing was sent."));
            }
        }
    }
    Vec::new()
}

fn accept(state: &mut State) -> Vec<Effect> {
    if weigh::keeps_back(state) {
        return Vec::new();
    }
    match state.question.take() {
        Some(Question {
            ask: Ask::Open(target),
            ..
        }) => download::fetch_to_open(state, target),
        Some(question) => delete::accept(state, &question),
        None => Vec::new(),
    }
}

/// Scrolls the list in the question; how far it can go is the business of the list's length.
fn scroll(question: &mut Question, lines: isize) {
    let last = question.items().saturating_sub(NAMED);
    question.scroll = question.scroll.saturating_add_signed(lines).min(last);
}
