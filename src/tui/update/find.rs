//! Finding rows in the list: to the first one while it is typed, then from one to the next.

use crate::domain::entries::EntryRef;
use crate::domain::filter::Filter;
use crate::domain::format::{count, printable};
use crate::texts::tr;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;
use crate::tui::state::{Seek, State};

/// The most rows that are looked at between two keys: some milliseconds of work.
pub const LONG: usize = 1 << 16;
/// Rows of a longer list that are looked at in one piece.
const PIECE: usize = 1 << 14;

/// Opens the line.
pub fn open(state: &mut State) {
    state.is_fuzzy = false;
    state.prompt = Some(Prompt::new(
        Purpose::Find {
            before: state.find.clone(),
            row: state.browser.cursor.row,
        },
        Typed::default(),
    ));
}

/// Looks for what is typed now: the cursor goes to the first row from `row` on, or to the one that
/// fits fuzzy words best.
pub fn look(state: &mut State, find: Option<Filter>, row: usize) {
    let height = state.rows();
    state.find = find;
    if state.find.is_none() || is_long(state) {
        state.browser.move_to(row, height);
        seek(state, row, 1, true);
        return;
    }
    let hits = hits(state);
    let at = hits.partition_point(|hit| *hit < row) % hits.len().max(1);
    let at = best(state, &hits).unwrap_or(at);
    let target = hits.get(at).copied().unwrap_or(row);
    state.browser.move_to(target, height);
    tell(state, place(state, at, hits.len()));
}

/// The next row that was found, or the one before, while the line stays open.
pub fn turn(state: &mut State, is_forward: bool) {
    step(state, 1, is_forward);
}

/// Keeps what was typed; an empty line looks for nothing any more.
pub fn accept(state: &mut State, remark: &str) {
    if state.find.is_some() {
        state.say(if remark.is_empty() {
            tr!("n and N go on.").to_owned()
        } else {
            tr!("{remark}. n and N go on.", remark)
        });
    }
}

/// So many found rows further, or back; round the end.
pub fn step(state: &mut State, count: usize, is_forward: bool) {
    if state.find.is_none() {
        state.say(tr!("Nothing is looked for: / finds in the list."));
        return;
    }
    if is_long(state) {
        let rows = state.browser.listing.rows();
        let row = state.browser.cursor.row;
        let next = if is_forward { row + 1 } else { row + rows - 1 };
        seek(state, next % rows, count, is_forward);
        return;
    }
    let height = state.rows();
    let hits = hits(state);
    let all = hits.len();
    let row = state.browser.cursor.row;
    let before = hits.partition_point(|hit| *hit < row);
    let is_on_one = hits.get(before) == Some(&row);
    let Some(count) = count.checked_rem(all) else {
        tell(state, place(state, 0, 0));
        return;
    };
    let at = if is_forward {
        before + count + all - usize::from(!is_on_one)
    } else {
        before + all - count
    } % all;
    state.browser.move_to(hits[at], height);
    tell(state, place(state, at, all));
}

/// Where more rows are than can be looked at between two keys.
fn is_long(state: &State) -> bool {
    state.browser.listing.rows() > LONG
}

/// Sets out from a row for the `count`th row that is found, at most once round the list.
fn seek(state: &mut State, next: usize, count: usize, is_forward: bool) {
    state.seek = state.find.is_some().then(|| Seek {
        next,
        left: state.browser.listing.rows(),
        is_forward,
        passes: count.saturating_sub(1),
    });
    tell(state, String::new());
    seek_on(state);
}

/// A piece further on the way.
pub fn seek_on(state: &mut State) {
    let height = state.rows();
    let (Some(mut seek), Some(find)) = (state.seek.take(), &state.find) else {
        return;
    };
    let listing = &state.browser.listing;
    let rows = listing.rows();
    for _ in 0..PIECE.min(seek.left) {
        let row = seek.next;
        seek.left -= 1;
        seek.next = if seek.is_forward {
            row + 1
        } else {
            row + rows - 1
        } % rows;
        if listing.row(row).is_some_and(|entry| find.matches(entry)) {
            if seek.passes == 0 {
                state.browser.move_to(row, height);
                return;
            }
            seek.passes -= 1;
        }
    }
    // Rows may have left meanwhile.
    if seek.left == 0 || seek.next >= rows {
        tell(state, place(state, 0, 0));
    } else {
        state.seek = Some(seek);
    }
}

/// Says it where it is looked for: behind the line while that is open.
fn tell(state: &mut State, place: String) {
    if let Some(prompt) = &mut state.prompt {
        prompt.remark = place;
    } else if let Some(find) = &state.find {
        let text = printable(find.text());
        state.say(
            tr!("{text}: {place}", text, place)
                .trim_end_matches([':', '：', ' '])
                .to_owned(),
        );
    }
}

/// The rows that were found.
fn hits(state: &State) -> Vec<usize> {
    let Some(find) = &state.find else {
        return Vec::new();
    };
    let rows = state.browser.listing.shown().enumerate();
    let found = rows.filter(|(_, entry)| find.matches(*entry));
    found.map(|(row, _)| row).collect()
}

fn best(state: &State, hits: &[usize]) -> Option<usize> {
    let rule = state.find.as_ref()?.rule();
    let listing = &state.browser.listing;
    let entries = hits.iter().filter_map(|hit| listing.row(*hit));
    rule.is_fuzzy()
        .then(|| rule.best(entries.map(EntryRef::name)))?
}

fn place(state: &State, at: usize, all: usize) -> String {
    let listing = &state.browser.listing;
    let scope = if listing.is_complete() {
        String::new()
    } else {
        tr!(" among {loaded} loaded", loaded = count(listing.loaded()))
    };
    match all {
        _ if state.find.is_none() => String::new(),
        0 => tr!("nothing here{scope}", scope),
        _ => tr!(
            "{at} of {all}{scope}",
            at = count(at + 1),
            all = count(all),
            scope
        ),
    }
}
