//! The one open question, above everything else.

use jiff::ToSpan;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::theme;
use crate::domain::format::{bytes, count, counted, cut, fit_right, printable, width, wrap};
use crate::domain::job::{JobKind, Recycled};
use crate::domain::plan::Plan;
use crate::tui::state::question::{Answer, Ask, Question, targets};
use crate::tui::state::{Recycling, State};

/// Draws the question in the middle of the screen.
pub fn draw(state: &State, question: &Question, frame: &mut Frame<'_>, all: Rect) {
    let cells = usize::from(all.width).saturating_sub(8).min(88);
    let (title, mut lines) = body(state, question, cells);
    let buttons = buttons(state, question);
    let most = usize::from(all.height).saturating_sub(4);
    // The buttons are never what is cut off.
    lines.truncate(most.saturating_sub(buttons.len() + 2));
    let typed_line = lines.len() + 1;
    lines.push(Line::default());
    lines.extend(buttons);
    let width_all = u16::try_from(cells + 4).unwrap_or(all.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(all.height);
    let area = Rect::new(
        all.x + all.width.saturating_sub(width_all) / 2,
        all.y + all.height.saturating_sub(height) / 2,
        width_all.min(all.width),
        height.min(all.height),
    );
    clear(frame, all, area);
    let is_final = matches!(question.answer, Answer::Words { .. });
    let style = if is_final {
        theme::DANGER
    } else {
        theme::TITLE
    };
    let below = match &question.answer {
        Answer::Words { .. } => " keys pressed in the first 0.3 s are ignored ",
        Answer::Buttons { .. } if matches!(question.ask, Ask::Quit) => "",
        Answer::Buttons { does: false } => " Enter presses the button in focus: Cancel ",
        Answer::Buttons { does: true } => " Enter presses the button in focus ",
    };
    let block = Block::bordered()
        .border_style(style)
        .title_top(Line::styled(format!(" {title} "), style))
        .title_bottom(below);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inside);
    if let Answer::Words { wanted, typed } = &question.answer {
        let before: String = typed.value().chars().take(typed.cursor()).collect();
        let at = width(&prompt(wanted)) + width(&printable(&before));
        let x = inside.x
            + u16::try_from(at)
                .unwrap_or(0)
                .min(inside.width.saturating_sub(1));
        let y = inside.y + u16::try_from(typed_line).unwrap_or(0);
        frame.set_cursor_position(Position::new(x, y));
    }
}

