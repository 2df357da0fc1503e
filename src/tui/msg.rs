//! Everything that can happen.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use compact_str::CompactString;
use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use ratatui::layout::Size;
use rustc_hash::FxHashMap;

use crate::domain::bin::{RecycledEntry, RecycledId, Recycler};
use crate::domain::entries::Entries;
use crate::domain::entry::{EntryPage, Facts, Kind, Page};
use crate::domain::failure::Failure;
use crate::domain::fetch::Fetch;
use crate::domain::job::{JobEvent, JobId, JobSpec, PastJob};
use crate::domain::marks::Marks;
use crate::domain::path::RemotePath;
use crate::domain::search::SearchPage;
use crate::domain::space::Sums;
use crate::domain::usage::Usage;

use super::state::bin::landing::Landing;
use super::state::plan::Look;
use super::state::planning::Worked;
use super::state::preview::Shown;
use super::state::question::load::Inside;

/// Names a request; an answer whose ticket is no longer awaited is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub u64);

/// A text for nobody but who asked for it: neither a log nor the screen shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a walk comes along.
#[derive(Clone, Debug)]
pub enum WalkStep {
    /// A part of a directory was looked at.
    Found {
        /// Which one.
        directory: RemotePath,
        /// How many entries the part has.
        looked: usize,
        /// Those that the rule may choose.
        entries: Entries,
        /// Whether it was the last part.
        is_last: bool,
    },
    /// A directory could not be read to its end.
    Unread {
        /// Which one.
        directory: RemotePath,
        /// Why.
        failure: Failure,
    },
    /// That was all.
    End,
}

/// How a dry run comes along.
#[derive(Clone, Debug)]
pub enum AskStep {
    /// So much was found of these items.
    Found(Vec<(usize, Look)>),
    /// That was all, or why there is no more.
    End(Option<Failure>),
}

/// How a look at the places of items of the bin comes along.
#[derive(Clone, Debug)]
pub enum LandingStep {
    /// So much was found of these items, by their numbers.
    Found(Vec<(usize, Landing)>),
    /// That was all, or why there is no more.
    End(Option<Failure>),
}

