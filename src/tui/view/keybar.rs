//! The last line: the most useful keys of what has them now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{is_answerable, theme};
use crate::domain::format::{printable, width};
use crate::texts::{say, tr};
use crate::tui::availability::availability;
use crate::tui::keymap::{Call, Context, spell};
use crate::tui::state::found::Catch;
use crate::tui::state::prompt::Purpose;
use crate::tui::state::question::{Answer, Ask, Question};
use crate::tui::state::{State, View};

/// Draws the most useful keys; those that can do nothing now are grey.
pub fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let cells = usize::from(area.width);
    if let Some((choices, at)) = state
        .prompt
        .as_ref()
        .and_then(|prompt| prompt.recall.choices.as_ref())
    {
        frame.render_widget(Line::from(candidates(choices, *at, cells)), area);
        return;
    }
    let more = if state.view == View::Help {
        String::new()
    } else {
        format!(" {} ", tr!("more"))
    };
    let for_more = if more.is_empty() { 0 } else { width(&more) + 1 };
    let mut spans = Vec::new();
    let mut used = 0;
    let mut add = |key: &str, text: &str, can: bool| {
        let room = width(key) + width(text) + 3;
        let fits = used + room + for_more < cells;
        if fits {
            used += room;
            let (for_key, for_text) = if can {
                (theme::KEY, Style::new())
            } else {
                (theme::DISABLED, theme::DISABLED)
            };
            spans.push(Span::styled(format!(" {key}"), for_key));
            spans.push(Span::styled(format!(" {text} "), for_text));
        }
        fits
    };
    if let Some(keys) = special(state) {
        for (key, text) in keys {
            add(key, text, true);
        }
        frame.render_widget(Line::from(spans), area);
        return;
    }
    let context = state.view.context();
    for binding in state.keymap.bindings(context) {
        let (Some(text), Some(keys)) = (&binding.bar, binding.keys.first()) else {
            continue;
        };
        let is_elsewhere = match (&binding.call, &state.found) {
            (Call::Action(action), Some(found)) => {
                state.view == View::Found
                    && action.is_about_copies()
                    && !matches!(found.catch, Catch::Duplicates(_))
            }
            _ => false,
        };
        if is_elsewhere {
            continue;
        }
        let can = match &binding.call {
            Call::Action(action) => availability(state, *action).is_ok(),
            Call::Line(_) => true,
        };
        if !add(&spell(keys), say(text), can) {
            break;
        }
    }
    if !matches!(context, Context::Browse | Context::Help) {
        add("Esc", tr!("back"), true);
    }
    let gap = cells.saturating_sub(used + for_more);
    spans.push(Span::raw(" ".repeat(gap)));
    if !more.is_empty() {
        spans.push(Span::styled("?", theme::KEY));
        spans.push(Span::raw(more));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What a line can become, from the present choice on.
fn candidates(choices: &[String], at: usize, cells: usize) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (number, choice) in choices.iter().enumerate().skip(at) {
        let word = printable(choice.split_once(' ').map_or(&**choice, |(_, rest)| rest));
        let room = width(&word) + 2;
        if used + room > cells {
            break;
        }
        used += room;
        let style = if number == at {
            theme::FOCUS
        } else {
            Style::new()
        };
        spans.push(Span::styled(word.into_owned(), style));
        spans.push(Span::raw("  "));
    }
    spans
}

/// A key and what it does.
type Choice = (&'static str, &'static str);

/// Keys of a line that is typed for this.
fn while_typing(purpose: &Purpose) -> Vec<Choice> {
    let enter = match purpose {
        Purpose::Filter { .. }
        | Purpose::Find { .. }
        | Purpose::Bin { .. }
        | Purpose::Results { .. }
        | Purpose::Marks { .. }
        | Purpose::Plan { .. } => tr!("keep"),
        Purpose::Mark => tr!("mark"),
        Purpose::Unmark => tr!("unmark"),
        Purpose::Search => tr!("search"),
        Purpose::TabName => tr!("name it"),
        Purpose::ListFile | Purpose::PlanFile | Purpose::Report(_) => tr!("write"),
        Purpose::Command
        | Purpose::Path
        | Purpose::NewFolder
        | Purpose::Name(_)
        | Purpose::Folder(_)
        | Purpose::Batch => tr!("do it"),
    };
    let is_find = matches!(purpose, Purpose::Find { .. });
    let mut keys = vec![
        ("Enter", enter),
        ("Esc", if is_find { tr!("back") } else { tr!("drop") }),
    ];
    if purpose.may_be_fuzzy() {
        keys.push(("Ctrl-t", tr!("fuzzy or not")));
    }
    let completes = purpose.is_rule() || purpose.is_local();
    if completes || matches!(purpose, Purpose::Command | Purpose::Path) {
        keys.push(("Tab", tr!("complete")));
    }
    match purpose {
        Purpose::Command => keys.push(("Up Down", tr!("earlier lines"))),
        Purpose::Find { .. } => keys.push(("Up Down", tr!("other hits"))),
        purpose if purpose.is_rule() => keys.push(("Up Down", tr!("move in the list"))),
        _ => {}
    }
    keys
}

