//! Copying names and paths to the clipboard of the terminal.

use crate::domain::format::{counted, printable};
use crate::domain::path::RemotePath;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::state::State;

/// Copies what the action says of the row under the cursor.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let directory = &state.browser.directory;
    let Some(entry) = state.browser.under_cursor() else {
        state.say("There is no row to copy from.");
        return Vec::new();
    };
    let name = entry.name();
    let text = match action {
        Action::CopyDirectory => directory.to_string(),
        Action::CopyName => name.to_owned(),
        Action::CopyStem => stem(name).to_owned(),
        _ => match directory.join(name).as_ref().map(RemotePath::to_string) {
            Ok(path) => path,
            Err(error) => {
                let text = format!("This path cannot be written down: {error}.");
                state.warn(text);
                return Vec::new();
            }
        },
    };
    // Most terminals take what they are sent without a word.
    let length = counted(text.chars().count(), "character");
    state.say(format!(
        "Sent to the clipboard of the terminal, {length}: {}",
        printable(&text)
    ));
    vec![Effect::Copy(text)]
}

/// The name without the part after its last dot.
fn stem(name: &str) -> &str {
    match name.rfind('.') {
        None | Some(0) => name,
        Some(dot) => &name[..dot],
    }
}
