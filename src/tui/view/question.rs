//! The one open question, above everything else; `body` says what it is about.

mod acts;
mod body;
mod foot;

use ratatui::Frame;
use ratatui::layout::{Margin, Position, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use self::foot::{Foot, INDENT, Part, foot};
use super::{clear, theme};
use crate::domain::format::{count, cut, width, wrap};
use crate::domain::job::JobKind;
use crate::texts::tr;
use crate::tui::state::question::{Answer, Ask, Question};
use crate::tui::state::{Recycling, State};

/// The least width that leaves something of the list to be seen beside a question.
const ROOMY: u16 = 60;

/// The least size of a terminal on which questions have a border.
const BORDERED: Size = Size {
    width: 20,
    height: 12,
};

/// More lines than a sentence takes that can be read at all.
const MOST: usize = 20;

/// A question laid out for a screen.
struct Placed {
    /// On the border; empty where the title has lines of its own.
    title: String,
    area: Rect,
    inside: Rect,
    has_border: bool,
    lines: Vec<Line<'static>>,
    /// Below those, the buttons or where words are typed.
    answer: Foot,
    /// Whether nothing that matters is cut off.
    is_whole: bool,
}

fn place(state: &State, question: &Question, all: Rect) -> Placed {
    let has_border = all.height >= BORDERED.height && all.width >= BORDERED.width;
    let border = if has_border { 2 } else { 0 };
    let room = if all.width >= ROOMY { 8 } else { border };
    let cells = usize::from(all.width.saturating_sub(room).min(88));
    let (mut title, mut lines) = body::body(state, question, cells);
    let style = title_style(question);
    let mut head = Vec::new();
    if !has_border || width(&title) + 2 > cells {
        head = wrap(&title, cells, MOST)
            .into_iter()
            .map(|line| Line::styled(line, style))
            .collect();
        title.clear();
    }
    let margin = if all.height >= 16 { 3 } else { 0 };
    let most = usize::from(all.height.saturating_sub(border + margin));
    let asked = asked(state, question);
    let mut answer = foot(&asked, cells, true);
    if head.len() + answer.lines.len() > most {
        answer = foot(&asked, cells, false);
    }
    let left = most.saturating_sub(head.len() + answer.lines.len());
    if lines.len() + 1 > left && all.height < 16 {
        lines.retain(|line| line.width() > 0);
    } else {
        lines.push(Line::default());
    }
    let is_calm = |line: &Line<'_>| line.style != theme::DANGER;
    while lines.len() > left {
        // What there is to look out for is the last to be cut off.
        let Some(last) = lines.iter().rposition(is_calm) else {
            break;
        };
        lines.remove(last);
    }
    let is_whole = lines.len() <= left
        && head.len() + answer.lines.len() <= most
        && head
            .iter()
            .chain(&answer.lines)
            .all(|line| line.width() <= cells);
    head.append(&mut lines);
    let height = head.len() + answer.lines.len() + usize::from(border);
    let width_all = u16::try_from(cells).unwrap_or(all.width) + if room > 4 { 4 } else { border };
    let height = u16::try_from(height).unwrap_or(all.height);
    let area = Rect::new(
        all.x + all.width.saturating_sub(width_all) / 2,
        all.y + all.height.saturating_sub(height) / 2,
        width_all.min(all.width),
        height.min(all.height),
    );
    Placed {
        title,
        area,
        inside: if has_border {
            area.inner(Margin::new(1, 1))
        } else {
            area
        },
        has_border,
        lines: head,
        answer,
        is_whole,
    }
}

fn title_style(question: &Question) -> Style {
    match question.answer {
        Answer::Words { .. } => theme::DANGER,
        Answer::Buttons { .. } => theme::TITLE,
    }
}

/// Whether all is on the screen that matters for the answer.
pub fn is_answerable(state: &State, question: &Question, all: Rect) -> bool {
    place(state, question, all).is_whole
}

/// Which button is at a place: whether it is the one that does it.
pub fn button_at(state: &State, question: &Question, all: Rect, at: Position) -> Option<bool> {
    let placed = place(state, question, all);
    let y = usize::from(at.y.checked_sub(placed.inside.y)?);
    let x = usize::from(at.x.checked_sub(placed.inside.x)?);
    let line = y.checked_sub(placed.lines.len())?;
    let buttons = placed.answer.buttons.iter();
    buttons
        .filter(|button| button.line == line && button.cells.contains(&x))
        .map(|button| button.does)
        .next()
        .filter(|_| placed.is_whole)
}

/// Draws the question in the middle of the screen.
pub fn draw(state: &State, question: &Question, frame: &mut Frame<'_>, all: Rect) {
    let mut placed = place(state, question, all);
    if !placed.is_whole {
        too_small(&mut placed, title_style(question));
    }
    clear(frame, all, placed.area);
    if placed.has_border {
        let style = title_style(question);
        let mut block = Block::bordered()
            .border_style(style)
            .title_bottom(cut(below(question), usize::from(placed.inside.width)));
        if !placed.title.is_empty() {
            block = block.title_top(Line::styled(format!(" {} ", placed.title), style));
        }
        frame.render_widget(block, placed.area);
    }
    let at = placed.answer.cursor.filter(|_| placed.is_whole);
    if let Some((line, cells)) = at {
        let inside = placed.inside;
        let line = u16::try_from(placed.lines.len() + line).unwrap_or(0);
        let cells = u16::try_from(cells).unwrap_or(0);
        let x = inside.x + cells.min(inside.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, inside.y + line));
    }
    let mut lines = placed.lines;
    lines.extend(placed.answer.lines);
    frame.render_widget(Paragraph::new(lines), placed.inside);
}

