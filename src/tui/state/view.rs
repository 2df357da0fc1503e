//! What the main part of the screen can show.

use crate::tui::keymap::Context;

/// What stands in the main part of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The list of a directory.
    Browse,
    /// The list of all marks.
    Marks,
    /// What would be sent.
    Plan,
    /// The list of jobs.
    Jobs,
    /// The results of one job.
    Results,
    /// The last jobs of all sessions, and what can be undone of them.
    Past,
    /// The recycle bin.
    Bin,
    /// What a walk has found.
    Found,
    /// Two copies side by side.
    Compare,
    /// The file under the cursor of the list, as large as the screen allows.
    Preview,
    /// All that is known of one entry.
    Details,
    /// The libraries of the settings.
    Libraries,
    /// The keys.
    Help,
}

impl View {
    /// The keys that hold in it.
    pub fn context(self) -> Context {
        match self {
            Self::Browse => Context::Browse,
            Self::Marks => Context::Marks,
            Self::Plan => Context::Plan,
            Self::Jobs => Context::Jobs,
            Self::Results => Context::Results,
            Self::Past => Context::Past,
            Self::Bin => Context::Bin,
            Self::Found => Context::Found,
            Self::Compare => Context::Compare,
            Self::Preview => Context::Preview,
            Self::Details => Context::Details,
            Self::Libraries => Context::Libraries,
            Self::Help => Context::Help,
        }
    }
}
