//! Searching the library: by the service where it has a search, else folder by folder.

use super::{found, rule, screen};
use crate::domain::failure::Failure;
use crate::domain::format::{count, counted, printable};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Complaint, Field, Rule, Scope};
use crate::domain::search::{SearchId, SearchPage};
use crate::texts::tr;
use crate::tui::effect::{Effect, NextPage};
use crate::tui::msg::Ticket;
use crate::tui::state::found::{Catch, Found};
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::search::{Hunt, Seeker};
use crate::tui::state::typed::Typed;
use crate::tui::state::{Again, State, View};

/// Pages are asked for until so many screens of rows are below the cursor.
const AHEAD: usize = 2;

/// Opens the line, with the search whose results are on the screen.
pub fn open(state: &mut State) {
    let text = match hunt(state).filter(|_| state.view == View::Found) {
        Some(hunt) => hunt.rule.text().to_owned(),
        None => String::new(),
    };
    state.prompt = Some(Prompt::new(Purpose::Search, Typed::new(text)));
    check(state);
}

/// Says of the line that is typed what it would look for, or why it cannot be looked for.
pub fn check(state: &mut State) {
    let Some(prompt) = &state.prompt else { return };
    let (complaint, remark) = match read(state, prompt.line.value()) {
        Ok(Some(rule)) => (None, tr!("Enter looks for: {rule}", rule)),
        Ok(None) => (
            None,
            tr!("a word of the name, or a rule; Enter searches the library").into(),
        ),
        Err(complaint) => (Some(complaint.message), String::new()),
    };
    if let Some(prompt) = &mut state.prompt {
        prompt.complaint = complaint;
        prompt.remark = printable(&remark).into_owned();
    }
}

/// Searches for what a rule chooses, in the whole library if it does not say where.
///
/// # Errors
/// Why the text is no rule, or none to search with.
pub fn begin(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let rule = read(state, text).map_err(|complaint| complaint.message)?;
    let rule = rule.ok_or(tr!("Nothing was typed to look for."))?;
    rule::stop(state);
    found::stop(state);
    let mut effects = vec![Effect::StopWalk];
    effects.extend(end(state));
    let ticket = state.ticket();
    let criteria = rule.criteria();
    let root = criteria.scope.clone();
    let catch = Catch::Search(Box::new(Hunt::new(rule)));
    state.found = Some(Found::with(catch, root, ticket));
    screen::open(state, View::Found);
    effects.push(Effect::Search(ticket, Box::new(criteria)));
    Ok(effects)
}

/// Reads a rule; what entries that were found do not tell is refused.
fn read(state: &State, text: &str) -> Result<Option<Rule>, Complaint> {
    let rule = Rule::parse(text, &state.viewpoint())?;
    let unknown = [
        (Field::Copies, tr!("copies are not known to a search")),
        (Field::Mark, tr!("marks are not known to a search")),
    ];
    for (field, message) in unknown {
        if let Some(span) = rule.as_ref().and_then(|rule| rule.asks(field)) {
            return Err(Complaint {
                span,
                message: message.to_owned(),
                suggestion: None,
            });
        }
    }
    Ok(rule)
}

/// A page of a search has arrived, or the reason why it has not.
pub fn searched(
    state: &mut State,
    ticket: Ticket,
    page: Result<SearchPage, Failure>,
) -> Vec<Effect> {
    let height = state.rows();
    if !found::awaits(state, ticket) {
        return match page {
            // Its first page has come too late to be wanted.
            Ok(page) if hunt_id(state) != Some(&page.id) => vec![Effect::EndSearch(page.id)],
            _ => Vec::new(),
        };
    }
    let Some(found) = &mut state.found else {
        return Vec::new();
    };
    found.awaited = None;
    let Catch::Search(hunt) = &mut found.catch else {
        return Vec::new();
    };
    match page {
        Ok(page) => {
            found.looked += page.finds.len();
            hunt.seeker = Seeker::Service(page.id, page.next, page.finds.is_empty());
            let finds = page.finds.into_iter().filter(|find| {
                let facts = hunt.rule.facts(&find.directory, (&find.entry).into());
                hunt.rule.matches(&facts)
            });
            let finds = finds.collect();
            found.rearrange(height, |catch| {
                if let Catch::Search(hunt) = catch {
                    hunt.list.extend(finds);
                }
            });
            mark_when_complete(state);
            Vec::new()
        }
        Err(failure) if hunt.seeker == Seeker::Asked && has_no_search(&failure) => walk(state),
        Err(failure) => {
            found.is_partial = true;
            state.warn(tr!(
                "The search ended: {failure}. R searches again.",
                failure
            ));
            Vec::new()
        }
    }
}

