//! What can be typed for files that go up and down.

use std::path::PathBuf;

use clap::Args;

use super::{OnClash, Place};

/// How files are carried up and down.
#[derive(Clone, Debug, Args)]
pub struct Carrying {
    /// Directories as well, with all that is in them.
    #[arg(long, short)]
    pub recursive: bool,
    /// What to do about a file whose name is taken. Directories are never overwritten: what is new
    /// is added to them.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = OnClash::Skip)]
    pub on_clash: OnClash,
    /// One JSON object per item and line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `put`
#[derive(Debug, Args)]
pub struct Put {
    /// Files of this machine, and directories with --recursive. Symbolic links in directories are
    /// left out.
    #[arg(required = true, num_args = 1.., value_name = "LOCAL")]
    pub locals: Vec<PathBuf>,
    /// The directory of the library that they go to; it has to be there.
    #[arg(required = true, value_name = "REMOTE-DIR")]
    pub remote: String,
    /// How.
    #[command(flatten)]
    pub carrying: Carrying,
}

/// `get`
#[derive(Debug, Args)]
pub struct Get {
    /// Files of the library, and directories with --recursive.
    #[arg(required = true, num_args = 1.., value_name = "REMOTE")]
    pub remotes: Vec<String>,
    /// The directory of this machine that they go to; it has to be there.
    #[arg(required = true, value_name = "LOCAL-DIR")]
    pub into: PathBuf,
    /// How.
    #[command(flatten)]
    pub carrying: Carrying,
}

/// `mkdir`
#[derive(Debug, Args)]
pub struct Mkdir {
    /// Directories; those that are there already stay as they are.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// One JSON object per item and line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}
