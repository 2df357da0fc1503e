//! What is known before the first message.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::caution::Caution;
use crate::domain::job::{CutOff, JobId};
use crate::domain::path::RemotePath;
use crate::domain::rule::Named;
use crate::domain::show::Show;
use crate::tui::keymap::Keymap;
use crate::tui::theme::Look;

/// What is known from the start.
#[derive(Clone, Debug)]
pub struct Start {
    /// The library and space, as people call them.
    pub label: String,
    /// The directory to begin with.
    pub directory: RemotePath,
    /// The number of the first job.
    pub next_job: JobId,
    /// Jobs of this library that other programs are at work on, latest first.
    pub at_work: Vec<JobId>,
    /// Jobs of this library that were cut off, latest first.
    pub cut_off: Vec<CutOff>,
    /// Whether something may be kept of the session before, which is still to be read.
    pub has_kept: bool,
    /// Whether nobody has used the program here before.
    pub is_first: bool,
    /// Whether marks outlive the program.
    pub keeps_marks: bool,
    /// Where the user's clock is.
    pub zone: TimeZone,
    /// The time now.
    pub now: Timestamp,
    /// What the user is used to.
    pub habits: Habits,
}

/// What the user is used to: keys, colours, and lines typed before.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// The keys.
    pub keymap: Keymap,
    /// The colours and borders.
    pub look: Look,
    /// Whether the screen is heard rather than seen: nothing stands beside the list, and what is
    /// said stays, line by line.
    pub is_plain: bool,
    /// Lines that were typed after `:`, oldest first.
    pub history: Vec<String>,
    /// The libraries that the settings name, as people call them.
    pub libraries: Vec<String>,
    /// Which of them this is.
    pub here: Option<usize>,
    /// Whether to listen to the mouse.
    pub mouse: bool,
    /// What stands between a key and a delete.
    pub caution: Caution,
    /// The folder of this machine that downloads go to, unless another one is typed.
    pub downloads: String,
    /// The folder of the logs of jobs, as people write it; empty where there are none.
    pub logs: String,
    /// How lists are shown.
    pub show: Show,
    /// Rules that have names.
    pub rules: Named,
}
