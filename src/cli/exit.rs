//! How the program ends, as a type.

use std::fmt;
use std::process::ExitCode;

use crate::domain::job::{Ending, Job};

/// The end of the program; each has its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All was done.
    Done,
    /// Nothing came of it: network, sign-in, a file.
    Failed,
    /// The command makes no sense; nothing was changed.
    Usage,
    /// Some items failed, or nobody knows what became of them.
    SomeFailed,
    /// A limit stopped it; nothing was changed.
    Limit,
    /// What was planned is no longer so; nothing was changed.
    Stale,
    /// The user interrupted it.
    Interrupted,
}

impl Exit {
    /// The end that an error means.
    pub fn of(error: &anyhow::Error) -> Self {
        error
            .downcast_ref::<Wrong>()
            .map_or(Self::Failed, |wrong| wrong.exit)
    }

    /// The end that a finished job means.
    pub fn of_job(job: &Job, is_interrupted: bool) -> Self {
        match job.ending() {
            _ if is_interrupted => Self::Interrupted,
            Ending::BrokeOff => Self::Failed,
            Ending::SomeFailed => Self::SomeFailed,
            Ending::Done => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::SomeFailed => 3,
            Exit::Limit => 4,
            Exit::Stale => 5,
            Exit::Interrupted => 130,
        })
    }
}

/// An error that has its own code.
#[derive(Debug)]
pub struct Wrong {
    exit: Exit,
    message: String,
}

impl Wrong {
    /// A command that makes no sense.
    pub fn usage(message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self {
            exit: Exit::Usage,
            message: message.into(),
        })
    }

    /// Something else than what was planned.
    pub fn stale(message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self {
            exit: Exit::Stale,
            message: message.into(),
        })
    }

    /// More than is allowed.
    pub fn limit(message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self {
            exit: Exit::Limit,
            message: message.into(),
        })
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}
