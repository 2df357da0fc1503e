//! The command line: which command runs, with which library, and how it ends.
//!
//! Composes its children. The only part that reads settings and the environment.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

pub mod args;
mod bin;
mod carry;
mod connect;
mod copies;
mod count;
mod credentials;
mod doctor;
mod du;
pub mod exit;
mod find;
mod get;
mod habits;
mod jobs;
mod ls;
mod mkdir;
pub mod open;
mod output;
mod paths;
pub mod places;
mod plan;
mod progress;
mod put;
mod relocate;
mod restore;
mod rm;
mod rules;
mod serve;
mod settings;
mod space;
mod task;
mod token;

use crate::config::{self, Config, Flags};
use args::{Cli, Command, Place, Tuning};
use exit::{Exit, Wrong};
use places::Places;

/// The longest that work on other threads may hold up the end of the program.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// What commands know of the world around the program.
pub struct World {
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// Where files live.
    pub places: Places,
}

impl World {
    /// Looks around. Variables that are not text do not count.
    ///
    /// # Errors
    /// A user without a home directory.
    pub fn find() -> anyhow::Result<Self> {
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let places = Places::find(&env)?;
        Ok(Self { env, places })
    }

    /// A variable that is set to something.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn config(&self, tuning: &Tuning, flags: Flags) -> anyhow::Result<Config> {
        let path = tuning
            .config
            .clone()
            .unwrap_or_else(|| self.places.config_file());
        let file = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && tuning.config.is_none() => {
                None
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let flags = Flags {
            batch: tuning.batch,
            at_once: tuning.at_once,
            timeout: tuning.timeout,
            reconnect: tuning.reconnect,
            check_first: tuning.check_first,
            ..flags
        };
        Config::resolve(file.as_deref(), &self.env, &flags).map_err(|error| {
            let path = path.display();
            Wrong::usage(match error {
                config::Error::Variable { .. } => error.to_string(),
                config::Error::Range { .. } => {
                    format!("{error}: look at the flags, the variables and {path}")
                }
                _ => format!("{path}: {error}"),
            })
        })
    }

    fn config_at(&self, place: &Place) -> anyhow::Result<Config> {
        let flags = Flags {
            profile: place.profile.clone(),
            ..Flags::default()
        };
        self.config(&place.tuning, flags)
    }
}

/// Runs a command to its end.
pub fn run(cli: Cli, world: World) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("mediasweep: cannot start: {error}");
            return Exit::Failed.into();
        }
    };
    let ended = runtime.block_on(command(cli, world));
    runtime.shutdown_timeout(LAST_PATIENCE);
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            tracing::error!(%error, "failed");
            eprintln!("mediasweep: {}", output::line(&format!("{error:#}")));
            Exit::of(&error).into()
        }
    }
}

async fn command(cli: Cli, world: World) -> anyhow::Result<Exit> {
    match cli.command {
        None if cli.place.local.is_none()
            && cli.place.url.is_none()
            && world.config_at(&cli.place)?.profile.is_none() =>
        {
            if world.config_at(&cli.place)?.profiles.is_empty() {
                open::demo(&world, false, &cli.place.tuning, &cli.looks).await
            } else {
                open::chosen(&world, &cli.place.tuning, &cli.looks).await
            }
        }
        None => open::library(&world, &cli.place, &cli.looks).await,
        Some(Command::Open { dir, tuning, looks }) => {
            let place = Place {
                local: Some(dir),
                tuning,
                ..Place::default()
            };
            open::library(&world, &place, &looks).await
        }
        Some(Command::Demo {
            fresh,
            tuning,
            looks,
        }) => open::demo(&world, fresh, &tuning, &looks).await,
        Some(Command::Config { command }) => settings::run(&world, &command),
        Some(Command::Doctor { place }) => doctor::run(&world, &place).await,
        Some(Command::Login { profile, tuning }) => credentials::login(&world, &profile, &tuning),
        Some(Command::Completions { shell }) => settings::completions(shell),
        Some(Command::Man) => settings::man(),
        Some(Command::Serve(serve)) => serve::run(&world, serve).await,
        Some(Command::Ls(ls)) => ls::run(&world, ls).await,
        Some(Command::Find(find)) => find::run(&world, find).await,
        Some(Command::Du(du)) => du::run(&world, du).await,
        Some(Command::Plan(plan)) => plan::run(&world, plan).await,
        Some(Command::Rm(rm)) => rm::run(&world, rm).await,
        Some(Command::Bin(bin)) => bin::run(&world, bin).await,
        Some(Command::Restore(restore)) => restore::run(&world, restore).await,
        Some(Command::Jobs { command }) => jobs::run(&world, command).await,
        Some(Command::Task(task)) => task::run(&world, task).await,
        Some(Command::Space { command }) => space::run(&world, command).await,
        Some(Command::Token { command }) => token::run(&world, command).await,
        Some(Command::Put(put)) => put::run(&world, put).await,
        Some(Command::Get(get)) => get::run(&world, get).await,
        Some(Command::Mkdir(mkdir)) => mkdir::run(&world, mkdir).await,
        Some(Command::Mv(mv)) => relocate::run(&world, mv, relocate::How::Move).await,
        Some(Command::Cp(cp)) => relocate::run(&world, cp, relocate::How::Copy).await,
    }
}
