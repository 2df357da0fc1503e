//! Everything that the screen may ask of the world.

use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;

use super::msg::{Hidden, Ticket};
use super::state::planning::Work;
use super::state::preview::Wish;
use crate::domain::entry::{KnownPage, Marker};
use crate::domain::job::{Items, Job, JobId, JobSpec, Recycled, Target};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::rule::{Rule, Scope};
use crate::domain::search::{Criteria, SearchId};

/// A plan to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Where to; nothing may be there.
    pub file: String,
    /// The rules that have chosen items.
    pub rules: Vec<String>,
    /// What would be sent, and the place of the rule that has chosen it.
    pub items: Vec<(Target, Option<usize>)>,
    /// What was chosen and stays, and why.
    pub left_out: Vec<(RemotePath, String)>,
}

/// The next page of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage {
    /// Which search.
    pub id: SearchId,
    /// Where the page begins.
    pub after: Marker,
    /// Whether the service has found nothing new lately: it is given time.
    pub is_slow: bool,
}

/// A job as it was when somebody asked for its report.
#[derive(Clone, Debug)]
pub struct Told(pub Job);

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        (self.0.id, self.0.tally) == (other.0.id, other.0.tally)
    }
}

impl Eq for Told {}

/// Work for beside the screen, and what is to be sent back with what comes of it.
#[derive(Clone, Debug)]
pub struct Handed(pub Ticket, pub Work);

