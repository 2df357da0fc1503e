//! From flags, settings and the environment to the keys, colours and manners of the screen.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context as _;

use super::World;
use super::args::{Lang, Looks, Place, Theme, Tuning};
use super::exit::Wrong;
use crate::config::written::Fault;
use crate::config::{self, ColumnName, Config, LangName, Notify, ThemeName, TimesName, UnitsName};
use crate::domain::caution::Caution;
use crate::domain::format::printable;
use crate::domain::path::RemotePath;
use crate::domain::rule;
use crate::domain::show::{Column, Show, Times, Units};
use crate::jobs::policy::Policy;
use crate::texts::Language;
use crate::tui::history;
use crate::tui::keymap::Keymap;
use crate::tui::keymap::own::read_over_preset;
use crate::tui::runtime::Manners;
use crate::tui::state::Habits;
use crate::tui::terminal::Notice;
use crate::tui::theme::{Borders, BuiltIn, Depth, Look};

/// A library of the settings that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// What a person calls it; safe to show.
    pub label: String,
    profile: String,
    space: Option<String>,
}

impl Library {
    /// How to get there.
    pub fn place(&self, tuning: &Tuning) -> Place {
        Place {
            profile: Some(self.profile.clone()),
            space: self.space.clone(),
            tuning: tuning.clone(),
            ..Place::default()
        }
    }

    /// Whether a place leads here.
    pub fn is_at(&self, place: &Place, config: &Config) -> bool {
        let first = config
            .profiles
            .get(&self.profile)
            .map(|profile| &profile.spaces()[0]);
        place.url.is_none()
            && place.local.is_none()
            && config.profile.as_ref() == Some(&self.profile)
            && (self.space.is_none() || place.space.as_ref().or(first) == self.space.as_ref())
    }
}

/// The libraries of the settings, one for each space.
pub fn libraries(config: &Config) -> Vec<Library> {
    let mut found = Vec::new();
    for (name, profile) in &config.profiles {
        if let Some(dir) = &profile.local {
            found.push(Library {
                label: printable(&format!("{name}  {}", dir.display())).into_owned(),
                profile: name.clone(),
                space: None,
            });
            continue;
        }
        for space in profile.spaces() {
            let label = format!("{name}  {} / {space}", profile.library);
            found.push(Library {
                label: printable(&label).into_owned(),
                profile: name.clone(),
                space: Some(space.clone()),
            });
        }
    }
    found
}

/// Puts together what the user is used to.
///
/// # Errors
/// Keys or colours that cannot be understood, all of them with their lines.
pub fn habits(world: &World, looks: &Looks, config: &Config) -> anyhow::Result<(Habits, Manners)> {
    let keys = world.places.keys_file();
    let keymap = match text_of(&keys)? {
        None => Keymap::default(),
        Some(text) => read_over_preset(&text).map_err(|faults| wrong(&keys, &faults))?,
    };
    let theme = world.places.theme_file();
    let own = text_of(&theme)?.unwrap_or_default();
    let wanted = wanted_theme(world, looks, config);
    let shown = match wanted {
        Theme::Auto => by_variable(world),
        Theme::Dark => BuiltIn::Dark,
        Theme::Light => BuiltIn::Light,
        Theme::Mono => BuiltIn::Mono,
    };
    let is_plain = looks.plain || config.screen.plain;
    let borders = if is_plain {
        Borders::Blank
    } else if looks.ascii || config.screen.ascii {
        Borders::Ascii
    } else {
        Borders::Lines
    };
    let look =
        Look::new(shown, &own, depth(world), borders).map_err(|fault| wrong(&theme, &[fault]))?;
    let habits = Habits {
        keymap,
        look,
        is_plain,
        history: history::read(&world.places.history_file()),
        libraries: libraries(config)
            .into_iter()
            .map(|library| library.label)
            .collect(),
        here: None,
        mouse: config.screen.mouse && !looks.no_mouse,
        caution: caution(looks, config)?,
        downloads: downloads(world),
        logs: near_home(world, &world.places.jobs()),
        show: show(&config.screen),
        rules: config.rules.clone().into(),
    };
    let manners = Manners {
        history: Some(world.places.history_file()),
        asks_background: wanted == Theme::Auto,
        notice: notice(world, config.screen.notify),
        editor: editor(world),
        opener: opener(world, config),
        opener_takes_terminal: config.opener_takes_terminal,
        home: world.var("HOME").map(PathBuf::from),
        cache: Some(world.places.cache()),
        is_calm: is_plain,
    };
    Ok((habits, manners))
}

/// The command that edits a file: of the usual variables, else what is always there.
fn editor(world: &World) -> String {
    let set = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| world.var(name));
    let mut set = set.filter(|command| !command.trim().is_empty());
    let otherwise = if cfg!(windows) { "notepad" } else { "vi" };
    set.next().unwrap_or(otherwise).to_owned()
}

/// The command that opens a file with the program for it.
fn opener(world: &World, config: &Config) -> String {
    let set = world
        .var("MEDIASWEEP_OPENER")
        .filter(|set| !set.trim().is_empty());
    let set = set.or(config.opener.as_deref());
    let otherwise = if cfg!(windows) {
        "start"
    } else if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    set.unwrap_or(otherwise).to_owned()
}

/// Where downloads go, unless another folder is typed.
fn downloads(world: &World) -> String {
    let home = world.var("HOME").map(Path::new);
    match home.map(|home| home.join("Downloads")) {
        Some(downloads) if downloads.is_dir() => "~/Downloads/".to_owned(),
        _ => "./".to_owned(),
    }
}