/// Something that happened: the only reason for the state to change.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed, at this time.
    Key(KeyEvent, Timestamp),
    /// Text was pasted, at this time.
    Paste(String, Timestamp),
    /// The mouse did something, at this time.
    Mouse(MouseEvent, Timestamp),
    /// The terminal has told its background, later than it was waited for.
    Background {
        /// Whether it is light.
        is_light: bool,
    },
    /// The terminal has the user's eyes, or has them no longer.
    Focus(bool),
    /// The terminal has another size.
    Resized(Size),
    /// Time has passed while something was going on.
    Tick(Timestamp),
    /// No key waits: there is time for a piece of long work.
    Spare,
    /// A page of a directory arrived.
    Listed {
        /// Of which request.
        ticket: Ticket,
        /// The page, or why there is none.
        page: Result<EntryPage, Failure>,
    },
    /// The pages of a directory were looked at.
    Compared {
        /// Of which request.
        ticket: Ticket,
        /// Whether they are still the same, or why that cannot be told.
        same: Result<bool, Failure>,
    },
    /// The folders of a folder arrived.
    Folders {
        /// Of which request.
        ticket: Ticket,
        /// Their names, in order, or why there are none.
        names: Result<Vec<CompactString>, Failure>,
    },
    /// What is there of names that somebody asked for.
    Taken {
        /// Of which request.
        ticket: Ticket,
        /// The names that are taken and by what, or why that cannot be told.
        taken: Result<FxHashMap<CompactString, Kind>, Failure>,
    },
    /// A text was edited.
    Edited {
        /// Of which request.
        ticket: Ticket,
        /// What it is now, or why it was not edited, in words.
        text: Result<String, String>,
    },
    /// What the service knows of an entry.
    Described {
        /// Of which request.
        ticket: Ticket,
        /// That, nothing if it is not there, or why it cannot be told.
        facts: Result<Option<Facts>, Failure>,
    },
    /// A URL from which a file can be fetched without signing in.
    Linked {
        /// Of which request.
        ticket: Ticket,
        /// The URL and when it stops working, nothing if there is no such file, or why there is none.
        link: Result<Option<(Hidden, Option<Timestamp>)>, Failure>,
    },
    /// The folders of a folder of this machine arrived, in order.
    LocalFolders {
        /// Of which request.
        ticket: Ticket,
        /// Their names.
        names: Vec<CompactString>,
    },
    /// So much is to be fetched, as far as it was looked for.
    Gathering {
        /// Of which request.
        ticket: Ticket,
        /// Files.
        files: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// All that is to be fetched, or why nothing is, in words.
    Gathered {
        /// Of which request.
        ticket: Ticket,
        /// What was found.
        gathered: Result<Box<Fetch>, String>,
    },
    /// There is a folder for a copy that is to be opened, or there is none, for a reason in words.
    Room {
        /// Of which request.
        ticket: Ticket,
        /// The folder.
        room: Result<String, String>,
    },
    /// A list was written.
    ListWritten {
        /// Where to.
        file: String,
        /// How many lines it has, or why there is none, in words.
        outcome: Result<usize, String>,
    },
    /// A file of this machine was opened.
    Opened {
        /// Which.
        file: String,
        /// Why it was not, in words.
        outcome: Result<(), String>,
    },
    /// So much lies below a folder, as far as it has been counted.
    Counted(Ticket, Sums),
    /// What lies below a folder has been counted, but for so many folders that could not be read, or
    /// why it cannot be.
    Measured(Ticket, Result<(Sums, usize), Failure>),
    /// So much lies inside the folders of a question, as far as it has been counted.
    Weighed {
        /// Of which request.
        ticket: Ticket,
        /// What was counted so far.
        inside: Inside,
        /// A folder that was just counted to its end, and what lies below it.
        folder: Option<(RemotePath, Sums)>,
    },
    /// A page of the recycle bin arrived.
    BinListed {
        /// Of which request.
        ticket: Ticket,
        /// The page, or why there is none.
        page: Result<Page<RecycledEntry>, Failure>,
    },
    /// Which jobs of this library have recycled what, as far as their logs tell.
    Owners(FxHashMap<RecycledId, Recycler>),
    /// A look at the places of items of the bin has come a step further.
    Landed {
        /// Of which request.
        ticket: Ticket,
        /// The step.
        step: LandingStep,
    },
    /// What there is to see of a file.
    Looked {
        /// Of which request.
        ticket: Ticket,
        /// What is shown of it, or why there is nothing.
        shown: Result<Shown, Failure>,
    },
    /// A page of a search arrived.
    Searched {
        /// Of which request.
        ticket: Ticket,
        /// The page, or why there is none.
        page: Result<SearchPage, Failure>,
    },
    /// A walk has come a step further.
    Walked {
        /// Of which request.
        ticket: Ticket,
        /// The step.
        step: WalkStep,
    },
    /// A dry run has come a step further.
    Asked {
        /// Of which request.
        ticket: Ticket,
        /// The step.
        step: AskStep,
    },
    /// What was kept of the session before; nothing, if it cannot be read.
    Recalled {
        /// What was marked.
        marks: Marks,
        /// Folders that were remembered under letters.
        letters: BTreeMap<char, RemotePath>,
        /// When this was kept.
        at: Timestamp,
    },
    /// A plan, or what a question has to know, was worked out beside the screen.
    WorkedOut {
        /// Names the work.
        ticket: Ticket,
        /// What came of it.
        worked: Box<Worked>,
        /// When.
        at: Timestamp,
    },
    /// A plan was written.
    Written {
        /// Of which request.
        ticket: Ticket,
        /// Where to.
        file: String,
        /// How many items it has and how many it leaves out, or why there is none.
        outcome: Result<(usize, usize), String>,
    },
    /// The report of a job was written.
    Reported {
        /// Of which request.
        ticket: Ticket,
        /// Where to.
        file: String,
        /// How many items it tells of, or why there is none.
        outcome: Result<usize, String>,
    },
    /// What the service says of the checksum of a file.
    Summed {
        /// Of which request.
        ticket: Ticket,
        /// The number that was sent along.
        file: u32,
        /// CRC-64/XZ of its content; none if the service does not say, or the file is not there.
        crc64: Result<Option<u64>, Failure>,
    },
    /// What the space uses and may use, or why it cannot be told.
    Usage {
        /// Of which request.
        ticket: Ticket,
        /// The bytes.
        usage: Result<Usage, Failure>,
    },
    /// The service has answered a request, so soon.
    Answered(Duration),
    /// The worker tells a fact.
    Job(JobEvent),
    /// The last jobs of this library, latest first, or why there is no list.
    History(Result<Vec<PastJob>, Failure>),
    /// What undoes a job, or why nothing does.
    WayBack(JobId, Result<JobSpec, Failure>),
    /// What of a job can be sent again, if anything.
    Retriable(JobId, Result<Option<JobSpec>, Failure>),
    /// The terminal or the system asks the program to end.
    Terminate,
}