impl PartialEq for Handed {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Handed {}

/// A request to the world, as plain data; what is fetched or started comes back in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Fetch a directory page by page.
    List {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which directory.
        directory: RemotePath,
        /// In which order the service should list it.
        order: Order,
        /// The most entries that are wanted in the first page.
        first: u32,
        /// The most entries that are wanted in every other page.
        limit: u32,
    },
    /// Look whether the pages of a directory are still the same, without fetching them.
    Compare {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which directory.
        directory: RemotePath,
        /// In which order it was listed.
        order: Order,
        /// The pages as they were.
        pages: Arc<[KnownPage]>,
    },
    /// Ask which folders a folder holds, for a path that is being typed.
    Folders {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which folder.
        directory: RemotePath,
    },
    /// Ask which of these names are taken in a folder.
    Taken {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which folder.
        directory: RemotePath,
        /// The names.
        names: Vec<CompactString>,
    },
    /// Let the user edit a text in an editor, which has the terminal meanwhile.
    Edit {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// The text.
        text: String,
    },
    /// Ask which folders a folder of this machine holds.
    LocalFolders {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which folder, as it was typed; nothing for that of the program.
        folder: String,
    },
    /// Look for everything that is to be fetched.
    Gather {
        /// To be sent back with each answer.
        ticket: Ticket,
        /// Files, and folders with all that is in them.
        targets: Items<Target>,
        /// The folder of this machine, as it was typed.
        into: String,
    },
    /// Write a text into a new file of this machine.
    WriteList {
        /// The file, as it was typed; nothing may be there.
        file: String,
        /// The text.
        text: String,
    },
    /// Make a folder for a copy that is to be opened.
    MakeRoom(Ticket),
    /// Open a file of this machine with the program for it.
    OpenLocal(String),
    /// Count what lies below a folder.
    Measure {
        /// To be sent back with the answers.
        ticket: Ticket,
        /// Which folder.
        directory: RemotePath,
    },
    /// Count what lies inside the folders among these items.
    Weigh {
        /// To be sent back with the answers.
        ticket: Ticket,
        /// The items, those that are no folders too.
        targets: Items<Target>,
    },
    /// Nobody waits for the answer of this request any more.
    Forget(Ticket),
    /// Put a text into the clipboard of the terminal.
    Copy(String),
    /// The same with a text that nobody else is to see.
    CopyHidden(Hidden),
    /// Ask for all that the service knows of an entry.
    Describe {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which.
        path: RemotePath,
    },
    /// Ask for a URL from which a file can be fetched without signing in.
    Link {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Which.
        path: RemotePath,
    },
    /// Ask what the space uses and may use.
    Usage(Ticket),
    /// Fetch a page of the recycle bin.
    ListBin {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// Where the page begins; none for the first.
        after: Option<Marker>,
        /// The most items that are wanted.
        limit: u32,
    },
    /// Ask the logs which jobs of this library have recycled what.
    Owners,
    /// Look what is where items of the bin would go back to, a single one once the cursor has rested
    /// on it; the look before is not wanted any more. Ends in
    /// [`LandingStep::End`](super::msg::LandingStep::End).
    LookBack {
        /// To be sent back with each step.
        ticket: Ticket,
        /// Which items.
        items: Items<Recycled>,
    },
    /// Have a look at a file, once the cursor has rested on it; the one before is not wanted any more.
    Look {
        /// To be sent back with the answer.
        ticket: Ticket,
        /// At what.
        wish: Wish,
    },
    /// No look is wanted any more.
    LookAway,
    /// Let the service search.
    Search(Ticket, Box<Criteria>),
    /// Ask for the next page of a search.
    SearchOn(Ticket, NextPage),
    /// Nobody will ask for more of a search.
    EndSearch(SearchId),
    /// Look for what a rule may choose; ends in [`WalkStep::End`](super::msg::WalkStep::End).
    Walk {
        /// To be sent back with each step.
        ticket: Ticket,
        /// What is looked for.
        rule: Rule,
        /// Where.
        scopes: Vec<Scope>,
    },
    /// Ask for the checksums of files, few at a time.
    Sum {
        /// To be sent back with each answer.
        ticket: Ticket,
        /// The files, each with a number that is sent back and its bytes as listed.
        files: Vec<(u32, RemotePath, Option<u64>)>,
    },
    /// Give the walk up, or the asking.
    StopWalk,
    /// Ask what became of these entries, numbered, and change nothing; ends in
    /// [`AskStep::End`](super::msg::AskStep::End).
    Ask {
        /// To be sent back with each step.
        ticket: Ticket,
        /// What is asked about.
        targets: Vec<(usize, Target)>,
    },
    /// Ask no more.
    StopAsking,
    /// Read what was kept of the session before.
    Recall,
    /// Work something out beside the screen.
    WorkOut(Box<Handed>),
    /// Ask what each item is now, and write the plan to a file.
    WritePlan(Ticket, Box<Writing>),
    /// Write what became of a job, item by item, to a file where nothing may be; its extension says
    /// in which form.
    WriteReport(Ticket, String, Box<Told>),
    /// Begin the jobs to come with so many items in a request.
    Batch(usize),
    /// Hand a job to the worker.
    Start(JobId, JobSpec),
    /// The same for a job that undoes another one: what is no longer as that one has left it stays.
    Undo(JobId, JobSpec),
    /// Tell of the last jobs of this library, of all sessions.
    History,
    /// Find out what undoes a job, of whatever session; the time is when it began, where that is
    /// known.
    UndoPast(JobId, Option<Timestamp>),
    /// Find out what of a job of this session can be sent again.
    Retriable(JobId),
    /// Take up a job that was cut off; send what was not sent if that is wanted.
    Resume(JobId, bool),
    /// End a job that was cut off without a look.
    Drop(JobId),
    /// Let a waiting job change places with the one before it.
    Sooner(JobId),
    /// Let a waiting job change places with the one behind it.
    Later(JobId),
    /// Send nothing more for a job until it goes on.
    Pause(JobId),
    /// Let a halted job go on.
    GoOn(JobId),
    /// Stop a job.
    Cancel(JobId),
    /// Keep a line that was typed after `:` for the next start.
    Remember(String),
    /// Listen to the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Tell a user who looks elsewhere.
    Notify(String),
    /// Leave this library for another one of the settings, by its place in their list.
    Library(usize),
    /// Draw the whole screen anew.
    Redraw,
    /// Give the terminal back to the shell until the program is continued.
    Suspend,
    /// End the program.
    Quit,
}
