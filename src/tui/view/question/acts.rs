//! What questions say about a single act: a paste, new names, a download, a file that is opened.

use ratatui::style::Style;
use ratatui::text::Line;

use super::body::{item_line, rest_line, text};
use super::theme;
use crate::domain::entry::Kind;
use crate::domain::fetch::Fetch;
use crate::domain::format::{bytes, count, counted, cut_middle, fit, printable};
use crate::domain::job::JobKind;
use crate::domain::paste::{Choice, Paste};
use crate::domain::renames::Renames;
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::question::{Ask, NAMED};

/// The title of such a question and its lines, `cells` wide; the list begins with item `scroll`.
pub fn body(state: &State, ask: &Ask, scroll: usize, cells: usize) -> (String, Vec<Line<'static>>) {
    let mut lines = Vec::new();
    let title = match ask {
        Ask::Paste(paste) => {
            lines.extend(clashes(state, paste, cells));
            lines.push(Line::default());
            for item in paste.clashing().skip(scroll).take(NAMED) {
                let is_directory = item.kind == Kind::Directory;
                let path = item.path.to_string();
                lines.push(item_line(item.size, &path, is_directory, cells));
            }
            lines.push(rest_line(paste.clashes(), scroll + NAMED));
            paste_title(paste)
        }
        Ask::Fetch(fetch) => {
            lines.extend(fetched(fetch, cells));
            lines.push(Line::default());
            let taken = (0..fetch.items.len()).filter(|number| fetch.taken.contains(number));
            for number in taken.skip(scroll).take(NAMED) {
                let item = fetch.items.at(number);
                lines.push(item_line(item.size, &item.local, false, cells));
            }
            lines.push(rest_line(fetch.taken.len(), scroll + NAMED));
            fetch_title(fetch)
        }
        Ask::Open(target) => {
            let copy = tr!("A copy is fetched and opened. Changes to it are not sent back.");
            lines.extend(text(copy, cells, theme::DIM));
            lines.push(Line::default());
            let path = target.path.to_string();
            lines.push(item_line(target.size, &path, false, cells));
            let size = target
                .size
                .map_or_else(|| tr!("an unknown size").to_owned(), bytes);
            tr!("Fetch {size} to open this file?", size)
        }
        Ask::Rename(renames) => {
            lines.extend(new_names(renames, scroll, cells));
            tr!(
                "Rename {items}?",
                items = counted(renames.pairs.len(), "item")
            )
        }
        _ => String::new(),
    };
    (title, lines)
}

fn paste_title(paste: &Paste) -> String {
    match (paste.choice, paste.clashes()) {
        (Some(Choice::Overwrite), _) => {
            let files = counted(paste.replaceable(), "file");
            tr!("Overwrite {files} FOR EVER?", files)
        }
        (_, 0) | (Some(_), _) => {
            let items = counted(paste.len(), "item");
            match paste.kind {
                JobKind::Copy => tr!("{items} are to be copied", items),
                _ => tr!("{items} are to be moved", items),
            }
        }
        (None, clashes) => {
            let (taken, names) = (count(clashes), counted(paste.len(), "name"));
            match clashes {
                1 => tr!("{taken} of {names} is taken", taken, names),
                _ => tr!("{taken} of {names} are taken", taken, names),
            }
        }
    }
}

