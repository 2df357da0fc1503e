//! Two copies side by side: which ones, what the service says of them, and their marks.

use super::screen;
use crate::domain::entry::Facts;
use crate::domain::failure::Failure;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::Ticket;
use crate::tui::state::compare::{Compare, Side};
use crate::tui::state::cursor::Cursor;
use crate::tui::state::details::Told;
use crate::tui::state::found::{Catch, Found, Twins};
use crate::tui::state::{State, View};

/// Compares the copy under the cursor with the first other one of its group that is marked, or with
/// the one below it; on the head of a group the first two.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(twins) = twins(state) else {
        state.say(tr!(
            "Only duplicates are compared: gd in the list finds them."
        ));
        return Vec::new();
    };
    let row = state.found.as_ref().map_or(0, |found| found.cursor.row);
    let Some(group) = twins.group(row) else {
        return Vec::new();
    };
    let copies = &group.copies;
    let at = twins.copy(row);
    let at = at.and_then(|copy| copies.iter().position(|other| *other == copy));
    let at = at.unwrap_or(0);
    let is_marked = |copy: &u32| {
        let file = twins.duplicates.copy(*copy);
        file.is_some_and(|(directory, file)| state.marks.get(directory, file.name()).is_some())
    };
    let mut others = (1..copies.len()).map(|step| copies[(at + step) % copies.len()]);
    let next = others.clone().next();
    let (left, right) = (copies[at], others.find(is_marked).or(next));
    show(state, left, right)
}

fn twins(state: &State) -> Option<&Twins> {
    match &state.found {
        Some(Found {
            catch: Catch::Duplicates(twins),
            ..
        }) => Some(twins),
        _ => None,
    }
}

fn show(state: &mut State, left: u32, right: Option<u32>) -> Vec<Effect> {
    let tickets = [state.ticket(), state.ticket()];
    let Some(twins) = twins(state) else {
        return Vec::new();
    };
    let side = |copy: u32, ticket| {
        let (directory, file) = twins.duplicates.copy(copy)?;
        let effect = Effect::Describe {
            ticket,
            path: directory.join(file.name()).ok()?,
        };
        let side = Side {
            copy,
            directory: directory.clone(),
            listed: file.to_entry(),
            crc64: twins.duplicates.sum(copy),
            told: Told::Asked(ticket),
        };
        Some((side, effect))
    };
    let left = side(left, tickets[0]);
    let right = right.and_then(|right| side(right, tickets[1]));
    let (Some((left, asks_left)), Some((right, asks_right))) = (left, right) else {
        return Vec::new();
    };
    state.compare = Some(Compare {
        sides: [left, right],
        cursor: Cursor::default(),
    });
    screen::open(state, View::Compare);
    vec![asks_left, asks_right]
}

/// Does what the user wants with the two.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::MarkLeft => toggle(state, 0),
        Action::MarkRight => toggle(state, 1),
        Action::Compare => return next(state),
        Action::Back => screen::back(state),
        _ => {}
    }
    Vec::new()
}

/// Puts the next copy of the group in the place of the right one.
fn next(state: &mut State) -> Vec<Effect> {
    let (Some(compare), Some(twins)) = (&state.compare, twins(state)) else {
        return Vec::new();
    };
    let [left, right] = compare.sides.each_ref().map(|side| side.copy);
    let groups = twins.duplicates.groups();
    let group = groups.iter().find(|group| group.copies.contains(&left));
    let copies = group.map_or(&[][..], |group| &group.copies);
    let after = copies.iter().position(|copy| *copy == right);
    let after = after.map_or(0, |at| at + 1);
    let turned = copies.iter().cycle().skip(after).take(copies.len());
    let other = turned.copied().find(|copy| *copy != left && *copy != right);
    if other.is_none() {
        state.say(tr!("This group has no other copy."));
        return Vec::new();
    }
    show(state, left, other)
}

fn toggle(state: &mut State, side: usize) {
    let Some(Side {
        copy,
        directory,
        listed,
        ..
    }) = state.compare.as_ref().and_then(|two| two.sides.get(side))
    else {
        return;
    };
    state.marks.toggle(directory, listed);
    let copy = *copy;
    let is_lost = twins(state).is_some_and(|twins| {
        let groups = twins.duplicates.groups();
        let group = groups.iter().find(|group| group.copies.contains(&copy));
        group.is_some_and(|group| twins.duplicates.is_lost(group, &state.marks))
    });
    if is_lost {
        state.warn(tr!(
            "All copies of this group are marked now: none would stay."
        ));
    }
}

/// Whether the service is asked about one of the two by this.
pub fn awaits(state: &State, ticket: Ticket) -> bool {
    let is_it = |side: &Side| matches!(side.told, Told::Asked(asked) if asked == ticket);
    (state.compare.as_ref()).is_some_and(|compare| compare.sides.iter().any(is_it))
}

/// The service has told what it knows of one of the two.
pub fn told(state: &mut State, ticket: Ticket, facts: Result<Option<Facts>, Failure>) {
    let sides = state.compare.as_mut().map(|compare| &mut compare.sides);
    let side = sides
        .into_iter()
        .flatten()
        .find(|side| matches!(side.told, Told::Asked(asked) if asked == ticket));
    if let Some(side) = side {
        side.told = Told::of(facts);
        screen::fit(state);
    }
}
