//! The look at the file under the cursor: asked for when the cursor comes to another one, and
//! dropped when it moves on.

use super::motion;
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::texts::{say, tr};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout::inside;
use crate::tui::msg::Ticket;
use crate::tui::state::preview::{Look, Shown, Wish};
use crate::tui::state::{State, View};

/// Lines by which the small view is scrolled at once.
const STEP: usize = 5;

/// Scrolls what is shown, or stops showing anything; false for every other action.
pub fn act(state: &mut State, action: Action) -> bool {
    match action {
        Action::TogglePictures => {
            state.preview.is_off = !state.preview.is_off;
            state.say(if state.preview.is_off {
                tr!("Files are not looked into. zi does so again.")
            } else {
                tr!("Pictures and texts are shown beside the list.")
            });
        }
        Action::PreviewDown | Action::PreviewUp if state.view == View::Preview => {
            step_row(state, action == Action::PreviewDown);
        }
        Action::PreviewDown => {
            let last = state.preview.lines().saturating_sub(1);
            state.preview.scroll = (state.preview.scroll + STEP).min(last);
        }
        Action::PreviewUp => state.preview.scroll = state.preview.scroll.saturating_sub(STEP),
        _ => return false,
    }
    true
}

/// The next or the previous file of the list, while one is shown large.
fn step_row(state: &mut State, is_down: bool) {
    state.view = View::Browse;
    let row = state.browser.cursor.row;
    let rows = state.browser.listing.rows();
    let other = if is_down {
        (row + 1).min(rows.saturating_sub(1))
    } else {
        row.saturating_sub(1)
    };
    motion::go(state, other);
    state.view = View::Preview;
}

/// Wants a look at the file under the cursor, unless that is what is looked at already.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let wish = wish(state);
    if wish.as_ref() == state.preview.wish() {
        return Vec::new();
    }
    let Some(wish) = wish else {
        let was_awaited = state.preview.is_loading();
        state.preview.look(None, None);
        return if was_awaited {
            vec![Effect::LookAway]
        } else {
            Vec::new()
        };
    };
    let ticket = state.ticket();
    state.preview.look(Some(wish.clone()), Some(ticket));
    vec![Effect::Look { ticket, wish }]
}

fn wish(state: &State) -> Option<Wish> {
    if state.preview.is_off {
        return None;
    }
    let layout = state.layout();
    let room = match state.view {
        View::Browse => layout.picture()?,
        View::Preview => layout.whole(),
        View::Marks
        | View::Plan
        | View::Jobs
        | View::Results
        | View::Past
        | View::Bin
        | View::Found
        | View::Compare
        | View::Details
        | View::Libraries
        | View::Help => {
            return None;
        }
    };
    let entry = state.browser.under_cursor()?;
    if entry.kind() != Kind::File {
        return None;
    }
    Some(Wish {
        look: Look::of(entry.name())?,
        path: state.browser.directory.join(entry.name()).ok()?,
        size: entry.size(),
        modified: entry.modified(),
        room: inside(room).as_size(),
    })
}

/// There is something to see, or a reason why not.
pub fn looked(state: &mut State, ticket: Ticket, shown: Result<Shown, Failure>) -> Vec<Effect> {
    let shown = shown.map(|shown| match shown {
        Shown::Nothing(why) => Shown::Nothing(say(why)),
        other => other,
    });
    let shown = shown.map_err(|failure| tr!("It cannot be looked at: {failure}.", failure));
    state.preview.take(ticket, shown);
    Vec::new()
}
