//! Rules in the bin: its filter, which narrows the list down while it is typed, and marking.

use crate::domain::format::{bytes, count};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Complaint, Field, Rule, Viewpoint};
use crate::texts::tr;
use crate::tui::state::State;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;

/// Opens the line, with the filter that is set.
pub fn open(state: &mut State) {
    let before = state.bin.filter.as_ref().map(|(text, _)| text.clone());
    let line = Typed::new(before.clone().unwrap_or_default());
    state.prompt = Some(Prompt::new(Purpose::Bin { before }, line));
}

/// Takes in what was typed so far; the last filter that could be read stays.
pub fn apply(state: &mut State) {
    let text = state
        .prompt
        .as_ref()
        .map(|prompt| prompt.line.value().to_owned());
    let complaint = set(state, &text.unwrap_or_default());
    if let Some(prompt) = &mut state.prompt {
        prompt.complaint = complaint.err().map(|complaint| complaint.message);
    }
}

/// Goes back to the filter from before.
pub fn restore(state: &mut State, before: Option<&str>) {
    // It could be read once, and so it can again.
    let _ = set(state, before.unwrap_or_default());
}

/// Tells what the rule chooses among what is shown.
pub fn preview(state: &mut State) {
    let Some(prompt) = &state.prompt else { return };
    let told = match read(state, prompt.line.value()) {
        Ok(None) => Ok(String::new()),
        Ok(Some(rule)) => {
            let sizes = state.bin.matching(&rule).map(|item| item.size.unwrap_or(0));
            let (number, known) =
                sizes.fold((0, 0), |(number, known), size| (number + 1, known + size));
            Ok(tr!(
                "{number} match, {size}",
                number = count(number),
                size = bytes(known)
            ))
        }
        Err(complaint) => Err(complaint.message),
    };
    if let Some(prompt) = &mut state.prompt {
        prompt.complaint = told.as_ref().err().cloned();
        prompt.remark = told.unwrap_or_default();
    }
}

/// Marks what the rule chooses among what is shown, or unmarks it.
pub fn mark(state: &mut State, text: &str, unmarks: bool) {
    let Ok(Some(rule)) = read(state, text) else {
        return;
    };
    let chosen: Vec<_> = state
        .bin
        .matching(&rule)
        .map(|item| item.id.clone())
        .collect();
    let before = state.bin.marks.len();
    for id in chosen {
        if unmarks {
            state.bin.marks.remove(&id);
        } else {
            state.bin.marks.insert(id);
        }
    }
    state.bin.sum_up();
    let changed = before.abs_diff(state.bin.marks.len());
    let changed = count(changed);
    state.say(if unmarks {
        tr!("{changed} unmarked.", changed)
    } else {
        tr!("{changed} marked.", changed)
    });
}

/// Reads a rule that can be asked of what the bin tells.
fn read(state: &State, text: &str) -> Result<Option<Rule>, Complaint> {
    let view = Viewpoint {
        here: RemotePath::root(),
        ..state.viewpoint()
    };
    // The time of an item of the bin is that of its removal.
    let text = text.replace("removed:", "mod:");
    let unknown = [
        Field::Created,
        Field::Owner,
        Field::Label,
        Field::Copies,
        Field::Mark,
    ];
    Rule::parse_without(&text, &view, &unknown, |word| {
        tr!("the bin does not tell {word}:", word)
    })
}

fn set(state: &mut State, text: &str) -> Result<(), Complaint> {
    let rule = read(state, text)?;
    let rows = state.bin_rows();
    state.bin.filter = rule.map(|rule| (text.to_owned(), rule));
    state.bin.arrange(rows);
    Ok(())
}