/// Empties the area, and the left half of a wide character that would reach into it.
fn clear(frame: &mut Frame<'_>, all: Rect, area: Rect) {
    if area.x > all.x {
        let buffer = frame.buffer_mut();
        for y in area.y..area.y + area.height {
            let cell = &mut buffer[(area.x - 1, y)];
            if width(cell.symbol()) > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    frame.render_widget(Clear, area);
}

fn body(state: &State, question: &Question, cells: usize) -> (String, Vec<Line<'static>>) {
    match &question.ask {
        Ask::Delete {
            plan,
            kind,
            not_among,
            ..
        } => {
            let items = counted(plan.items.len(), "item");
            let is_final = *kind == JobKind::DeleteForever;
            let title = match (is_final, state.recycling) {
                (true, _) => format!("Delete {items} FOR EVER?"),
                (false, Recycling::Off) => format!("Delete {items}? There is NO RECYCLE BIN"),
                (false, Recycling::On | Recycling::Unknown) => {
                    format!("Move {items} to the recycle bin?")
                }
            };
            let mut lines = vec![Line::default()];
            if let Some(name) = not_among {
                let row = format!("The row under the cursor ({name}) is NOT among them.");
                lines.extend(text(&row, cells, theme::DANGER));
            }
            lines.extend(text(&content(plan), cells, Style::new()));
            lines.extend(way_back(state, is_final, cells));
            if plan.nested + plan.protected > 0 {
                lines.push(Line::default());
            }
            if plan.nested > 0 {
                let nested = format!(
                    "Not sent {:>7}  inside a marked folder, they go with it",
                    count(plan.nested)
                );
                lines.extend(text(&nested, cells, theme::DIM));
            }
            if plan.protected > 0 {
                let protected = format!(
                    "Not sent {:>7}  no right to delete (! in the list)",
                    count(plan.protected)
                );
                lines.extend(text(&protected, cells, theme::PROTECTED));
            }
            let hidden = state.browser.hidden_marks;
            if hidden > 0 {
                let hidden = format!("Look out {:>7}  are hidden by the filter", count(hidden));
                lines.extend(text(&hidden, cells, theme::DANGER));
            }
            lines.push(Line::default());
            let biggest: Vec<_> = plan
                .biggest(question.scroll + 5)
                .into_iter()
                .map(|item| (item.size, item.path.to_string(), item.kind))
                .collect();
            let shown = biggest.iter().skip(question.scroll);
            for (size, path, kind) in shown {
                let is_directory = *kind == crate::domain::entry::Kind::Directory;
                lines.push(item_line(*size, path, is_directory, cells));
            }
            lines.push(rest_line(plan.items.len(), question.scroll + 5));
            (title, lines)
        }
        Ask::Restore { items, undoes } => {
            let bytes_all: u64 = items.iter().filter_map(|item| item.size).sum();
            let number = counted(items.len(), "item");
            let size = if bytes_all > 0 {
                format!(" ({})", bytes(bytes_all))
            } else {
                String::new()
            };
            let title = match undoes {
                Some(job) => format!("Undo job {job}: put back {number}{size}?"),
                None => format!("Put back {number}{size} to where they were?"),
            };
            let mut lines = vec![Line::default()];
            lines.extend(text(
                "A name that is taken again is kept: what comes back gets a new name, such as a (1).mov.",
                cells,
                theme::DIM,
            ));
            lines.push(Line::default());
            lines.extend(recycled_lines(items, question.scroll, cells));
            (title, lines)
        }
        Ask::Purge(items) => {
            let title = format!(
                "Delete {} of the recycle bin FOR EVER?",
                counted(items.len(), "item")
            );
            let mut lines = vec![Line::default()];
            lines.extend(text("Nothing can put them back.", cells, theme::DANGER));
            lines.push(Line::default());
            lines.extend(recycled_lines(items, question.scroll, cells));
            (title, lines)
        }
        Ask::EmptyBin { items } => {
            let all = format!(
                "All {} in the recycle bin, also those of other people. Nothing can put them back.",
                counted(*items, "item")
            );
            let mut lines = vec![Line::default()];
            lines.extend(text(&all, cells, theme::DANGER));
            ("Empty the recycle bin FOR EVER?".to_owned(), lines)
        }
        Ask::Retry { job, spec } => {
            let title = format!("Send {} of job {job} again?", counted(spec.len(), "item"));
            let mut lines = vec![Line::default()];
            if let JobKind::Recycle | JobKind::DeleteForever = spec.kind() {
                lines.extend(way_back(
                    state,
                    spec.kind() == JobKind::DeleteForever,
                    cells,
                ));
                lines.push(Line::default());
            }
            for target in targets(spec).iter().skip(question.scroll).take(5) {
                lines.push(item_line(
                    target.size,
                    &target.path.to_string(),
                    false,
                    cells,
                ));
            }
            lines.push(rest_line(spec.len(), question.scroll + 5));
            (title, lines)
        }
        Ask::Quit => {
            let running = state.jobs.running().count();
            let accepted = "What the service has accepted goes on there in any case.";
            let mut lines = vec![Line::default()];
            lines.extend(text(accepted, cells, Style::new()));
            (
                format!("{} not over. Quit?", counted(running, "job")),
                lines,
            )
        }
    }
}

fn content(plan: &Plan) -> String {
    let files = plan.items.len() - plan.directories;
    let what = match (files, plan.directories) {
        (files, 0) => counted(files, "file"),
        (0, directories) => format!("{} with everything inside", counted(directories, "folder")),
        (files, directories) => format!(
            "{} and {} with everything inside",
            counted(files, "file"),
            counted(directories, "folder")
        ),
    };
    let places = if plan.places > 1 {
        format!("   from {} folders", count(plan.places))
    } else {
        String::new()
    };
    let size = match (plan.directories, plan.bytes) {
        (0, known) => format!("   {}", bytes(known)),
        (_, 0) => String::new(),
        (_, known) => format!("   {} without the folders", bytes(known)),
    };
    format!("{what}{size}{places}")
}

/// Whether and how long things can be put back: only what is known.
fn way_back(state: &State, is_final: bool, cells: usize) -> Vec<Line<'static>> {
    let (sentence, style) = match (is_final, state.recycling) {
        (true, Recycling::On) => (
            "Nothing can put them back. The recycle bin is not used. (d instead of D would.)"
                .to_owned(),
            theme::DANGER,
        ),
        (true, _) => ("Nothing can put them back.".to_owned(), theme::DANGER),
        (false, Recycling::Off) => (
            "This library has no recycle bin: nothing can put them back.".to_owned(),
            theme::DANGER,
        ),
        (false, Recycling::Unknown) => (
            "It is not known whether this library has a recycle bin: this may be final.".to_owned(),
            theme::DANGER,
        ),
        (false, Recycling::On) => {
            let kept = state
                .bin
                .items
                .iter()
                .filter_map(|item| item.days_left)
                .max();
            let until = kept.and_then(|days| {
                let now = state.now.to_zoned(state.zone.clone());
                let until = now.checked_add(i64::from(days).days()).ok()?;
                Some(format!(" until about {}", until.strftime("%Y-%m-%d")))
            });
            let until = until.unwrap_or_default();
            (
                format!("They can be put back{until}. u puts back the whole job."),
                Style::new(),
            )
        }
    };
    text(&sentence, cells, style)
}

fn recycled_lines(items: &[Recycled], scroll: usize, cells: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = items
        .iter()
        .skip(scroll)
        .take(5)
        .map(|item| item_line(item.size, &item.path.to_string(), false, cells))
        .collect();
    lines.push(rest_line(items.len(), scroll + 5));
    lines
}

fn item_line(size: Option<u64>, path: &str, is_directory: bool, cells: usize) -> Line<'static> {
    let size = size.map_or_else(
        || {
            if is_directory {
                "folder".into()
            } else {
                String::new()
            }
        },
        bytes,
    );
    let slash = if is_directory { "/" } else { "" };
    let path = format!("{}{slash}", printable(path));
    Line::from(format!(
        "  {}  {}",
        fit_right(&size, 9),
        cut(&path, cells.saturating_sub(13))
    ))
}

