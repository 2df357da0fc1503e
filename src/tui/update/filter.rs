//! A rule while it is being typed: the filter above all, which narrows the list down as it grows.
//! What only goes to rows is for `find`, what marks is for `rule`.

use crate::domain::entries::EntryRef;
use crate::domain::filter::Filter;
use crate::domain::listing::EntryId;
use crate::domain::rule::complete;
use crate::tui::state::State;
use crate::tui::state::prompt::{Prompt, Purpose};

use super::find;
use crate::tui::state::typed::Typed;

/// Opens the line, with the filter that is set.
pub fn open(state: &mut State) {
    let before = state.browser.filter().cloned();
    state.is_fuzzy = before.as_ref().is_some_and(|set| set.rule().is_fuzzy());
    let text = before
        .as_ref()
        .map_or_else(String::new, |filter| filter.text().to_owned());
    state.prompt = Some(Prompt::new(Purpose::Filter { before }, Typed::new(text)));
}

/// Writes what the word at the cursor may become: as much of it as is certain.
pub fn complete_word(state: &mut State) {
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    let line = prompt.line.value().to_owned();
    let cursor = prompt.line.cursor();
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
    prompt.line = Typed::new(text).with_cursor(place);
    super::prompt::changed(state);
    if found.len() > 1
        && let Some(prompt) = &mut state.prompt
    {
        let words: Vec<&str> = found.iter().map(|one| one.with.as_str()).collect();
        prompt.complaint = None;
        prompt.remark = words.join(" ");
    }
}

/// Narrows the list down by what is typed, or goes to the first row that it finds.
pub fn apply(state: &mut State) {
    let rows = state.rows();
    let view = state.viewpoint();
    let Some(prompt) = &mut state.prompt else {
        return;
    };
    let beside = (&state.marks, &state.known);
    match Filter::parse_beside(prompt.line.value(), state.is_fuzzy, &view, beside) {
        Ok(filter) => {
            prompt.complaint = None;
            if let Purpose::Find { row, .. } = prompt.purpose {
                find::look(state, filter, row);
            } else {
                state.browser.set_filter(filter, rows);
                go_to_best(state);
            }
        }
        // The last filter that could be read stays.
        Err(complaint) => prompt.complaint = Some(complaint.message),
    }
}

/// Among rows that only hold the letters typed, the cursor goes to the one that fits best. Where
/// there are very many, the next letters will tell.
pub fn go_to_best(state: &mut State) {
    let rows = state.rows();
    let listing = &state.browser.listing;
    let is_typed = state.prompt.is_some();
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
