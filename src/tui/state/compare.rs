//! Two copies of a file, side by side.

use jiff::tz::TimeZone;

use super::cursor::Cursor;
use super::details::{Told, exact, sized};
use crate::domain::entry::Entry;
use crate::domain::format::{fit, printable, wrap};
use crate::domain::path::RemotePath;
use crate::texts::tr;

/// Cells of the sign that something differs and of what stands before the two values.
const LABEL: usize = 17;
/// Cells between the two values.
const GAP: usize = 2;
/// Lines of one value at most.
const MOST: usize = 6;

/// The two copies that are compared.
#[derive(Debug)]
pub struct Compare {
    /// On the left and on the right.
    pub sides: [Side; 2],
    /// The line at the top.
    pub cursor: Cursor,
}

/// One of the two.
#[derive(Debug)]
pub struct Side {
    /// Its number among the duplicates.
    pub copy: u32,
    /// Where it lies.
    pub directory: RemotePath,
    /// As it was listed.
    pub listed: Entry,
    /// CRC-64/XZ of its content, from its listing or asked for.
    pub crc64: Option<u64>,
    /// What the service says.
    pub told: Told,
}

impl Side {
    /// What is known of it, in the order of the labels; none where the service is still to say so.
    fn values(&self, zone: &TimeZone) -> [Option<String>; 10] {
        let facts = match &self.told {
            Told::Facts(facts) => Some(&**facts),
            Told::Asked(_) | Told::Gone | Told::Not(_) => None,
        };
        let entry = facts.map_or(&self.listed, |facts| &facts.details.entry);
        let or_none = |value: Option<String>| Some(value.unwrap_or_else(|| "-".to_owned()));
        let told = |value: Option<String>| match self.told {
            Told::Asked(_) => None,
            Told::Facts(_) | Told::Gone | Told::Not(_) => or_none(value),
        };
        [
            or_none(Some(self.listed.name.to_string())),
            or_none(Some(self.directory.to_string())),
            or_none(entry.size.map(sized)),
            or_none(entry.modified.map(|time| exact(time, zone))),
            or_none(entry.created.map(|time| exact(time, zone))),
            or_none(self.crc64.or(entry.crc64).map(|sum| sum.to_string())),
            or_none(entry.owner.as_ref().map(ToString::to_string)),
            or_none((!entry.labels.is_empty()).then(|| entry.labels.join(", "))),
            told(facts.and_then(|facts| facts.details.e_tag.clone())),
            told(facts.and_then(|facts| facts.content_type.clone())),
        ]
    }
}

impl Compare {
    /// Whether the service is still to say something of one of them.
    pub fn is_loading(&self) -> bool {
        let is_asked = |side: &Side| matches!(side.told, Told::Asked(_));
        self.sides.iter().any(is_asked)
    }

    /// The line above the values: which is which, and what is marked.
    pub fn head(&self, is_marked: [bool; 2], cells: usize) -> String {
        let head = |at: usize, name: &str| {
            let sign = if is_marked[at] { "+" } else { " " };
            format!("{sign} {name}")
        };
        let (left, right) = (head(0, tr!("left copy")), head(1, tr!("right copy")));
        beside("", "", [&left, &right], room(cells))
    }

    /// The lines of a screen so many cells wide, safe to show, and whether the two differ there.
    pub fn lines(&self, zone: &TimeZone, cells: usize) -> Vec<(String, bool)> {
        let labels = [
            tr!("name"),
            tr!("in"),
            tr!("size"),
            tr!("modified"),
            tr!("created"),
            "crc64",
            tr!("by user"),
            tr!("labels"),
            "etag",
            tr!("content type"),
        ];
        let [left, right] = &self.sides;
        let room = room(cells);
        let mut lines = Vec::new();
        let values = left.values(zone).into_iter().zip(right.values(zone));
        for (label, (left, right)) in labels.into_iter().zip(values) {
            let differs = left.is_some() && right.is_some() && left != right;
            let parts = [left, right].map(|value| {
                let value = value.unwrap_or_else(|| "...".to_owned());
                wrap(&printable(&value), room, MOST)
            });
            for at in 0..parts[0].len().max(parts[1].len()) {
                let part = |side: usize| parts[side].get(at).map_or("", String::as_str);
                let (sign, label) = match (at, differs) {
                    (0, true) => ("<>", label),
                    (0, false) => ("", label),
                    _ => ("", ""),
                };
                lines.push((beside(sign, label, [part(0), part(1)], room), differs));
            }
        }
        for (side, name) in self.sides.iter().zip([tr!("left copy"), tr!("right copy")]) {
            let told = match &side.told {
                Told::Gone => tr!("The service says that it is not there any more.").to_owned(),
                Told::Not(failure) => tr!("The service does not tell more: {failure}", failure),
                Told::Asked(_) | Told::Facts(_) => continue,
            };
            let text = format!("{name}: {}", printable(&told));
            let parts = wrap(&text, cells.saturating_sub(2).max(1), MOST);
            lines.extend(parts.into_iter().map(|part| (format!(" {part}"), true)));
        }
        lines
    }
}

/// Cells of one value.
fn room(cells: usize) -> usize {
    (cells.saturating_sub(LABEL + GAP + 1) / 2).max(1)
}

fn beside(sign: &str, label: &str, [left, right]: [&str; 2], room: usize) -> String {
    let label = fit(&format!(" {} {label}", fit(sign, 2)), LABEL);
    format!("{label}{}{}{right}", fit(left, room), " ".repeat(GAP))
}
