//! Marking and unmarking by a rule: the line while it is typed, the rows here, and a walk through
//! all that lies below.

use std::sync::Arc;

use super::{found, screen};
use crate::domain::entries::EntryRef;
use crate::domain::format::{bytes, count, counted, printable};
use crate::domain::known::Doubled;
use crate::domain::listing::EntryId;
use crate::domain::marks::{Marks, Origin};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Complaint, Facts, Field, Rule, Scope, extension};
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::msg::{Ticket, WalkStep};
use crate::tui::state::browser::Browser;
use crate::tui::state::prompt::{Prompt, Purpose, Tally};
use crate::tui::state::typed::Typed;
use crate::tui::state::{State, Sweep};

/// Rows that are looked at in one piece: a few milliseconds of work.
const PIECE: usize = 1 << 14;

/// Opens the line.
pub fn open(state: &mut State, purpose: Purpose) {
    state.prompt = Some(Prompt::new(purpose, Typed::default()));
}

/// Counts what the line would do, after each key: a piece at once, the rest when no key waits.
pub fn preview(state: &mut State) {
    let Some(prompt) = &state.prompt else { return };
    let (complaint, read) = match read(state, prompt.line.value()) {
        Err(complaint) => (Some(complaint.message), None),
        Ok(read) => (None, read),
    };
    let tally = read.map(|(rule, doubled)| Tally {
        rule,
        doubled,
        next: 0,
        matching: 0,
        marked: 0,
        size: 0,
    });
    if let Some(prompt) = &mut state.prompt {
        prompt.complaint = complaint;
        prompt.remark.clear();
        prompt.tally = tally;
    }
    count_on(state);
}

/// Counts a piece further what the line would do to the rows that are shown.
pub fn count_on(state: &mut State) {
    let Some(tally) = state.prompt.as_mut().and_then(|prompt| prompt.tally.take()) else {
        return;
    };
    let (tally, is_last) = looked_further(state, tally);
    let remark = remark(state, &tally);
    if let Some(prompt) = &mut state.prompt {
        prompt.remark = if is_last {
            remark
        } else {
            tr!("{remark}, counting ...", remark)
        };
        prompt.tally = (!is_last).then_some(tally);
    }
}

fn looked_further(state: &State, mut tally: Tally) -> (Tally, bool) {
    let (directory, listing) = (&state.browser.directory, &state.browser.listing);
    let marks = state.marks.beside(directory, listing);
    let to = listing.rows().min(tally.next + PIECE);
    for id in (tally.next..to).filter_map(|row| listing.id(row)) {
        let (entry, is_marked) = (listing.entry(id), || marks.get(id).is_some());
        let facts = facts(
            (&tally.rule, tally.doubled.as_ref()),
            directory,
            entry,
            is_marked,
        );
        if !tally.rule.matches(&facts) {
            continue;
        }
        tally.matching += 1;
        if is_marked() {
            tally.marked += 1;
        } else {
            tally.size += entry.size().unwrap_or(0);
        }
    }
    tally.next = to;
    (tally, to == listing.rows())
}

/// The last rule once more, here.
pub fn repeat(state: &mut State) -> Vec<Effect> {
    let Some((text, unmarks)) = state.last_rule.clone() else {
        state.say(tr!("No rule was used yet. + marks by one."));
        return Vec::new();
    };
    carry_out(state, &text, unmarks)
}

/// Marks all rows with the extension of this one.
pub fn same_extension(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.browser.under_cursor() else {
        return Vec::new();
    };
    if entry.is_directory() {
        state.say(tr!("A folder has no extension. + marks by a rule."));
        return Vec::new();
    }
    let text = match extension(entry.name()) {
        plain if !plain.is_empty() && plain.chars().all(char::is_alphanumeric) => {
            format!("ext:{plain}")
        }
        other => format!("ext:\"{other}\""),
    };
    carry_out(state, &text, false)
}

