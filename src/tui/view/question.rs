//! The one open question, above everything else; `body` says what it is about.

mod acts;
mod body;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::{clear, theme};
use crate::domain::format::{count, printable, width};
use crate::domain::job::JobKind;
use crate::texts::tr;
use crate::tui::state::question::{Answer, Ask, Question};
use crate::tui::state::{Recycling, State};

/// A question laid out for a screen.
struct Placed {
    title: String,
    area: Rect,
    lines: Vec<Line<'static>>,
    /// The line of those that has the buttons, or where words are typed.
    answer: usize,
}

fn place(state: &State, question: &Question, all: Rect) -> Placed {
    let cells = usize::from(all.width).saturating_sub(8).min(88);
    let (title, mut lines) = body::body(state, question, cells);
    let buttons = buttons(state, question);
    let most = usize::from(all.height).saturating_sub(4);
    // The buttons are never what is cut off.
    lines.truncate(most.saturating_sub(buttons.len() + 2));
    lines.push(Line::default());
    let answer = lines.len();
    lines.extend(buttons);
    let width_all = u16::try_from(cells + 4).unwrap_or(all.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(all.height);
    let area = Rect::new(
        all.x + all.width.saturating_sub(width_all) / 2,
        all.y + all.height.saturating_sub(height) / 2,
        width_all.min(all.width),
        height.min(all.height),
    );
    Placed {
        title,
        area,
        lines,
        answer,
    }
}

/// Which button is at a place: whether it is the one that does it.
pub fn button_at(state: &State, question: &Question, all: Rect, at: Position) -> Option<bool> {
    if !matches!(question.answer, Answer::Buttons { .. })
        || matches!(question.ask, Ask::Quit | Ask::CutOff(_))
        || question.wants_choice()
    {
        return None;
    }
    let placed = place(state, question, all);
    let y = placed.area.y + 1 + u16::try_from(placed.answer).ok()?;
    let mut x = placed.area.x + 1;
    for (number, span) in placed.lines.get(placed.answer)?.spans.iter().enumerate() {
        let end = x + u16::try_from(width(&span.content)).ok()?;
        if at.y == y && (x..end).contains(&at.x) {
            // After a gap comes Cancel, after another the key and the label of the other button.
            return match number {
                1 => Some(false),
                3 | 4 => Some(true),
                _ => None,
            };
        }
        x = end;
    }
    None
}

/// Draws the question in the middle of the screen.
pub fn draw(state: &State, question: &Question, frame: &mut Frame<'_>, all: Rect) {
    let Placed {
        title,
        area,
        lines,
        answer,
    } = place(state, question, all);
    clear(frame, all, area);
    let is_final = matches!(question.answer, Answer::Words { .. });
    let style = if is_final {
        theme::DANGER
    } else {
        theme::TITLE
    };
    let below = match &question.answer {
        Answer::Words { .. } => tr!(" keys of the first 0.3 s do not count "),
        Answer::Buttons { .. } if matches!(question.ask, Ask::Quit | Ask::CutOff(_)) => "",
        Answer::Buttons { .. } if question.wants_choice() => {
            tr!(" Enter: Cancel   keys of the first 0.3 s do not count ")
        }
        Answer::Buttons { does: false } => {
            tr!(" Enter: Cancel   keys of the first 0.3 s do not count ")
        }
        Answer::Buttons { does: true } => tr!(" Enter presses the button in focus "),
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
        let y = inside.y + u16::try_from(answer).unwrap_or(0);
        frame.set_cursor_position(Position::new(x, y));
    }
}

fn prompt(wanted: &str) -> String {
    tr!("  Type  {wanted}  to go on: ", wanted)
}

fn buttons(state: &State, question: &Question) -> Vec<Line<'static>> {
    if matches!(question.ask, Ask::Quit) {
        return vec![
            Line::from(tr!(
                "  w  stay    f  finish, then quit    x  cancel and quit"
            )),
            Line::from(tr!("  l  leave: go on next time")),
        ];
    }
    if let Ask::CutOff(cut_off) = &question.ask {
        let check = match cut_off.unknown {
            0 => tr!("c  leave the rest").to_owned(),
            unknown => tr!(
                "c  check the {unknown}, leave the rest",
                unknown = count(unknown)
            ),
        };
        return vec![
            Line::from(tr!("  r  go on    {check}    x  drop    Esc  later", check)),
            Line::default(),
        ];
    }
    if question.wants_choice() {
        let choices = match &question.ask {
            Ask::Paste(paste) if paste.replaceable() == 0 => {
                tr!("  k  keep both   s  skip   Esc  cancel")
            }
            _ => tr!("  k  keep both   s  skip   o  overwrite   Esc  cancel"),
        };
        return vec![Line::from(choices), Line::default()];
    }
    let cancel = tr!("Cancel");
    match &question.answer {
        Answer::Words { wanted, typed } => {
            let is_untyped = typed.value().is_empty();
            let typed = printable(typed.value()).into_owned();
            vec![
                Line::from(vec![
                    Span::raw(prompt(wanted)),
                    Span::styled(typed, theme::KEY),
                ]),
                Line::default(),
                Line::from(vec![
                    Span::raw("  "),
                    Span::styled(format!("[ {cancel} ]"), theme::FOCUS),
                    // Once something is typed, letters belong to it.
                    Span::raw(
                        if is_untyped && matches!(question.ask, Ask::Delete { .. }) {
                            tr!("   Enter works once they match   p  Plan   Esc  back")
                        } else {
                            tr!("   Enter works once they match   Esc  back")
                        },
                    ),
                ]),
            ]
        }
        Answer::Buttons { does } => {
            let label = label(state, question);
            // What does nothing yet is grey.
            let (key, yes) = if question.waits() {
                (theme::DIM, theme::DIM)
            } else {
                (theme::KEY, Style::new())
            };
            let (cancel, go) = if *does {
                (
                    Span::raw(format!("  {cancel}  ")),
                    Span::styled(format!("[ {label} ]"), theme::FOCUS.patch(yes)),
                )
            } else {
                (
                    Span::styled(format!("[ {cancel} ]"), theme::FOCUS),
                    Span::styled(format!("  {label}  "), yes),
                )
            };
            vec![Line::from(vec![
                Span::raw("  "),
                cancel,
                Span::raw("      "),
                Span::styled("y", key),
                go,
                Span::raw(if matches!(question.ask, Ask::Delete { .. }) {
                    tr!("    p  Plan    t  Dry run")
                } else {
                    ""
                }),
            ])]
        }
    }
}

fn label(state: &State, question: &Question) -> String {
    let items = count(question.items());
    match &question.ask {
        Ask::Delete { .. } if state.recycling == Recycling::Off => tr!("Delete {items}", items),
        Ask::Restore { .. } => tr!("Put back {items}", items),
        Ask::Retry { .. } => tr!("Send {items} again", items),
        Ask::Rename(_) => tr!("Rename {items}", items),
        Ask::Fetch(_) | Ask::Open(_) => tr!("Fetch").to_owned(),
        Ask::Undo { spec, .. } if spec.kind() == JobKind::Move => tr!("Move {items} back", items),
        Ask::Delete { .. } | Ask::Undo { .. } => tr!("Move {items} to the bin", items),
        Ask::Purge(_) | Ask::EmptyBin { .. } | Ask::Paste(_) | Ask::CutOff(_) | Ask::Quit => {
            String::new()
        }
    }
}