/// Keys of what is open above the list.
fn special(state: &State) -> Option<Vec<Choice>> {
    if let Some(prompt) = state.prompt.as_ref().filter(|_| state.question.is_none()) {
        return Some(while_typing(&prompt.purpose));
    }
    if state.view == View::Help && state.question.is_none() {
        return Some(vec![
            (tr!("type"), tr!("to search")),
            ("Up Down", tr!("move")),
            ("Enter", tr!("do it")),
            ("Esc", tr!("back")),
        ]);
    }
    if state.form.is_some() {
        return Some(vec![
            ("Enter", tr!("search")),
            ("Tab", tr!("next field")),
            ("Esc", tr!("back")),
        ]);
    }
    let question = state.question.as_ref()?;
    if is_answerable(state) {
        Some(answers(question))
    } else {
        Some(vec![("Esc", tr!("back"))])
    }
}

/// The keys of an open question.
fn answers(question: &Question) -> Vec<Choice> {
    match (&question.ask, &question.answer) {
        (Ask::Quit, _) => vec![
            ("w", tr!("stay")),
            ("f", tr!("finish, then quit")),
            ("x", tr!("cancel and quit")),
            ("l", tr!("leave")),
            ("Esc", tr!("stay")),
        ],
        (Ask::CutOff(cut_off), _) if cut_off.is_unwritten() => {
            vec![("x", tr!("drop")), ("Esc", tr!("later"))]
        }
        (Ask::CutOff(_), _) => vec![
            ("r", tr!("go on")),
            ("c", tr!("check, leave the rest")),
            ("x", tr!("drop")),
            ("Esc", tr!("later")),
        ],
        (Ask::Delete { .. }, Answer::Words { typed, .. }) if typed.value().is_empty() => vec![
            (tr!("type the words"), tr!("then Enter")),
            ("p", tr!("plan")),
            ("t", tr!("dry run")),
            ("Esc", tr!("back")),
        ],
        (Ask::Paste(paste), Answer::Buttons { .. }) if paste.replaceable() == 0 => {
            vec![
                ("k", tr!("keep both")),
                ("s", tr!("skip")),
                ("Esc", tr!("cancel")),
            ]
        }
        _ if question.wants_choice() => vec![
            ("k", tr!("keep both")),
            ("s", tr!("skip")),
            ("o", tr!("overwrite")),
            ("Esc", tr!("cancel")),
        ],
        (_, Answer::Words { .. }) => vec![
            (tr!("type the words"), tr!("then Enter")),
            ("Esc", tr!("back")),
        ],
        (Ask::Delete { .. }, _) if question.waits() => vec![
            ("w", tr!("type the words")),
            ("n Esc", tr!("no")),
            ("p", tr!("plan")),
            ("t", tr!("dry run")),
            ("j k", tr!("scroll")),
        ],
        (Ask::Delete { .. }, Answer::Buttons { .. }) => vec![
            ("y", tr!("yes")),
            ("n Esc", tr!("no")),
            ("p", tr!("plan")),
            ("t", tr!("dry run")),
            ("Tab", tr!("other button")),
            ("j k", tr!("scroll")),
        ],
        (Ask::Restore { .. }, Answer::Buttons { .. }) => vec![
            ("y", tr!("yes")),
            ("n Esc", tr!("no")),
            ("c", tr!("on a clash")),
            ("Tab", tr!("other button")),
            ("j k", tr!("scroll")),
        ],
        (_, Answer::Buttons { .. }) => vec![
            ("y", tr!("yes")),
            ("n Esc", tr!("no")),
            ("Tab", tr!("other button")),
            ("j k", tr!("scroll")),
        ],
    }
}