/// Gives a walk up, if one is going on; what it has marked stays marked.
pub fn stop(state: &mut State) -> Option<Vec<Effect>> {
    let sweep = state.sweep.take()?;
    state.tell(tr!("Stopped. {done}", done = done(&sweep)), false);
    Some(vec![Effect::StopWalk])
}

/// A walk has come a step further.
pub fn walked(state: &mut State, ticket: Ticket, step: WalkStep) -> Vec<Effect> {
    let Some(sweep) = state.sweep.as_mut().filter(|sweep| sweep.ticket == ticket) else {
        return Vec::new();
    };
    match step {
        WalkStep::Found {
            directory,
            looked,
            entries,
            ..
        } => {
            sweep.looked += looked;
            apply(&mut state.marks, sweep, &directory, entries.iter());
            let text = tr!(
                "{looked} looked at. {done} Ctrl-c stops.",
                looked = count(sweep.looked),
                done = done(sweep)
            );
            state.say(text);
        }
        WalkStep::Unread { directory, failure } => {
            sweep.unread += 1;
            sweep.first_unread.get_or_insert((directory, failure));
        }
        WalkStep::End => {
            if let Some(sweep) = state.sweep.take() {
                end(state, &sweep);
            }
        }
    }
    screen::fit(state);
    Vec::new()
}

fn end(state: &mut State, sweep: &Sweep) {
    let mut text = done(sweep);
    if let Some((directory, failure)) = &sweep.first_unread {
        let folders = counted(sweep.unread, "folder");
        let path = printable(&directory.to_string()).into_owned();
        text = tr!(
            "{text} {folders} could not be read, first {path}: {failure}",
            text,
            folders,
            path,
            failure
        );
    }
    state.tell(text, sweep.unread > 0);
}

/// What a rule has done so far.
fn done(sweep: &Sweep) -> String {
    let changed = count(sweep.changed);
    if sweep.unmarks {
        tr!("{changed} unmarked by the rule.", changed)
    } else {
        tr!(
            "{changed} marked by the rule, {size}.",
            changed,
            size = bytes(sweep.bytes)
        )
    }
}

/// A rule, and which files have copies.
type Read = (Rule, Option<Arc<Doubled>>);

/// Reads a rule, and which files here have copies if it asks for that. Of other folders that is not
/// known.
fn read(state: &State, text: &str) -> Result<Option<Read>, Complaint> {
    let Some(rule) = Rule::parse(text, &state.viewpoint())? else {
        return Ok(None);
    };
    let usual = here(state);
    match rule.asks(Field::Copies) {
        Some(span) if rule.scopes(&usual) != std::slice::from_ref(&usual) => Err(Complaint {
            span,
            message: tr!("copies are known here only; gd finds them elsewhere").into(),
            suggestion: None,
        }),
        Some(_) => Ok(Some((
            rule,
            Some(Arc::new(state.known.doubled(&usual.directory))),
        ))),
        None => Ok(Some((rule, None))),
    }
}

fn here(state: &State) -> Scope {
    Scope {
        directory: state.browser.directory.clone(),
        is_deep: false,
    }
}

/// What the rule would do to the rows that were counted.
fn remark(state: &State, tally: &Tally) -> String {
    let purpose = state.prompt.as_ref().map(|prompt| &prompt.purpose);
    let usual = here(state);
    let elsewhere = if tally.rule.scopes(&usual) == [usual] {
        ""
    } else {
        tr!("; Enter looks further")
    };
    let found = count(tally.matching);
    if matches!(purpose, Some(Purpose::Unmark)) {
        let marked = count(tally.marked);
        tr!(
            "{found} match here, {marked} marked{elsewhere}",
            found,
            marked,
            elsewhere
        )
    } else {
        tr!(
            "{found} match here, {marked} not yet marked, {size}{elsewhere}",
            found,
            marked = count(tally.matching - tally.marked),
            size = bytes(tally.size),
            elsewhere
        )
    }
}

