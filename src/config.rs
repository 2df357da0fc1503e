//! Settings: defaults, then the file, then the environment, then flags.
//!
//! Pure: texts and maps in, values or an error out. Knows no directory, no variable of its own
//! process and nothing of the other parts.

pub mod names;
pub mod profile;
pub mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

pub use names::{ColumnName, LangName, Notify, ThemeName, TimesName, UnitsName};
pub use profile::{Kept, Profile};
use written::nearest;

/// Accounts and rules by name, batch sizes, time limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The account that is used where none is named.
    pub profile: Option<String>,
    /// Entries in one delete request, 1 to 1000.
    pub batch: usize,
    /// Items in one restore request, 1 to 1000.
    pub restore_batch: usize,
    /// The most requests on the way at the same time, 1 to 16.
    pub at_once: usize,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// How long a job waits for a service that it cannot reach; zero: not at all.
    pub reconnect: Duration,
    /// Whether each entry is asked for before a job sends it.
    pub check_first: bool,
    /// Items that one headless command may delete at most.
    pub max_items: usize,
    /// The most that one job of the screen may delete without typed words, such as `500 GB`; none
    /// for no limit.
    pub max_size: Option<String>,
    /// Paths that the screen never deletes, with all below them.
    pub protected: Vec<String>,
    /// Whether the screen changes nothing.
    pub read_only: bool,
    /// Accounts.
    pub profiles: BTreeMap<String, Profile>,
    /// Rules that choose entries; read where they are used.
    pub rules: BTreeMap<String, String>,
    /// The command with which the screen opens a file; none for that of the system.
    pub opener: Option<String>,
    /// Whether that command needs the terminal.
    pub opener_takes_terminal: bool,
    /// How the screen looks and behaves.
    pub screen: Screen,
}

/// How the screen looks and behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "settings that have nothing to do with each other"
)]
pub struct Screen {
    /// The colours.
    pub theme: ThemeName,
    /// The language.
    pub lang: LangName,
    /// Whether borders are drawn with `+`, `-` and `|`.
    pub ascii: bool,
    /// Whether there are no borders and as few changes as possible, for screen readers.
    pub plain: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// How a user who looks elsewhere is told that a long job is over.
    pub notify: Notify,
    /// The columns of lists.
    pub columns: Vec<ColumnName>,
    /// The form of times.
    pub times: TimesName,
    /// The units of sizes.
    pub units: UnitsName,
    /// Whether names that begin with a dot are listed.
    pub dot_files: bool,
}

/// What flags say about settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// See [`Config::profile`].
    pub profile: Option<String>,
    /// See [`Config::batch`].
    pub batch: Option<usize>,
    /// See [`Config::at_once`].
    pub at_once: Option<usize>,
    /// Seconds; see [`Config::timeout`].
    pub timeout: Option<u64>,
    /// Seconds; see [`Config::reconnect`].
    pub reconnect: Option<u64>,
    /// See [`Config::check_first`]; false says nothing.
    pub check_first: bool,
    /// See [`Config::max_items`].
    pub max_items: Option<usize>,
}

/// Settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A key that no setting has.
    #[error("line {line}: there is no setting '{key}'{}", nearest_words(.nearest.as_ref()))]
    UnknownKey {
        /// Counted from 1.
        line: usize,
        /// As written.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// A file that is not TOML, or a value of the wrong kind.
    #[error("line {line}: {message}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// A variable that should hold a number.
    #[error("the variable {name} should hold {expected}, not '{value}'")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// An account that leads nowhere.
    #[error("the account '{0}' should name a url and a library, or a local folder")]
    Nowhere(String),
    /// A number out of its range.
    #[error("{name} should be {expected}")]
    Range {
        /// Its name.
        name: &'static str,
        /// The range.
        expected: &'static str,
    },
}

fn nearest_words(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |word| format!("; did you mean '{word}'?"))
}

