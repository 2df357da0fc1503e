//! The one line that is typed, whatever it is for: a rule, a name, a place, a command.

pub mod names;
pub mod recall;

use std::sync::Arc;

use self::names::Names;
use self::recall::Recall;
use super::typed::Typed;
use crate::domain::filter::Filter;
use crate::domain::job::{Items, JobId, Target};
use crate::domain::known::Doubled;
use crate::domain::rule::Rule;
use crate::texts::tr;
use crate::tui::msg::Ticket;

/// A line while it is being typed.
#[derive(Debug)]
pub struct Prompt {
    /// What it is for.
    pub purpose: Purpose,
    /// The line.
    pub line: Typed,
    /// Why it cannot be taken as it is.
    pub complaint: Option<String>,
    /// What it would do, or the words that may be meant.
    pub remark: String,
    /// What of that is still being counted.
    pub tally: Option<Tally>,
    /// The folders that a path can become.
    pub names: Names,
    /// What a command can become, and the commands from before.
    pub recall: Recall,
}

/// What a line is typed for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To narrow the list down, while it is typed.
    Filter {
        /// The filter from before, for Esc.
        before: Option<Filter>,
    },
    /// To go to the rows that it finds, while it is typed.
    Find {
        /// What was looked for before, for Esc.
        before: Option<Filter>,
        /// The row that the cursor was on.
        row: usize,
    },
    /// To narrow the list of the bin down, while it is typed.
    Bin {
        /// The filter from before, for Esc.
        before: Option<String>,
    },
    /// To narrow the results of a job down, while it is typed.
    Results {
        /// The filter from before, for Esc.
        before: Option<String>,
    },
    /// To narrow the list of all marks down, while it is typed.
    Marks {
        /// The filter from before, for Esc.
        before: Option<Rule>,
    },
    /// To narrow the plan down, while it is typed.
    Plan {
        /// The filter from before, for Esc.
        before: Option<Rule>,
    },
    /// To mark.
    Mark,
    /// To unmark.
    Unmark,
    /// To search the library.
    Search,
    /// To do what it says.
    Command,
    /// The path of a folder to go to.
    Path,
    /// The path of a folder that is to be made.
    NewFolder,
    /// The new name of an entry.
    Name(Target),
    /// The name of the tab.
    TabName,
    /// A folder of this machine, into which these are fetched.
    Folder(Items<Target>),
    /// A new file of this machine, for the list of all marks.
    ListFile,
    /// The same for the plan.
    PlanFile,
    /// The same for the report of this job.
    Report(JobId),
    /// The items of a request.
    Batch,
}

impl Purpose {
    /// Whether a rule is typed.
    pub fn is_rule(&self) -> bool {
        match self {
            Self::Filter { .. }
            | Self::Find { .. }
            | Self::Bin { .. }
            | Self::Results { .. }
            | Self::Marks { .. }
            | Self::Plan { .. }
            | Self::Mark
            | Self::Unmark
            | Self::Search => true,
            Self::Command
            | Self::Path
            | Self::NewFolder
            | Self::Name(_)
            | Self::TabName
            | Self::Folder(_)
            | Self::ListFile
            | Self::PlanFile
            | Self::Report(_)
            | Self::Batch => false,
        }
    }

    /// Whether words may be fuzzy: not where what is typed is kept as the reason of marks.
    pub fn may_be_fuzzy(&self) -> bool {
        matches!(self, Self::Filter { .. } | Self::Find { .. })
    }

    /// Whether a new file of this machine is named.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::ListFile | Self::PlanFile | Self::Report(_))
    }

    /// Whether it is completed with folders of this machine.
    pub fn is_local(&self) -> bool {
        self.is_file() || matches!(self, Self::Folder(_))
    }

    /// What stands before the line.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Filter { .. }
            | Self::Bin { .. }
            | Self::Results { .. }
            | Self::Marks { .. }
            | Self::Plan { .. } => tr!("filter"),
            Self::Find { .. } => tr!("find"),
            Self::Mark => tr!("mark"),
            Self::Unmark => tr!("unmark"),
            Self::Search => tr!("search"),
            Self::Command => "",
            Self::Path => tr!("go to"),
            Self::NewFolder => tr!("new folder"),
            Self::Name(_) => tr!("rename"),
            Self::TabName => tr!("name of this tab"),
            Self::Folder(_) => tr!("download into"),
            Self::ListFile | Self::PlanFile | Self::Report(_) => tr!("write to"),
            Self::Batch => tr!("items in a request"),
        }
    }
}

impl Prompt {
    /// A line that was not typed in yet.
    pub fn new(purpose: Purpose, line: Typed) -> Self {
        Self {
            purpose,
            line,
            complaint: None,
            remark: String::new(),
            tally: None,
            names: Names::default(),
            recall: Recall::default(),
        }
    }

    /// The same with a remark, until something is typed.
    #[must_use]
    pub fn remarking(self, remark: &str) -> Self {
        Self {
            remark: remark.to_owned(),
            ..self
        }
    }
}

/// What a rule would do to the rows that were looked at so far.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The rule.
    pub rule: Rule,
    /// Which files have copies, if the rule asks for that.
    pub doubled: Option<Arc<Doubled>>,
    /// Rows before this one were looked at.
    pub next: usize,
    /// How many the rule chooses.
    pub matching: usize,
    /// How many of those are marked already.
    pub marked: usize,
    /// Bytes of the others.
    pub size: u64,
}

/// Lists that are edited outside of the program.
#[derive(Debug, Default)]
pub struct Edits {
    /// What is being edited, and the request for it.
    pub open: Option<(Ticket, Edited)>,
    /// Names as they were edited last, and of which entries: not lost by a question that was
    /// answered by no.
    pub names: Option<(Vec<Target>, String)>,
}

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The names of these.
    Names(Vec<Target>),
    /// The list of all marks, which was this text.
    Marks(String),
}