/// What the rule may ask; whether the entry is marked only if it does ask that.
fn facts<'a>(
    (rule, doubled): (&Rule, Option<&Arc<Doubled>>),
    directory: &'a RemotePath,
    entry: EntryRef<'a>,
    is_marked: impl FnOnce() -> bool,
) -> Facts<'a> {
    let asks = rule.asks(Field::Mark).is_some();
    Facts {
        has_copies: doubled.and_then(|doubled| doubled.has(entry.name())),
        is_marked: asks.then(is_marked),
        ..rule.facts(directory, entry)
    }
}

/// Does what a rule says: here at once, and elsewhere by a walk.
pub fn carry_out(state: &mut State, text: &str, unmarks: bool) -> Vec<Effect> {
    let (rule, doubled) = match read(state, text) {
        Ok(Some(read)) => read,
        Ok(None) => return Vec::new(),
        Err(complaint) => {
            state.warn(complaint.message);
            return Vec::new();
        }
    };
    let mut effects = stop(state).unwrap_or_default();
    state.last_rule = Some((text.to_owned(), unmarks));
    let usual = here(state);
    let scopes = rule.scopes(&usual);
    let mut sweep = Sweep {
        ticket: state.ticket(),
        origin: Origin::Rule(Arc::from(rule.text())),
        rule,
        doubled,
        unmarks,
        looked: 0,
        changed: 0,
        bytes: 0,
        unread: 0,
        first_unread: None,
    };
    if scopes != [usual] {
        // One walk at a time.
        found::stop(state);
        effects.push(Effect::Walk {
            ticket: sweep.ticket,
            rule: sweep.rule.clone(),
            scopes,
        });
        state.sweep = Some(sweep);
        state.say(tr!("Looking ... Ctrl-c stops."));
        return effects;
    }
    let height = state.rows();
    state.browser.settle(height);
    let browser = &state.browser;
    apply_here(&mut state.marks, &mut sweep, browser);
    let missing = browser.listing.total() - browser.listing.loaded();
    let mut text = done(&sweep);
    if missing > 0 {
        text = tr!(
            "{text} {missing} more have not arrived: & then.",
            text,
            missing = count(missing)
        );
    }
    state.say(text);
    screen::fit(state);
    effects
}

/// Marks or unmarks the rows that the rule chooses.
fn apply_here(marks: &mut Marks, sweep: &mut Sweep, browser: &Browser) {
    let (directory, listing) = (&browser.directory, &browser.listing);
    let beside = marks.beside(directory, listing);
    let is_chosen = |id: &EntryId| {
        let (entry, is_marked) = (listing.entry(*id), || beside.get(*id).is_some());
        let read = (&sweep.rule, sweep.doubled.as_ref());
        read.0.matches(&facts(read, directory, entry, is_marked))
    };
    let chosen: Vec<EntryId> = listing.ids().filter(is_chosen).collect();
    if sweep.unmarks {
        sweep.changed = marks.remove_rows(directory, listing, chosen);
    } else {
        let added = marks.add_rows(directory, listing, chosen, &sweep.origin);
        (sweep.changed, sweep.bytes) = added;
    }
}

/// Marks or unmarks those of the entries that were found that the rule chooses.
fn apply<'a>(
    marks: &mut Marks,
    sweep: &mut Sweep,
    directory: &RemotePath,
    entries: impl Iterator<Item = EntryRef<'a>>,
) {
    for entry in entries {
        let is_marked = || marks.get(directory, entry.name()).is_some();
        let facts = facts(
            (&sweep.rule, sweep.doubled.as_ref()),
            directory,
            entry,
            is_marked,
        );
        if !sweep.rule.matches(&facts) {
            continue;
        }
        if sweep.unmarks {
            let before = marks.totals().count;
            marks.remove(directory, entry.name());
            sweep.changed += before - marks.totals().count;
        } else if marks.get(directory, entry.name()).is_none() {
            marks.add_by(directory, entry, &sweep.origin);
            sweep.changed += 1;
            sweep.bytes += entry.size().unwrap_or(0);
        }
    }
}