/// The file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    profile_name: Option<String>,
    batch: Option<usize>,
    restore_batch: Option<usize>,
    at_once: Option<usize>,
    timeout: Option<u64>,
    reconnect: Option<u64>,
    #[serde(default)]
    check_first: bool,
    max_items: Option<usize>,
    max_size: Option<String>,
    #[serde(default)]
    protected: Vec<String>,
    #[serde(default)]
    read_only: bool,
    theme: Option<ThemeName>,
    lang: Option<LangName>,
    ascii: Option<bool>,
    plain: Option<bool>,
    mouse: Option<bool>,
    notify: Option<Notify>,
    opener: Option<String>,
    #[serde(default)]
    opener_takes_terminal: bool,
    columns: Option<Vec<ColumnName>>,
    times: Option<TimesName>,
    units: Option<UnitsName>,
    dot_files: Option<bool>,
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
    #[serde(default)]
    rules: BTreeMap<String, String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: None,
            batch: 1000,
            restore_batch: 1000,
            at_once: 8,
            timeout: Duration::from_secs(30),
            reconnect: Duration::from_secs(300),
            check_first: false,
            max_items: 5000,
            max_size: None,
            protected: Vec::new(),
            read_only: false,
            profiles: BTreeMap::new(),
            rules: BTreeMap::new(),
            opener: None,
            opener_takes_terminal: false,
            screen: Screen {
                theme: ThemeName::Auto,
                lang: LangName::Auto,
                ascii: false,
                plain: false,
                mouse: true,
                notify: Notify::Auto,
                columns: vec![ColumnName::Size, ColumnName::Modified],
                times: TimesName::Local,
                units: UnitsName::Binary,
                dot_files: true,
            },
        }
    }
}

impl Config {
    /// Lays the layers over each other.
    ///
    /// # Errors
    /// Unknown keys with their line and the nearest known key, values of the wrong kind or out of
    /// range.
    pub fn resolve(
        file: Option<&str>,
        env: &BTreeMap<String, String>,
        flags: &Flags,
    ) -> Result<Self, Error> {
        let written = match file {
            Some(text) => toml::from_str(text).map_err(|error| located(text, &error))?,
            None => Written::default(),
        };
        let default = Self::default();
        let number = |name: &'static str| -> Result<Option<usize>, Error> {
            let Some(value) = env.get(name).filter(|value| !value.is_empty()) else {
                return Ok(None);
            };
            value.parse().map(Some).map_err(|_| Error::Variable {
                name,
                value: value.clone(),
                expected: "a number",
            })
        };
        let batch = flags.batch.or(number("MEDIASWEEP_BATCH")?);
        let at_once = flags.at_once.or(number("MEDIASWEEP_AT_ONCE")?);
        let max_items = flags.max_items.or(number("MEDIASWEEP_MAX_ITEMS")?);
        let seconds = |flag: Option<u64>, name| match flag {
            Some(seconds) => Ok(Some(seconds)),
            None => Ok(number(name)?.map(|seconds| seconds as u64)),
        };
        let timeout = seconds(flags.timeout, "MEDIASWEEP_TIMEOUT")?;
        let reconnect = seconds(flags.reconnect, "MEDIASWEEP_RECONNECT")?;
        let profile = env
            .get("MEDIASWEEP_PROFILE")
            .filter(|name| !name.is_empty());
        let config = Self {
            profile: flags
                .profile
                .clone()
                .or_else(|| profile.cloned())
                .or(written.profile_name),
            batch: batch.or(written.batch).unwrap_or(default.batch),
            restore_batch: written.restore_batch.unwrap_or(default.restore_batch),
            at_once: at_once.or(written.at_once).unwrap_or(default.at_once),
            timeout: timeout
                .or(written.timeout)
                .map_or(default.timeout, Duration::from_secs),
            reconnect: reconnect
                .or(written.reconnect)
                .map_or(default.reconnect, Duration::from_secs),
            check_first: flags.check_first || written.check_first,
            max_items: max_items.or(written.max_items).unwrap_or(default.max_items),
            max_size: written.max_size,
            protected: written.protected,
            read_only: written.read_only,
            profiles: written.profile,
            rules: written.rules,
            opener: written.opener,
            opener_takes_terminal: written.opener_takes_terminal,
            screen: Screen {
                theme: written.theme.unwrap_or(default.screen.theme),
                lang: written.lang.unwrap_or(default.screen.lang),
                ascii: written.ascii.unwrap_or(default.screen.ascii),
                plain: written.plain.unwrap_or(default.screen.plain),
                mouse: written.mouse.unwrap_or(default.screen.mouse),
                notify: written.notify.unwrap_or(default.screen.notify),
                columns: written.columns.unwrap_or(default.screen.columns),
                times: written.times.unwrap_or(default.screen.times),
                units: written.units.unwrap_or(default.screen.units),
                dot_files: written.dot_files.unwrap_or(default.screen.dot_files),
            },
        };
        config.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        let in_batch = 1..=1000;
        for (name, value) in [("batch", self.batch), ("restore_batch", self.restore_batch)] {
            if !in_batch.contains(&value) {
                let expected = "from 1 to 1000";
                return Err(Error::Range { name, expected });
            }
        }
        if !(1..=16).contains(&self.at_once) {
            return Err(Error::Range {
                name: "at_once",
                expected: "from 1 to 16",
            });
        }
        if self.timeout.is_zero() {
            return Err(Error::Range {
                name: "timeout",
                expected: "at least one second",
            });
        }
        let leads_nowhere = |profile: &Profile| {
            profile.local.is_none() && (profile.url.is_empty() || profile.library.is_empty())
        };
        let nowhere = self
            .profiles
            .iter()
            .find(|(_, profile)| leads_nowhere(profile));
        if let Some((name, _)) = nowhere {
            return Err(Error::Nowhere(name.clone()));
        }
        Ok(self)
    }

    /// The known account that looks most like `name`.
    pub fn nearest_profile(&self, name: &str) -> Option<&str> {
        nearest(name, self.profiles.keys().map(String::as_str))
    }
}

