//! What can be typed. Definitions only; what it means is for the commands to say.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::tui::runtime::pictures::Pictures;

mod carry;
mod change;
mod look;
mod serve;

pub use carry::{Carrying, Get, Mkdir, Put};
pub use change::{Jobs, OnClash, OneJob, Plan, Relocate, Restore, Rm};
pub use look::{Bin, Du, Find, Ls, OnSpaces, Space, Task, Token};
pub use serve::{Always, Media, Serve, Switch};

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
    /// The language of the screen.
    #[arg(long, value_enum, value_name = "NAME")]
    pub lang: Option<Lang>,
    /// Draw borders with + - and |, and no pictures of half blocks.
    #[arg(long)]
    pub ascii: bool,
    /// For screen readers: no borders, nothing beside the list, each message on a line of its own, and
    /// as few changes of the screen as possible.
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

/// Languages of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// As the locale says.
    Auto,
    /// English.
    En,
    /// Simplified Chinese.
    #[value(name = "zh-CN", alias = "zh")]
    Zh,
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
    /// The most requests that delete, move, copy or restore on the way at the same time, 1 to 16; for
    /// put and get, files.
    #[arg(long, value_name = "N")]
    pub at_once: Option<usize>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_fit_together() {
        Cli::command().debug_assert();
    }
}
