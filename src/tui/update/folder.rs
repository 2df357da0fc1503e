//! Making folders.

use super::jobs::begin;
use crate::domain::job::JobSpec;
use crate::domain::path::{PathError, RemotePath};
use crate::texts::tr;
use crate::tui::effect::Effect;
use crate::tui::state::State;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::typed::Typed;

/// Opens the line for the name of a new folder.
pub fn open(state: &mut State) {
    state.prompt = Some(Prompt::new(Purpose::NewFolder, Typed::default()));
}

/// Makes the folder of this path, from the root if it begins with a slash, else from here; those above
/// it that are missing as well. The cursor goes to what is new here.
///
/// # Errors
/// A sentence, if there can be no such folder.
pub fn make(state: &mut State, text: &str) -> Result<Vec<Effect>, String> {
    let here = state.browser.directory.clone();
    let path = if text.starts_with('/') {
        RemotePath::parse(text)
    } else {
        below(&here, text)
    };
    let path = path.map_err(|error| error.to_string())?;
    if path == here || path.is_root() {
        return Err(tr!("a name is wanted").to_owned());
    }
    // The part of the path that lies in this folder.
    let mut parts = std::iter::successors(Some(path.clone()), RemotePath::parent);
    let name = parts.find(|part| part.parent().as_ref() == Some(&here));
    let name = name.map(|part| part.name().to_owned());
    if let Some(name) = &name
        && path.parent().as_ref() == Some(&here)
        && state.browser.listing.position(name).is_some()
    {
        return Err(tr!("this name is taken here").to_owned());
    }
    if let Some(name) = name {
        state.browser.want(&name);
    }
    Ok(begin(state, JobSpec::MakeFolders(vec![path].into())))
}

fn below(here: &RemotePath, text: &str) -> Result<RemotePath, PathError> {
    let parts = here.components().chain(text.split('/'));
    RemotePath::from_components(parts)
}