/// Finds the line and, for an unknown key, the nearest known one.
fn located(text: &str, error: &toml::de::Error) -> Error {
    let line = written::line_at(text, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field")
        && let Some(key) = quoted.next()
    {
        return Error::UnknownKey {
            line,
            key: key.to_owned(),
            nearest: nearest(key, quoted).map(str::to_owned),
        };
    }
    Error::Unreadable {
        line,
        message: message.lines().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    fn from_file(text: &str) -> Result<Config, Error> {
        Config::resolve(Some(text), &env(&[]), &Flags::default())
    }

    #[test]
    fn the_example_file_says_what_the_defaults_are() {
        let example = include_str!("../config.example.toml");
        assert_eq!(from_file(example), Ok(Config::default()));
        // The account in it is commented out, and would be understood.
        let (_, account) = example.split_once("# [profile").unwrap();
        let account = format!("# [profile{account}").replace("\n# ", "\n");
        let config = from_file(account.trim_start_matches("# ")).unwrap();
        assert_eq!(config.profiles.len(), 1);
        let (_, rules) = example.split_once("# [rules]\n# ").unwrap();
        let (rule, _) = rules.split_once('\n').unwrap();
        let config = from_file(&format!("[rules]\n{rule}")).unwrap();
        assert!(config.rules.contains_key("old-proxies"));
    }

    #[test]
    fn flags_go_over_the_environment_over_the_file_over_defaults() {
        let file = "batch = 100\ntimeout = 10\nmax_items = 7\nrestore_batch = 50";
        let env = env(&[("MEDIASWEEP_BATCH", "200"), ("MEDIASWEEP_TIMEOUT", "20")]);
        let flags = Flags {
            batch: Some(300),
            ..Flags::default()
        };
        let config = Config::resolve(Some(file), &env, &flags).unwrap();
        assert_eq!((config.batch, config.restore_batch), (300, 50));
        assert_eq!(config.timeout, Duration::from_secs(20));
        assert_eq!(config.max_items, 7);
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line_and_its_nearest_neighbour() {
        let error = from_file("batch = 1\n\ntimeuot = 3\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3: there is no setting 'timeuot'; did you mean 'timeout'?"
        );
        let account = "[profile.work]\nurl = 'https://x'\nlibary = 'a'\n";
        let error = from_file(account).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3: there is no setting 'libary'; did you mean 'library'?"
        );
    }

    #[test]
    fn an_account_has_an_address_or_a_folder_and_one_space_or_several() {
        let error = from_file("[profile.a]\nurl = 'https://x'").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("'a' should name a url and a library")
        );
        let config = from_file("[profile.a]\nlocal = '/x'\n[profile.b]\nurl = 'https://x'\nlibrary = 'l'\nspaces = ['one', 'two']").unwrap();
        assert_eq!(config.profiles["a"].spaces(), ["-"]);
        assert_eq!(config.profiles["b"].spaces(), ["one", "two"]);
    }

    #[test]
    fn wrong_kinds_and_ranges_are_told() {
        let error = from_file("\nbatch = 'many'").unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
        assert!(from_file("batch = 0").is_err());
        assert!(from_file("batch = 1001").is_err());
        assert!(from_file("at_once = 0").is_err());
        assert!(from_file("at_once = 17").is_err());
        assert!(from_file("timeout = 0").is_err());
        let env = env(&[("MEDIASWEEP_BATCH", "few")]);
        let error = Config::resolve(None, &env, &Flags::default()).unwrap_err();
        assert!(error.to_string().contains("MEDIASWEEP_BATCH"));
    }
}