/// What stands in the place of a question that cannot be read to its end.
fn too_small(placed: &mut Placed, style: Style) {
    let cells = usize::from(placed.inside.width);
    let told = tr!("This question does not fit: make the window larger, or Esc drops it.");
    let mut lines: Vec<Line<'static>> = wrap(told, cells, MOST)
        .into_iter()
        .map(|line| Line::styled(line, theme::FAILED))
        .collect();
    if !placed.title.is_empty() {
        let title = std::mem::take(&mut placed.title);
        lines.extend(
            wrap(&title, cells, MOST)
                .into_iter()
                .map(|line| Line::styled(line, style)),
        );
    }
    lines.append(&mut placed.lines);
    placed.lines = lines;
    placed.answer.lines.clear();
}

fn below(question: &Question) -> &'static str {
    match &question.answer {
        Answer::Words { .. } => tr!(" keys of the first 0.3 s do not count "),
        Answer::Buttons { .. } if matches!(question.ask, Ask::Quit | Ask::CutOff(_)) => "",
        Answer::Buttons { .. } if question.wants_choice() => {
            tr!(" Enter: Cancel   keys of the first 0.3 s do not count ")
        }
        Answer::Buttons { does: false } => {
            tr!(" Enter: Cancel   keys of the first 0.3 s do not count ")
        }
        Answer::Buttons { does: true } => tr!(" Enter presses the button in focus "),
    }
}

/// What the answer to a question is made of.
fn asked(state: &State, question: &Question) -> Vec<Part> {
    if matches!(question.ask, Ask::Quit) {
        let mut parts = Part::each(tr!(
            "  w  stay    f  finish, then quit    x  cancel and quit"
        ));
        parts.push(Part::Break);
        parts.extend(Part::each(tr!("  l  leave: go on next time")));
        return parts;
    }
    if let Ask::CutOff(cut_off) = &question.ask {
        let check = match cut_off.unknown {
            0 => tr!("c  leave the rest").to_owned(),
            unknown => tr!(
                "c  check the {unknown}, leave the rest",
                unknown = count(unknown)
            ),
        };
        let mut parts = if cut_off.is_unwritten() {
            Part::each(tr!("  x  drop    Esc  later"))
        } else {
            Part::each(&tr!(
                "  r  go on    {check}    x  drop    Esc  later",
                check
            ))
        };
        parts.extend([Part::Break, Part::Blank]);
        return parts;
    }
    if question.wants_choice() {
        let choices = match &question.ask {
            Ask::Paste(paste) if paste.replaceable() == 0 => {
                tr!("  k  keep both   s  skip   Esc  cancel")
            }
            _ => tr!("  k  keep both   s  skip   o  overwrite   Esc  cancel"),
        };
        let mut parts = Part::each(choices);
        parts.extend([Part::Break, Part::Blank]);
        return parts;
    }
    let is_delete = matches!(question.ask, Ask::Delete { .. });
    let cancel = tr!("Cancel");
    match &question.answer {
        Answer::Words { wanted, typed } => {
            // Once something is typed, letters belong to it.
            let rest = if typed.value().is_empty() && is_delete {
                tr!("   Enter works once they match   p  Plan   Esc  back")
            } else {
                tr!("   Enter works once they match   Esc  back")
            };
            let cancel = Span::styled(format!("[ {cancel} ]"), theme::FOCUS);
            let mut parts = vec![
                Part::Typed(prompt(wanted), typed.clone()),
                Part::Break,
                Part::Blank,
                Part::Words(INDENT, vec![cancel], None),
            ];
            parts.extend(Part::each(rest).into_iter().map(Part::if_there_is_room));
            parts
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
            let mut parts = vec![
                Part::Words(INDENT, vec![cancel], Some(false)),
                Part::Words(6, vec![Span::styled("y", key), go], Some(true)),
            ];
            if is_delete {
                let rest = Part::each(tr!("    p  Plan    t  Dry run"));
                parts.extend(rest.into_iter().map(Part::if_there_is_room));
            }
            parts
        }
    }
}

/// What stands before the words that are typed.
fn prompt(wanted: &str) -> String {
    tr!("  Type  {wanted}  to go on: ", wanted)
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
