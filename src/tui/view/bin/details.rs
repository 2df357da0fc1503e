//! What is known of the row under the cursor of the bin, and what putting it back would meet.

use jiff::{Timestamp, ToSpan};
use ratatui::style::Style;
use ratatui::text::Line;

use super::{by, whose};
use crate::domain::bin::RecycledEntry;
use crate::domain::conflict::Strategy;
use crate::domain::entry::Kind;
use crate::domain::format::{bytes, count, counted, cut, cut_middle, fit, printable};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::bin::groups::Group;
use crate::tui::state::bin::landing::{Landing, Occupant};
use crate::tui::view::theme;

/// The most important lines about the item or the group under the cursor: exactly so many.
pub fn facts(state: &State, cells: usize, most: usize) -> Vec<Line<'static>> {
    let bin = &state.bin;
    let mut texts = match (bin.under_cursor(), bin.group_under_cursor()) {
        (Some(item), _) => of_item(state, item, cells),
        (None, Some(group)) => of_group(state, group),
        (None, None) => Vec::new(),
    };
    let title = if bin.has_details {
        tr!("Row under the cursor")
    } else {
        tr!("Row under the cursor   i all")
    };
    texts.insert(0, (title.to_owned(), theme::TITLE));
    texts.resize(most, (String::new(), Style::new()));
    let lines = texts.into_iter();
    lines
        .map(|(text, style)| {
            let text = cut(&text, cells.saturating_sub(2)).into_owned();
            Line::styled(format!(" {text}"), style)
        })
        .collect()
}

type Text = (String, Style);

fn fact(label: &str, told: &str) -> String {
    format!("{}{told}", fit(label, 10))
}

fn of_item(state: &State, item: &RecycledEntry, cells: usize) -> Vec<Text> {
    let plain = Style::new();
    let path = printable(&item.path.to_string()).into_owned();
    let path = cut_middle(&path, cells.saturating_sub(14)).into_owned();
    let mut texts = vec![(fact(tr!("back to"), &path), plain)];
    texts.push(there(state, item));
    texts.push(clash(state, item));
    let who = item.removed_by.as_deref().map(printable);
    let who = who.map_or_else(String::new, |who| format!(" {}", tr!("by {who}", who)));
    if let Some(removed) = item.removed {
        let at = exactly(state, removed);
        texts.push((fact(tr!("removed"), &format!("{at}{who}")), plain));
    }
    texts.push((leaves(state, item.days_left), plain));
    if let Some(size) = item.size {
        let exact = usize::try_from(size).map_or_else(|_| size.to_string(), count);
        let told = tr!("{size} ({exact} bytes)", size = bytes(size), exact);
        texts.push((fact(tr!("size"), &told), plain));
    }
    if let Some(crc64) = item.crc64 {
        texts.push((fact("crc64", &crc64.to_string()), plain));
    }
    texts.push((fact("id", &printable(&item.id.0)), plain));
    texts
}

/// What is where it would go back to.
fn there(state: &State, item: &RecycledEntry) -> Text {
    let look = state.bin.look.as_ref().filter(|look| look.id == item.id);
    if let Some(job) = state.bin.leaving.get(&item.id) {
        let text = tr!("job {job} is taking it out", job);
        return (fact(tr!("there"), &text), theme::LEAVING);
    }
    let (text, style) = match look.and_then(|look| look.found.as_ref()) {
        None => ("...".to_owned(), theme::DIM),
        Some(Ok(Landing::Free)) => {
            let text = tr!("folder still there   name free");
            (text.to_owned(), theme::DIM)
        }
        Some(Ok(Landing::NoFolder)) => {
            let text = tr!("folder gone: it is made again   name free");
            (text.to_owned(), theme::LEAVING)
        }
        Some(Ok(Landing::Taken(by))) => {
            let by = occupant(state, item, by);
            let text = tr!("folder still there   name taken ({by})", by);
            (text, theme::FAILED)
        }
        Some(Err(failure)) => (
            tr!(
                "cannot be told: {failure}",
                failure = printable(&failure.to_string())
            ),
            theme::DIM,
        ),
    };
    (fact(tr!("there"), &text), style)
}

fn occupant(state: &State, item: &RecycledEntry, by: &Occupant) -> String {
    if by.kind == Kind::Directory {
        return tr!("by a folder").to_owned();
    }
    let mut parts = Vec::new();
    if let (Some(modified), Some(removed)) = (by.modified, item.removed) {
        let age = if modified > removed {
            tr!("newer")
        } else {
            tr!("older")
        };
        parts.push(age.to_owned());
    }
    parts.extend(by.size.map(bytes));
    if let Some(modified) = by.modified {
        parts.push(exactly(state, modified));
    }
    parts.join(", ")
}

/// What would happen where the name is taken.
fn clash(state: &State, item: &RecycledEntry) -> Text {
    let (what, style) = match state.bin.on_clash {
        Strategy::Rename => {
            let name = again(item.path.name(), item.kind);
            let text = tr!("keep both: comes back as {name}", name = printable(&name));
            (text, theme::DIM)
        }
        Strategy::Ask => (tr!("leave it in the bin").to_owned(), theme::DIM),
        Strategy::Overwrite => (tr!("REPLACE what is there").to_owned(), theme::DANGER),
    };
    let text = tr!("{what}   c changes", what);
    (fact(tr!("on clash"), &text), style)
}

/// The name that the service gives to what comes back where its own is taken (part A 8.4); further
/// ones are counted on.
fn again(name: &str, kind: Kind) -> String {
    let dot = name
        .rfind('.')
        .filter(|at| *at > 0 && kind != Kind::Directory);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    format!("{stem} (1){extension}")
}

fn of_group(state: &State, group: &Group) -> Vec<Text> {
    let plain = Style::new();
    let mut texts = vec![(
        format!(
            "{}{}  {}  {}",
            whose(&group.key),
            by(group),
            counted(group.items.len(), "item"),
            bytes(group.bytes)
        ),
        plain,
    )];
    if let (Some(from), Some(to)) = (group.oldest, group.newest) {
        let mut text = exactly(state, from);
        if from != to {
            text = tr!("{from} to {to}", from = text, to = exactly(state, to));
        }
        texts.push((fact(tr!("removed"), &text), plain));
    }
    texts.push((leaves(state, group.days_left), plain));
    texts
}

fn exactly(state: &State, time: Timestamp) -> String {
    let time = time.to_zoned(state.zone.clone());
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn leaves(state: &State, days_left: Option<u32>) -> String {
    let Some(days) = days_left else {
        return fact(tr!("leaves"), tr!("never by itself"));
    };
    let now = state.now.to_zoned(state.zone.clone());
    let on = now.checked_add(i64::from(days).days());
    let on = on.map_or_else(|_| String::new(), |on| on.strftime("%Y-%m-%d").to_string());
    let days = counted(usize::try_from(days).unwrap_or(usize::MAX), "day");
    fact(tr!("leaves"), &tr!("{date}, in {days}", date = on, days))
}
