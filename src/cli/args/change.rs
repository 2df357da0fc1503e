//! What can be typed for commands that change something, and for jobs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::conflict::Strategy;

use super::Place;

/// `rm`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Rm {
    /// Files and directories; directories go with all that is in them.
    #[arg(required_unless_present_any = ["from_file", "plan"])]
    pub paths: Vec<String>,
    /// Read more paths from a file, one per line; '-' is the standard input.
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// Paths in that file end with a zero byte instead of a line break.
    #[arg(long, short = '0', requires = "from_file")]
    pub null: bool,
    /// Carry out a plan, if everything in it is still as it was.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "from_file"])]
    pub plan: Option<PathBuf>,
    /// Leave out what is no longer as it was planned, and delete the rest.
    #[arg(long, requires = "plan")]
    pub skip_changed: bool,
    /// Do not begin with another number of items than this.
    #[arg(long, value_name = "N")]
    pub expect: Option<usize>,
    /// Delete for good instead of moving to the recycle bin; needs --yes and --expect.
    #[arg(long)]
    pub permanent: bool,
    /// Yes, for good.
    #[arg(long)]
    pub yes: bool,
    /// Look at the entries and say what would be done; change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not begin with more items than this.
    #[arg(long, value_name = "N")]
    pub max_items: Option<usize>,
    /// Do not begin with more bytes than this, such as 500G; what lies in directories counts.
    #[arg(long, value_name = "SIZE")]
    pub max_size: Option<String>,
    /// One JSON object per item and line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// Files and directories; directories go with all that is in them.
    pub paths: Vec<String>,
    /// Read more paths from a file, one per line; '-' is the standard input.
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// Paths in that file end with a zero byte instead of a line break.
    #[arg(long, short = '0', requires = "from_file")]
    pub null: bool,
    /// Everything that a rule chooses, or one of the settings by its name; may be given again.
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,
    /// Where rules look.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub below: String,
    /// The file to write; the standard output where none is given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// Items of the recycle bin, by the ids that `bin` lists.
    #[arg(required_unless_present = "job", conflicts_with = "job")]
    pub ids: Vec<String>,
    /// Put back what a job has moved to the recycle bin.
    #[arg(long, value_name = "N")]
    pub job: Option<u64>,
    /// What to do about a name that is taken by now. Directories are never overwritten.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = OnClash::Rename)]
    pub on_clash: OnClash,
    /// One JSON object per item and line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `mv` and `cp`
#[derive(Debug, Args)]
pub struct Relocate {
    /// Files and directories of the library.
    #[arg(required = true, num_args = 1.., value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// The directory that they go to, or the new path of a single one.
    #[arg(required = true, value_name = "TARGET")]
    pub target: String,
    /// What to do about a name that is taken. Directories are never overwritten.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = OnClash::Skip)]
    pub on_clash: OnClash,
    /// Do not begin with more items than this.
    #[arg(long, value_name = "N")]
    pub max_items: Option<usize>,
    /// One JSON object per item and line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// What to do about a name that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnClash {
    /// Leave out the new one, and say so unless it is the same.
    Skip,
    /// Keep both: the new one gets another name.
    Rename,
    /// Put the new one in the place of the old one.
    Overwrite,
}

impl OnClash {
    /// The strategy of the protocol.
    pub fn strategy(self) -> Strategy {
        match self {
            Self::Skip => Strategy::Ask,
            Self::Rename => Strategy::Rename,
            Self::Overwrite => Strategy::Overwrite,
        }
    }
}

/// `jobs`
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// The latest jobs, newest first.
    List {
        /// So many at most.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// One JSON object per line.
        #[arg(long)]
        json: bool,
    },
    /// What became of each item of a job.
    Show {
        /// Its number.
        job: u64,
        /// One JSON object per item and line.
        #[arg(long)]
        json: bool,
    },
    /// Take up a job that was cut off: find out about what was on the way, and send the rest.
    Resume(OneJob),
    /// End a job that was cut off: find out about what was on the way, and leave the rest.
    Cancel(OneJob),
    /// Send again what failed and may be sent again, and what was not sent, as a new job.
    Retry(OneJob),
    /// Undo what a job has done, as a new job: put back what it has recycled, move back what it has
    /// moved, recycle what it has copied or put back.
    Undo(Undo),
    /// End a job that was cut off without a look: what was on the way stays unknown.
    Drop {
        /// Its number.
        job: u64,
    },
}

/// `jobs undo`
#[derive(Debug, Args)]
pub struct Undo {
    /// Which job.
    #[command(flatten)]
    pub one: OneJob,
    /// What to do about a name that is taken by now. If nothing is said, what is put back gets another
    /// name, and what was moved stays where it is.
    #[arg(long, value_enum, value_name = "HOW")]
    pub on_clash: Option<OnClash>,
}

/// Something that is done to a job.
#[derive(Debug, Args)]
pub struct OneJob {
    /// Its number.
    pub job: u64,
    /// One JSON object per item and line.
    #[arg(long)]
    pub json: bool,
    /// The library that it works in.
    #[command(flatten)]
    pub place: Place,
}