fn rest_line(items: usize, shown: usize) -> Line<'static> {
    match items.saturating_sub(shown) {
        0 => Line::default(),
        rest => Line::styled(
            format!("  ... and {} more, j k scroll", count(rest)),
            theme::DIM,
        ),
    }
}

/// A text in as many lines as it needs: nothing that matters for the answer is cut off.
fn text(text: &str, cells: usize, style: Style) -> Vec<Line<'static>> {
    wrap(text, cells.saturating_sub(2), 4)
        .into_iter()
        .map(|line| Line::styled(format!("  {line}"), style))
        .collect()
}

fn prompt(wanted: &str) -> String {
    format!("  Type  {wanted}  to go on: ")
}

fn buttons(state: &State, question: &Question) -> Vec<Line<'static>> {
    if matches!(question.ask, Ask::Quit) {
        return vec![
            Line::from("  w  stay    f  finish, then quit    x  cancel and quit"),
            Line::default(),
        ];
    }
    match &question.answer {
        Answer::Words { wanted, typed } => {
            let typed = printable(typed.value()).into_owned();
            vec![
                Line::from(vec![
                    Span::raw(prompt(wanted)),
                    Span::styled(typed, theme::KEY),
                ]),
                Line::default(),
                Line::from(vec![
                    Span::raw("  "),
                    Span::styled("[ Cancel ]", theme::FOCUS),
                    Span::raw("   Enter works once the words match      Esc  back"),
                ]),
            ]
        }
        Answer::Buttons { does } => {
            let label = label(state, question);
            let (cancel, go) = if *does {
                (
                    Span::raw("  Cancel  "),
                    Span::styled(format!("[ {label} ]"), theme::FOCUS),
                )
            } else {
                (
                    Span::styled("[ Cancel ]", theme::FOCUS),
                    Span::raw(format!("  {label}  ")),
                )
            };
            vec![Line::from(vec![
                Span::raw("  "),
                cancel,
                Span::raw("      "),
                Span::styled("y", theme::KEY),
                go,
            ])]
        }
    }
}

fn label(state: &State, question: &Question) -> String {
    let items = count(question.items());
    match &question.ask {
        Ask::Delete { .. } if state.recycling == Recycling::Off => format!("Delete {items}"),
        Ask::Delete { .. } => format!("Move {items} to the bin"),
        Ask::Restore { .. } => format!("Put back {items}"),
        Ask::Retry { .. } => format!("Send {items} again"),
        Ask::Purge(_) | Ask::EmptyBin { .. } | Ask::Quit => String::new(),
    }
}
