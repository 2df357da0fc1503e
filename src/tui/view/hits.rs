//! Names in which what was looked for stands out.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;

use super::theme;
use crate::domain::entries::EntryRef;
use crate::domain::format::{missing, printable_with};
use crate::tui::state::State;

/// The bytes of a name that the filter and the find of the list are about.
pub fn of(state: &State, entry: EntryRef<'_>) -> Vec<Range<usize>> {
    let filters = state
        .browser
        .listing
        .filter()
        .into_iter()
        .chain(&state.find);
    let matching = filters.filter(|filter| filter.matches(entry));
    let mut hits: Vec<_> = matching
        .flat_map(|filter| filter.rule().hits(entry.name()))
        .collect();
    hits.sort_by_key(|hit| hit.start);
    hits
}

/// A name made safe, with what stands behind it, cut to `cells`, in pieces.
pub fn name(
    name: &str,
    behind: &str,
    hits: &[Range<usize>],
    cells: usize,
    style: Style,
) -> Vec<Span<'static>> {
    let (mut shown, hits) = printable_with(name, hits);
    shown.push_str(behind);
    let gap = missing(&shown, cells);
    let mut spans = Vec::new();
    let mut at = 0;
    let mut put = |piece: Range<usize>, style: Style| {
        let before = piece.start
            ..gap
                .as_ref()
                .map_or(piece.end, |gap| gap.start.min(piece.end));
        let after = gap
            .as_ref()
            .map_or(piece.end, |gap| gap.end.max(piece.start))..piece.end;
        if !before.is_empty() {
            spans.push(Span::styled(shown[before.clone()].to_owned(), style));
        }
        let holds_gap = gap.as_ref().is_some_and(|gap| piece.contains(&gap.start));
        if holds_gap && cells > 0 {
            spans.push(Span::styled("~", style));
        }
        if !after.is_empty() {
            spans.push(Span::styled(shown[after].to_owned(), style));
        }
    };
    for hit in hits {
        let hit = hit.start.max(at)..hit.end;
        if hit.is_empty() {
            continue;
        }
        put(at..hit.start, style);
        put(hit.clone(), style.patch(theme::HIT));
        at = hit.end;
    }
    put(at..shown.len(), style);
    spans
}