/// Whether the service says that it cannot search, rather than that this search went wrong.
fn has_no_search(failure: &Failure) -> bool {
    match failure.code.as_deref() {
        Some("SearchNotEnabled" | "FunctionNotEnabled" | "RouteNotFound") => true,
        Some(_) => false,
        None => matches!(failure.status, Some(404 | 405 | 501)),
    }
}

/// Looks through every folder, because the service does not.
fn walk(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(found) = &mut state.found else {
        return Vec::new();
    };
    let Catch::Search(hunt) = &mut found.catch else {
        return Vec::new();
    };
    hunt.seeker = Seeker::Walk;
    found.awaited = Some(ticket);
    let everywhere = Scope {
        directory: RemotePath::root(),
        is_deep: true,
    };
    let rule = hunt.rule.clone();
    let scopes = rule.scopes(&everywhere);
    state.say(tr!(
        "This service has no search: every folder is looked through. Ctrl-s stops."
    ));
    vec![Effect::Walk {
        ticket,
        rule,
        scopes,
    }]
}

/// Asks for the next page once the cursor comes near the end, or everything is wanted.
pub fn follow(state: &mut State) -> Option<Effect> {
    let height = state.rows();
    let is_shown = state.view == View::Found;
    let found = state.found.as_ref()?;
    let Catch::Search(hunt) = &found.catch else {
        return None;
    };
    let wanted = found.cursor.offset + (AHEAD + 1) * height;
    if found.awaited.is_some() || found.is_partial || !is_shown {
        return None;
    }
    if found.rows() >= wanted && !hunt.marks_all {
        return None;
    }
    let Seeker::Service(id, Some(after), is_slow) = hunt.seeker.clone() else {
        return None;
    };
    let ticket = state.ticket();
    if let Some(found) = &mut state.found {
        found.awaited = Some(ticket);
    }
    Some(Effect::SearchOn(ticket, NextPage { id, after, is_slow }))
}

/// Marks all rows; asked for twice, also those that the service has not told yet.
pub fn mark_all(state: &mut State, again: bool) {
    found::mark::rows(state);
    let Some(found) = &mut state.found else {
        return;
    };
    let (rows, is_open) = (found.rows(), !found.is_partial);
    let Catch::Search(hunt) = &mut found.catch else {
        return;
    };
    let is_open = is_open && (hunt.has_more() || found.awaited.is_some());
    if is_open && again {
        hunt.marks_all = true;
        state.tell(
            tr!("Marking everything that the search finds. Ctrl-s stops."),
            false,
        );
    } else if is_open {
        state.again = Some(Again::MarkAll);
        let rows = count(rows);
        state.say(tr!(
            "{rows} marked. Ctrl-a again marks all that the search finds.",
            rows
        ));
    }
}

/// Everything that was found is here now: it is marked, if that was asked for.
pub fn mark_when_complete(state: &mut State) {
    let Some(found) = &mut state.found else {
        return;
    };
    let is_over = found.awaited.is_none();
    if let Catch::Search(hunt) = &mut found.catch
        && is_over
        && !hunt.has_more()
        && std::mem::take(&mut hunt.marks_all)
    {
        found::mark::rows(state);
    }
}

/// Gives the search up, if it is not at its end; what it has found stays.
pub fn stop(state: &mut State) -> Option<Vec<Effect>> {
    let found = state.found.as_mut()?;
    let Catch::Search(hunt) = &mut found.catch else {
        return None;
    };
    if hunt.seeker == Seeker::Walk || found.is_partial {
        return None;
    }
    let awaited = found.awaited.take();
    if awaited.is_none() && !hunt.has_more() {
        return None;
    }
    hunt.marks_all = false;
    found.is_partial = true;
    let rows = counted(found.rows(), "row");
    state.tell(
        tr!(
            "The search was stopped with {rows}. R searches again.",
            rows
        ),
        false,
    );
    let mut effects: Vec<Effect> = awaited.map(Effect::Forget).into_iter().collect();
    effects.extend(end(state));
    Some(effects)
}

/// Nobody will ask for more of this search.
pub fn end(state: &mut State) -> Option<Effect> {
    let found = state.found.as_mut()?;
    let Catch::Search(hunt) = &mut found.catch else {
        return None;
    };
    let Seeker::Service(id, next, _) = &mut hunt.seeker else {
        return None;
    };
    found.is_partial |= next.take().is_some();
    // Once is enough.
    let is_known = !id.0.is_empty();
    is_known.then(|| Effect::EndSearch(SearchId(std::mem::take(&mut id.0))))
}

fn hunt(state: &State) -> Option<&Hunt> {
    match &state.found.as_ref()?.catch {
        Catch::Search(hunt) => Some(hunt),
        _ => None,
    }
}

fn hunt_id(state: &State) -> Option<&SearchId> {
    match &hunt(state)?.seeker {
        Seeker::Service(id, ..) => Some(id),
        Seeker::Asked | Seeker::Walk => None,
    }
}
