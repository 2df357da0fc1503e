//! What can be typed for commands that look and change nothing.

use clap::{Args, Subcommand};

use super::Place;

/// `ls`
#[derive(Debug, Args)]
pub struct Ls {
    /// The directory; the root where none is given.
    #[arg(default_value = "/")]
    pub path: String,
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `find`
#[derive(Debug, Args)]
pub struct Find {
    /// A rule, or the name of one of the settings.
    pub rule: String,
    /// Where to look, and in all that lies below, unless the rule says otherwise with in:.
    #[arg(default_value = "/")]
    pub path: String,
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `du`
#[derive(Debug, Args)]
pub struct Du {
    /// Directories and files.
    #[arg(default_value = "/")]
    pub paths: Vec<String>,
    /// List everything instead of asking the service for its sums.
    #[arg(long)]
    pub walk: bool,
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `task`
#[derive(Debug, Args)]
pub struct Task {
    /// Their numbers.
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// One JSON object per task and line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `space`
#[derive(Debug, Subcommand)]
pub enum Space {
    /// The spaces of a library that has several.
    List(OnSpaces),
    /// How much is in the space, recycle bin and old versions included.
    Size(OnSpaces),
}

/// A question about spaces.
#[derive(Debug, Args)]
pub struct OnSpaces {
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `token`
#[derive(Debug, Subcommand)]
pub enum Token {
    /// A new one, made from the library secret.
    New(OneToken),
    /// The given one, with a life that begins anew.
    Renew(OneToken),
}

/// A token that is asked for.
#[derive(Debug, Args)]
pub struct OneToken {
    /// As JSON, with its life in seconds.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}

/// `bin`
#[derive(Debug, Args)]
pub struct Bin {
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
    /// Which library.
    #[command(flatten)]
    pub place: Place,
}