/// A folder as people write it.
fn near_home(world: &World, folder: &Path) -> String {
    let home = world.var("HOME").map(Path::new);
    match home.and_then(|home| folder.strip_prefix(home).ok()) {
        Some(below) => format!("~/{}", below.display()),
        None => folder.display().to_string(),
    }
}

/// How lists are shown.
fn show(screen: &config::Screen) -> Show {
    let all = Column::ALL.into_iter();
    let wanted = |column: &Column| {
        screen.columns.contains(&match column {
            Column::Type => ColumnName::Type,
            Column::Labels => ColumnName::Labels,
            Column::Size => ColumnName::Size,
            Column::Modified => ColumnName::Modified,
            Column::Created => ColumnName::Created,
            Column::Owner => ColumnName::Owner,
        })
    };
    Show {
        columns: all.filter(wanted).collect(),
        times: match screen.times {
            TimesName::Local => Times::Local,
            TimesName::Utc => Times::Utc,
            TimesName::Relative => Times::Relative,
            TimesName::Iso => Times::Iso,
        },
        units: match screen.units {
            UnitsName::Binary => Units::Binary,
            UnitsName::Decimal => Units::Decimal,
            UnitsName::Bytes => Units::Bytes,
        },
        dot_files: screen.dot_files,
    }
}

/// What stands between a key and a delete.
fn caution(looks: &Looks, config: &Config) -> anyhow::Result<Caution> {
    let max_size = config.max_size.as_deref().map(|text| {
        let text: String = text.split_whitespace().collect();
        rule::bytes(&text).map_err(|error| Wrong::usage(format!("max_size: {error}")))
    });
    let protected = config.protected.iter().map(|text| {
        RemotePath::parse(text)
            .map_err(|error| Wrong::usage(format!("protected: {}: {error}", printable(text))))
    });
    let profile = (config.profile.as_ref()).and_then(|name| config.profiles.get(name));
    let first_batch = Policy::default().first_batch;
    Ok(Caution {
        max_items: config.max_items,
        max_size: max_size.transpose()?,
        protected: protected.collect::<Result<_, _>>()?,
        is_read_only: looks.read_only
            || config.read_only
            || profile.is_some_and(|profile| profile.read_only),
        batch: first_batch.min(config.batch),
    })
}

/// A file that may be missing.
pub fn text_of(file: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn wrong(file: &Path, faults: &[Fault]) -> anyhow::Error {
    let file = file.display();
    let told = faults.iter().map(|fault| format!("{file}: {fault}"));
    Wrong::usage(told.collect::<Vec<_>>().join("\n  "))
}

/// The flag goes before everything, and `NO_COLOR` before the settings.
fn wanted_theme(world: &World, looks: &Looks, config: &Config) -> Theme {
    let is_without = world.var("NO_COLOR").is_some() || world.var("TERM") == Some("dumb");
    match (looks.theme, config.screen.theme) {
        (Some(theme), _) => theme,
        _ if is_without => Theme::Mono,
        (None, ThemeName::Auto) => Theme::Auto,
        (None, ThemeName::Dark) => Theme::Dark,
        (None, ThemeName::Light) => Theme::Light,
        (None, ThemeName::Mono) => Theme::Mono,
    }
}

/// The language of the screen: the flag, then the settings, then the locale.
pub fn language(world: &World, looks: &Looks, config: &Config) -> Language {
    match (looks.lang, config.screen.lang) {
        (Some(Lang::En), _) | (None, LangName::English) => Language::English,
        (Some(Lang::Zh), _) | (None, LangName::Chinese) => Language::Chinese,
        (Some(Lang::Auto), _) | (None, LangName::Auto) => ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| world.var(name))
            .map_or(Language::English, Language::of_locale),
    }
}

/// Some terminals put their colours into a variable: foreground, background.
fn by_variable(world: &World) -> BuiltIn {
    let background = world
        .var("COLORFGBG")
        .and_then(|value| value.rsplit(';').next())
        .and_then(|number| number.parse::<u8>().ok());
    match background {
        Some(7 | 9..=15) => BuiltIn::Light,
        _ => BuiltIn::Dark,
    }
}

/// How many colours the terminal says that it has.
pub fn depth(world: &World) -> Depth {
    let has = |name, word: &str| world.var(name).is_some_and(|value| value.contains(word));
    if has("COLORTERM", "truecolor") || has("COLORTERM", "24bit") || has("TERM", "direct") {
        Depth::True
    } else if has("TERM", "256color") {
        Depth::Palette
    } else {
        Depth::Sixteen
    }
}

fn notice(world: &World, wanted: Notify) -> Notice {
    match wanted {
        Notify::Off => Notice::Off,
        Notify::Bell => Notice::Bell,
        Notify::Osc9 => Notice::Osc9,
        Notify::Osc777 => Notice::Osc777,
        // Inside another program that draws the screen, only the bell gets through.
        Notify::Auto if world.var("TMUX").is_some() || world.var("STY").is_some() => Notice::Bell,
        Notify::Auto => {
            let term = world.var("TERM").unwrap_or_default();
            let program = world.var("TERM_PROGRAM").unwrap_or_default();
            let is_one_of = |known: &[&str]| {
                known
                    .iter()
                    .any(|word| term.contains(word) || program.contains(word))
            };
            if is_one_of(&["iTerm", "WezTerm", "kitty", "ghostty"])
                || world.var("WT_SESSION").is_some()
            {
                Notice::Osc9
            } else if is_one_of(&["rxvt", "foot"]) || world.var("VTE_VERSION").is_some() {
                Notice::Osc777
            } else {
                Notice::Bell
            }
        }
    }
}
