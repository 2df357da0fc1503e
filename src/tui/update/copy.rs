//! Copying names and paths to the clipboard of the terminal.

use jiff::Timestamp;

use crate::domain::failure::Failure;
use crate::domain::format::{clock, counted, printable};
use crate::domain::path::RemotePath;
use crate::texts::tr;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::msg::{Hidden, Ticket};
use crate::tui::state::State;

/// Copies what the action says of the row under the cursor.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let directory = &state.browser.directory;
    let Some(entry) = state.browser.under_cursor() else {
        state.say(tr!("There is no row to copy from."));
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
                let text = tr!("This path cannot be written down: {error}.", error);
                state.warn(text);
                return Vec::new();
            }
        },
    };
    // Most terminals take what they are sent without a word.
    let length = counted(text.chars().count(), "character");
    state.say(tr!(
        "Sent to the clipboard of the terminal, {length}: {text}",
        length,
        text = printable(&text)
    ));
    vec![Effect::Copy(text)]
}

/// Asks for a URL from which the file under the cursor can be fetched without signing in.
pub fn ask_link(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.browser.under_cursor() else {
        state.say(tr!("There is no row to copy from."));
        return Vec::new();
    };
    if entry.is_directory() {
        state.say(tr!(
            "A folder has no download link; O downloads it with all that is in it."
        ));
        return Vec::new();
    }
    let Ok(path) = state.browser.directory.join(entry.name()) else {
        state.warn(tr!(
            "This row has a name that the service cannot be asked about."
        ));
        return Vec::new();
    };
    let ticket = state.ticket();
    state.asked_link = Some(ticket);
    vec![Effect::Link { ticket, path }]
}

/// The URL has arrived, and when it stops working. It goes to the clipboard and nowhere else.
pub fn linked(
    state: &mut State,
    ticket: Ticket,
    link: Result<Option<(Hidden, Option<Timestamp>)>, Failure>,
) -> Vec<Effect> {
    if state.asked_link.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    match link {
        Ok(Some((url, expires))) => {
            let until = match expires {
                Some(at) => tr!("until {time}", time = clock(at, &state.zone)),
                // Part B 3.2.
                None => tr!("for about 2 hours").to_owned(),
            };
            state.say(tr!(
                "A download link is in the clipboard. Whoever has it gets the file, {until}.",
                until
            ));
            vec![Effect::CopyHidden(url)]
        }
        Ok(None) => {
            state.warn(tr!("There is no link: the file is not there any more."));
            Vec::new()
        }
        Err(failure) => {
            state.warn(tr!("There is no link: {failure}.", failure));
            Vec::new()
        }
    }
}

/// The name without the part after its last dot.
fn stem(name: &str) -> &str {
    match name.rfind('.') {
        None | Some(0) => name,
        Some(dot) => &name[..dot],
    }
}
