//! What can be typed. Definitions only; what it means is for the commands to say.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::conflict::Strategy;
use crate::tui::runtime::pictures::Pictures;

/// Bulk clean-up of media libraries on Tencent Cloud Smart Media Hosting.
///
/// Without a command it opens the screen: on the given library; where none is given, on one that you
/// choose among those of the settings, or on a demo library in a local folder where there are none.
#[derive(Debug, Parser)]
#[command(name = "mediasweep", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Variables: MEDIASWEEP_TOKEN or MEDIASWEEP_SECRET hold the access token or the library secret;
MEDIASWEEP_PROFILE, MEDIASWEEP_BATCH, MEDIASWEEP_TIMEOUT, MEDIASWEEP_RECONNECT and
MEDIASWEEP_MAX_ITEMS stand for flags;
MEDIASWEEP_LOG filters the log file; MEDIASWEEP_HOME puts settings, state and data below one directory.

Exit codes: 0 all done, 1 failed, 2 wrong usage, 3 some items failed, 4 stopped by a limit,
5 what was planned is no longer so, 130 interrupted.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where to open the screen.
    #[command(flatten)]
    pub place: Place,
    /// How the screen looks.
    #[command(flatten)]
    pub looks: Looks,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the screen on a local folder.
    Open {
        /// The folder; it becomes a library with a recycle bin.
        dir: PathBuf,
        /// Settings.
        #[command(flatten)]
        tuning: Tuning,
        /// How the screen looks.
        #[command(flatten)]
        looks: Looks,
    },
    /// Open the screen on a demo library.
    Demo {
        /// Make the demo library anew.
        #[arg(long)]
        fresh: bool,
        /// Settings.
        #[command(flatten)]
        tuning: Tuning,
        /// How the screen looks.
        #[command(flatten)]
        looks: Looks,
    },
    /// Serve a local folder with the protocol of Smart Media Hosting.
    Serve(Serve),
    /// List a directory.
    Ls(Ls),
    /// Find entries by a rule, such as 'ext:mov size:>500M mod:>90d'.
    Find(Find),
    /// Count what lies below directories.
    Du(Du),
    /// Write down what a delete would send, for `rm --plan`.
    Plan(Plan),
    /// Delete files and directories: to the recycle bin, unless told otherwise.
    Rm(Rm),
    /// List the recycle bin, newest first.
    Bin(Bin),
    /// Put items of the recycle bin back.
    Restore(Restore),
    /// Look at jobs, take up those that were cut off, send again what failed, undo.
    Jobs {
        /// What to do with them.
        #[command(subcommand)]
        command: Jobs,
    },
    /// Ask what became of tasks of the service.
    Task(Task),
    /// Look at the spaces of a library.
    Space {
        /// What of them.
        #[command(subcommand)]
        command: Space,
    },
    /// Print an access token for other programs.
    Token {
        /// Which one.
        #[command(subcommand)]
        command: Token,
    },
    /// Upload files and directories; goes on where it broke off.
    Put(Put),
    /// Download files and directories; goes on where it broke off.
    Get(Get),
    /// Make directories, and those above them that are missing.
    Mkdir(Mkdir),
    /// Move or rename files and directories.
    Mv(Relocate),
    /// Copy files and directories, directories with all that is in them.
    Cp(Relocate),
    /// Check settings, keys and theme, or print their defaults.
    Config {
        /// What to do with them.
        #[command(subcommand)]
        command: Settings,
    },
    /// Look whether everything works that the program needs, and say what to do where it does not.
    Doctor {
        /// Which library.
        #[command(flatten)]
        place: Place,
    },
    /// Keep what an account needs in the keyring of the system: an access token or a library secret,
    /// read from standard input.
    Login {
        /// The account of the settings file; its `keyring` says what is kept.
        profile: String,
        /// Settings.
        #[command(flatten)]
        tuning: Tuning,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// `config`
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Tell everything that is wrong in config.toml, keys.toml and theme.toml, with its line.
    Check {
        /// Another settings file than the usual one.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the defaults with explanations, to begin a file with.
    Print {
        /// Of which file.
        #[arg(value_enum, default_value_t = Which::Config)]
        which: Which,
    },
    /// Print where the files are looked for.
    Path,
}

/// A file of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// config.toml
    Config,
    /// keys.toml
    Keys,
    /// theme.toml
    Theme,
}

