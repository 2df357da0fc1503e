//! A rule while it is being typed: the filter above all, which narrows the list down as it grows.
//! What only goes to rows is for `find`, what marks is for `rule`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use crate::domain::entries::EntryRef;
use crate::domain::filter::Filter;
use crate::domain::listing::EntryId;
use crate::domain::rule::complete;
use crate::tui::effect::Effect;
use crate::tui::state::{Purpose, State, Typing, View};

use super::{bin, find, motion, results, rule, search, tabs};
use crate::texts::tr;

/// Opens the line, with the filter that is set.
pub fn open(state: &mut State) {
    let before = state.browser.filter().cloned();
    state.is_fuzzy = before.as_ref().is_some_and(|set| set.rule().is_fuzzy());
    let text = before
        .as_ref()
        .map_or_else(String::new, |filter| filter.text().to_owned());
    state.typing = Some(Typing {
        input: Input::new(text),
        purpose: Purpose::Filter { before },
        complaint: None,
        remark: String::new(),
        tally: None,
    });
}

/// A key in the line: Enter keeps the filter or carries the rule out, Esc drops what was typed, Tab
/// completes the word.
pub fn press(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let Some(typing) = &mut state.typing else {
        return Vec::new();
    };
    match event.code {
        KeyCode::Tab if matches!(typing.purpose, Purpose::TabName | Purpose::Report(_)) => {}
        KeyCode::Tab => complete_word(state),
        // What is no filter yet cannot be kept: the list would show what was not asked for.
        KeyCode::Enter if typing.complaint.is_some() => {}
        KeyCode::Enter => match typing.purpose {
            Purpose::Filter { .. } | Purpose::Bin { .. } | Purpose::Results { .. } => {
                state.typing = None;
            }
            Purpose::Find { .. } => find::accept(state),
            Purpose::Report(job) => return results::report::write(state, job),
            Purpose::Mark | Purpose::Unmark if state.view == View::Bin => {
                bin::filter::mark(state);
            }
            Purpose::Mark | Purpose::Unmark => return rule::accept(state),
            Purpose::Search => return search::accept(state),
            Purpose::TabName => tabs::name(state),
        },
        KeyCode::Char('t')
            if event.modifiers.contains(KeyModifiers::CONTROL) && typing.purpose.may_be_fuzzy() =>
        {
            state.is_fuzzy = !state.is_fuzzy;
            apply(state);
        }
        KeyCode::Esc => abandon(state),
        KeyCode::Char('c') if event.modifiers.contains(KeyModifiers::CONTROL) => abandon(state),
        KeyCode::Down | KeyCode::Up if matches!(typing.purpose, Purpose::Find { .. }) => {
            find::turn(state, event.code == KeyCode::Down);
        }
        // Moving in the list does not need the line to be closed.
        KeyCode::Down | KeyCode::Up => {
            let row = state.place().0.row;
            let row = if event.code == KeyCode::Down {
                row + 1
            } else {
                row.saturating_sub(1)
            };
            motion::go(state, row);
        }
        _ => {
            if let Some(request) = request(event)
                && typing
                    .input
                    .handle(request)
                    .is_some_and(|change| change.value)
            {
                apply(state);
            }
        }
    }
    Vec::new()
}

/// Text is pasted into the line, if it is open.
pub fn paste(state: &mut State, text: &str) {
    let Some(typing) = &mut state.typing else {
        return;
    };
    for character in text.chars().filter(|character| !character.is_control()) {
        typing.input.handle(InputRequest::InsertChar(character));
    }
    apply(state);
}

fn abandon(state: &mut State) {
    let rows = state.rows();
    let Some(typing) = state.typing.take() else {
        return;
    };
    match typing.purpose {
        Purpose::Filter { before } => state.browser.set_filter(before, rows),
        Purpose::Find { before, row } => {
            state.find = before;
            state.browser.move_to(row, rows);
        }
        Purpose::Bin { before } => bin::filter::restore(state, before.as_deref()),
        Purpose::Results { before } => {
            results::report::restore_filter(state, before.as_deref());
        }
        Purpose::Report(_) => state.say(tr!("Nothing was written.")),
        Purpose::Mark | Purpose::Unmark | Purpose::Search | Purpose::TabName => {}
    }
}

