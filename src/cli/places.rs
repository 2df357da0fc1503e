//! Where files of this program live: settings, state, data.
//!
//! `MEDIASWEEP_HOME` puts everything below one directory; otherwise the habits of the platform
//! hold, and what this platform has no place for goes beside the data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use directories::ProjectDirs;

/// The directories of this program. None of them is made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Holds `config.toml`, `keys.toml` and `theme.toml`.
    pub config: PathBuf,
    /// Holds the logs.
    pub state: PathBuf,
    /// Holds the demo library.
    pub data: PathBuf,
    /// Holds what can be had again.
    pub cache: PathBuf,
}

impl Places {
    /// Finds them.
    ///
    /// # Errors
    /// A user without a home directory.
    pub fn find(env: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        if let Some(home) = env.get("MEDIASWEEP_HOME").filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            return Ok(Self {
                config: home.join("config"),
                state: home.join("state"),
                data: home.join("data"),
                cache: home.join("cache"),
            });
        }
        let dirs = ProjectDirs::from("", "", "mediasweep")
            .context("there is no home directory; set MEDIASWEEP_HOME to a directory to use")?;
        Ok(Self {
            config: dirs.config_dir().to_owned(),
            state: dirs
                .state_dir()
                .unwrap_or_else(|| dirs.data_local_dir())
                .to_owned(),
            data: dirs.data_local_dir().to_owned(),
            cache: dirs.cache_dir().to_owned(),
        })
    }

    /// Copies that are opened with other programs.
    pub fn cache(&self) -> PathBuf {
        self.cache.clone()
    }

    /// The settings.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The keys of one's own.
    pub fn keys_file(&self) -> PathBuf {
        self.config.join("keys.toml")
    }

    /// The colours of one's own.
    pub fn theme_file(&self) -> PathBuf {
        self.config.join("theme.toml")
    }

    /// Lines that were typed into the command line of the screen.
    pub fn history_file(&self) -> PathBuf {
        self.state.join("history")
    }

    /// Is there as soon as somebody was told how to begin.
    pub fn greeted_file(&self) -> PathBuf {
        self.state.join("greeted")
    }

    /// The log of the program.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("mediasweep.log")
    }

    /// The logs of jobs.
    pub fn jobs(&self) -> PathBuf {
        self.state.join("jobs")
    }

    /// What is kept of spaces.
    pub fn spaces(&self) -> PathBuf {
        self.state.join("spaces")
    }

    /// The demo library.
    pub fn demo(&self) -> PathBuf {
        self.data.join("demo")
    }
}