/// How the screen looks.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Looks {
    /// The colours.
    #[arg(long, value_enum, value_name = "NAME")]
    pub theme: Option<Theme>,
    /// Draw borders with + - and |.
    #[arg(long)]
    pub ascii: bool,
    /// No borders and as few changes of the screen as possible, for screen readers.
    #[arg(long)]
    pub plain: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub no_mouse: bool,
    /// Look only: keys that would change something do nothing.
    #[arg(long)]
    pub read_only: bool,
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// As the background of the terminal is.
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// No colours.
    Mono,
}

/// Which library.
#[derive(Clone, Debug, Default, Args)]
pub struct Place {
    /// A local folder, through the embedded service.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["url", "profile"])]
    pub local: Option<PathBuf>,
    /// Address of the service; https, or http for this machine.
    #[arg(long, requires = "library", conflicts_with = "profile")]
    pub url: Option<String>,
    /// The library.
    #[arg(long, requires = "url")]
    pub library: Option<String>,
    /// The space in the library; '-' where it has only one.
    #[arg(long)]
    pub space: Option<String>,
    /// The user to whom requests are attributed.
    #[arg(long, requires = "url")]
    pub user: Option<String>,
    /// An account of the settings file.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Settings.
    #[command(flatten)]
    pub tuning: Tuning,
}

/// Settings that can also be typed.
#[derive(Clone, Debug, Default, Args)]
pub struct Tuning {
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The most entries in one request, 1 to 1000; the first has 500 at most.
    #[arg(long, value_name = "N")]
    pub batch: Option<usize>,
    /// The longest that one request may take.
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// How long a job waits for a service that it cannot reach.
    #[arg(long, value_name = "SECONDS")]
    pub reconnect: Option<u64>,
    /// Ask for each entry before it is deleted, moved or copied, and leave out what has changed since it
    /// was chosen.
    #[arg(long)]
    pub check_first: bool,
    /// How the screen shows pictures: auto, off, kitty, iterm2, sixel or blocks.
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub images: Pictures,
}

/// `serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The folder.
    pub dir: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The name of the library; by default one made from the folder's place.
    #[arg(long, value_name = "ID")]
    pub library: Option<String>,
    /// The library secret; by default a random one. Others on this machine can see flags: prefer
    /// the variable `MEDIASWEEP_SECRET`.
    #[arg(long)]
    pub secret: Option<String>,
    /// Serve each folder right below the folder as a space of its own, by its name, if that is 2 to
    /// 32 small letters, digits and inner dashes.
    #[arg(long)]
    pub multi_space: bool,
    /// Whether the library has a recycle bin.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub bin: Switch,
    /// Delete what is in the recycle bin for good after so many days; by default it stays.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub retention_days: Option<u32>,
    /// A library of photos and videos only: in albums, or all of them in the root.
    #[arg(long, value_enum, value_name = "HOW")]
    pub media: Option<Media>,
    /// How many directories may lie in one another; by default any number.
    #[arg(long, value_name = "N", conflicts_with = "media")]
    pub max_depth: Option<usize>,
    /// Answer batches of more items than this with a task.
    #[arg(long, value_name = "N", conflicts_with = "async")]
    pub async_items: Option<usize>,
    /// Answer batches with a task always or never.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub r#async: Option<Always>,
    /// Spoil answers as the rules of this TOML file say, to test clients: failures, slowness, broken
    /// connections. The README shows an example.
    #[arg(long, value_name = "FILE")]
    pub fault: Option<PathBuf>,
    /// Listen on addresses that other machines can reach, and answer under any host name. Everything
    /// crosses the network in the open.
    #[arg(long)]
    pub allow_remote: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes.
    On,
    /// No.
    Off,
}

/// How the photos and videos of a library are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Media {
    /// Each in an album, which is a directory of the root.
    Albums,
    /// All of them in the root.
    Flat,
}

/// Always or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Always {
    /// For any number of items.
    Always,
    /// For no number of items.
    Never,
}

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
    /// Files at once, 1 to 16.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub at_once: u8,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_fit_together() {
        Cli::command().debug_assert();
    }
}