/// What can be done about names that are taken, and what that does.
fn clashes(state: &State, paste: &Paste, cells: usize) -> Vec<Line<'static>> {
    let into = printable(&paste.into.to_string()).into_owned();
    let mut lines = text(&tr!("In {into}.", into), cells, Style::new());
    if let Some(over) = state.caution.over(paste.len(), paste.bytes) {
        lines.extend(text(&tr!("That is {over}.", over), cells, theme::DANGER));
    }
    let fixed = paste.clashes() - paste.replaceable();
    match paste.choice {
        Some(Choice::Overwrite) => {
            let lost =
                tr!("What was there by these names is not kept, not even in the recycle bin.");
            lines.extend(text(lost, cells, theme::DANGER));
        }
        Some(_) => {}
        None if paste.clashes() == 0 => {}
        None => {
            let both = tr!("Keep both: what is pasted gets a new name, such as a (1).mov.");
            lines.extend(text(both, cells, theme::DIM));
            lines.extend(text(
                tr!("Skip: these stay where they are."),
                cells,
                theme::DIM,
            ));
            if paste.replaceable() > 0 {
                let lost = tr!("Overwrite: the files that are there are lost for ever.");
                lines.extend(text(lost, cells, theme::DIM));
            }
        }
    }
    if fixed > 0 && paste.replaceable() > 0 && paste.choice != Some(Choice::KeepBoth) {
        let fixed = tr!(
            "{items} never overwritten: folders, and what comes twice or from here.",
            items = count(fixed)
        );
        lines.extend(text(&fixed, cells, theme::DIM));
    }
    lines
}

/// Each entry and its new name.
fn new_names(renames: &Renames, scroll: usize, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if renames.detours > 0 {
        let aside = tr!(
            "{items} have another name for a moment: their new one is still in use.",
            items = count(renames.detours)
        );
        lines.extend(text(&aside, cells, theme::DIM));
    }
    lines.extend(text(tr!("u takes it back."), cells, Style::new()));
    lines.push(Line::default());
    let room = cells.saturating_sub(8) / 2;
    for (target, to) in renames.pairs.iter().skip(scroll).take(NAMED) {
        let old = printable(target.path.name()).into_owned();
        let new = printable(to.name()).into_owned();
        lines.push(Line::from(format!(
            "  {}  ->  {}",
            fit(&cut_middle(&old, room), room),
            cut_middle(&new, room)
        )));
    }
    lines.push(rest_line(renames.pairs.len(), scroll + NAMED));
    lines
}

fn fetch_title(fetch: &Fetch) -> String {
    let (names, taken) = (counted(fetch.files, "name"), count(fetch.taken.len()));
    match (fetch.choice, fetch.taken.len()) {
        (Some(Choice::Overwrite), taken) => {
            tr!(
                "Overwrite {files} of this machine?",
                files = counted(taken, "file")
            )
        }
        (_, 0) => tr!(
            "Fetch {files} ({size})?",
            files = counted(fetch.files, "file"),
            size = bytes(fetch.bytes)
        ),
        (_, 1) => tr!("{taken} of {names} is taken on this machine", taken, names),
        _ => tr!("{taken} of {names} are taken on this machine", taken, names),
    }
}

/// What stands in the way of a download.
fn fetched(fetch: &Fetch, cells: usize) -> Vec<Line<'static>> {
    let into = printable(&fetch.into).into_owned();
    let all = tr!("{size} into {into}.", size = bytes(fetch.bytes), into);
    let mut lines = text(&all, cells, Style::new());
    if let Some(free) = fetch.free.filter(|_| fetch.is_too_big()) {
        let free = tr!("Only {size} are free there.", size = bytes(free));
        lines.extend(text(&free, cells, theme::DANGER));
    }
    if let Some((path, failure)) = &fetch.first_unread {
        let unread = tr!(
            "{folders} could not be read; what is in there is not fetched. {path}: {failure}",
            folders = counted(fetch.unread, "folder"),
            path = printable(&path.to_string()),
            failure
        );
        lines.extend(text(&unread, cells, theme::DANGER));
    }
    if fetch.choice == Some(Choice::Overwrite) {
        let lost = tr!("What these files hold now is lost for ever.");
        lines.extend(text(lost, cells, theme::DANGER));
    } else if !fetch.taken.is_empty() {
        let both = tr!("Keep both: what is fetched gets a new name, such as a (1).mov.");
        lines.extend(text(both, cells, theme::DIM));
        let skip = tr!("Skip: only what is missing is fetched.");
        lines.extend(text(skip, cells, theme::DIM));
    }
    lines
}