/// Writes what the word at the cursor may become: as much of it as is certain.
fn complete_word(state: &mut State) {
    let Some(typing) = &mut state.typing else {
        return;
    };
    let line = typing.input.value().to_owned();
    let cursor = line
        .char_indices()
        .nth(typing.input.cursor())
        .map_or(line.len(), |(at, _)| at);
    let found = complete(&line, cursor, &state.rules);
    let Some(first) = found.first() else {
        return;
    };
    let certain = found.iter().fold(first.with.as_str(), |certain, other| {
        let same = certain.bytes().zip(other.with.bytes());
        &certain[..same.take_while(|(one, other)| one == other).count()]
    });
    let before = format!("{}{certain}", &line[..first.replaced.start]);
    let place = before.chars().count();
    let text = before + &line[first.replaced.end..];
    typing.input = Input::new(text).with_cursor(place);
    apply(state);
    if found.len() > 1
        && let Some(typing) = &mut state.typing
    {
        let words: Vec<&str> = found.iter().map(|one| one.with.as_str()).collect();
        typing.complaint = None;
        typing.remark = words.join(" ");
    }
}

fn apply(state: &mut State) {
    let rows = state.rows();
    let view = state.viewpoint();
    let Some(typing) = &mut state.typing else {
        return;
    };
    typing.remark.clear();
    match typing.purpose {
        Purpose::TabName | Purpose::Report(_) => return,
        Purpose::Search => return search::check(state),
        Purpose::Bin { .. } => return bin::filter::apply(state),
        Purpose::Results { .. } => return results::report::apply_filter(state),
        Purpose::Mark | Purpose::Unmark if state.view == View::Bin => {
            return bin::filter::preview(state);
        }
        Purpose::Filter { .. } | Purpose::Find { .. } | Purpose::Mark | Purpose::Unmark => {}
    }
    if !typing.purpose.may_be_fuzzy() {
        rule::preview(state);
        return;
    }
    let beside = (&state.marks, &state.known);
    match Filter::parse_beside(typing.input.value(), state.is_fuzzy, &view, beside) {
        Ok(filter) => {
            typing.complaint = None;
            if let Purpose::Find { row, .. } = typing.purpose {
                find::look(state, filter, row);
            } else {
                state.browser.set_filter(filter, rows);
                go_to_best(state);
            }
        }
        // The last filter that could be read stays.
        Err(complaint) => typing.complaint = Some(complaint.message),
    }
}

/// Among rows that only hold the letters typed, the cursor goes to the one that fits best. Where
/// there are very many, the next letters will tell.
pub fn go_to_best(state: &mut State) {
    let rows = state.rows();
    let listing = &state.browser.listing;
    let is_typed = state.typing.is_some();
    if !is_typed || listing.is_working() || listing.rows() > find::LONG {
        return;
    }
    let names = listing.shown().map(EntryRef::name);
    if let Some(filter) = listing.filter().filter(|filter| filter.rule().is_fuzzy())
        && let Some(best) = filter.rule().best(names)
    {
        state.browser.move_to(best, rows);
    }
}

/// Lets a filter that asks for marks or copies follow them.
pub fn renew(state: &mut State) {
    let rows = state.rows();
    let filter = state.browser.listing.filter();
    let renewed = filter.and_then(|filter| filter.renewed(&state.marks, &state.known));
    // While pages arrive there are new files with each of them.
    if let Some(renewed) = renewed.filter(|_| !state.browser.is_loading()) {
        state.browser.set_filter(Some(renewed), rows);
    }
}

/// Counts the marks of this directory that the filter hides, so that drawing need not.
pub fn count_hidden(state: &mut State) {
    let browser = &mut state.browser;
    let (directory, listing) = (&browser.directory, &browser.listing);
    let marked = state.marks.totals_in(directory).count;
    if listing.filter().is_none() || marked == 0 {
        browser.hidden_marks = 0;
        browser.hidden_for = None;
        return;
    }
    let rows = (listing.rows(), listing.is_working());
    let filter = listing.filter().map(Filter::key);
    let key = filter.map(|filter| (filter, directory.clone(), state.marks.revision(), rows));
    if browser.hidden_for == key {
        return;
    }
    let marks = state.marks.beside(directory, listing);
    let is_chosen = |id: &EntryId| marks.get(*id).is_some_and(|mark| mark.is_chosen());
    browser.hidden_marks = marked - listing.ids().filter(is_chosen).count();
    browser.hidden_for = key;
}

/// What a key means to a line of text; none for keys that have no place in it.
pub fn request(event: KeyEvent) -> Option<InputRequest> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    Some(match event.code {
        KeyCode::Char('a') if control => InputRequest::GoToStart,
        KeyCode::Char('e') if control => InputRequest::GoToEnd,
        KeyCode::Char('u') if control => InputRequest::DeleteLine,
        KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
        KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
        KeyCode::Char(_) if control || event.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(character) => InputRequest::InsertChar(character),
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return None,
    })
}
