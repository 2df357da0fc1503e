//! `config`, `completions` and `man`: settings are checked and printed, and the command line
//! describes itself.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap::CommandFactory as _;

use super::World;
use super::args::{Cli, Settings, Which};
use super::exit::{Exit, Wrong};
use super::habits::text_of;
use super::rules;
use crate::config::written::{Fault, rules_of};
use crate::config::{Config, Error, Flags};
use crate::tui::keymap::own;
use crate::tui::theme::{BuiltIn, Theme};

/// The defaults of the settings file, with explanations.
const EXAMPLE: &str = include_str!("../../config.example.toml");
/// More mistakes of one file than anybody reads.
const MOST: usize = 50;

/// Checks or prints settings.
///
/// # Errors
/// A file that cannot be read, or standard output that cannot be written.
pub fn run(world: &World, command: &Settings) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    match command {
        Settings::Check { config } => {
            let mut is_fine = true;
            for (file, faults) in check(world, config.as_deref())? {
                match faults {
                    None => writeln!(out, "{file}: not there, the defaults hold")?,
                    Some(faults) if faults.is_empty() => writeln!(out, "{file}: fine")?,
                    Some(faults) => {
                        is_fine = false;
                        for fault in faults {
                            writeln!(out, "{file}: {fault}")?;
                        }
                    }
                }
            }
            return Ok(if is_fine { Exit::Done } else { Exit::Failed });
        }
        Settings::Print { which } => {
            let text = match which {
                Which::Config => EXAMPLE.to_owned(),
                Which::Keys => {
                    let file = world.places.keys_file();
                    let text = text_of(&file)?.unwrap_or_default();
                    own::print(&text).map_err(|faults| {
                        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                        Wrong::usage(format!("{}: {}", file.display(), faults.join("; ")))
                    })?
                }
                Which::Theme => BuiltIn::Dark.text().to_owned(),
            };
            out.write_all(text.as_bytes())?;
        }
        Settings::Path => {
            let places = &world.places;
            for file in [
                places.config_file(),
                places.keys_file(),
                places.theme_file(),
            ] {
                writeln!(out, "{}", file.display())?;
            }
        }
    }
    Ok(Exit::Done)
}

/// Each file and what is wrong in it; none where it is not there.
pub fn check(
    world: &World,
    config: Option<&Path>,
) -> anyhow::Result<Vec<(String, Option<Vec<String>>)>> {
    let usual = world.places.config_file();
    let settings = match config {
        Some(file) => Some(fs::read_to_string(file)?),
        None => text_of(&usual)?,
    };
    let (keys, theme) = (world.places.keys_file(), world.places.theme_file());
    let told = |faults: Result<(), Vec<_>>| -> Vec<String> {
        let faults = faults.err().into_iter().flatten();
        faults.map(|fault: Fault| fault.to_string()).collect()
    };
    let of_keys = text_of(&keys)?.map(|text| told(own::read_over_preset(&text).map(|_| ())));
    let of_theme = text_of(&theme)?.map(|text| told(Err(Theme::faults(&text))));
    let file = config.unwrap_or(&usual).display().to_string();
    Ok(vec![
        (file, settings.map(|text| faults_of_settings(world, &text))),
        (keys.display().to_string(), of_keys),
        (theme.display().to_string(), of_theme),
    ])
}

/// The parser stops at the first mistake: each line that has one is left out, and the rest read
/// again.
fn faults_of_settings(world: &World, text: &str) -> Vec<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut faults = Vec::new();
    while faults.len() < MOST {
        let text = lines.join("\n");
        let Err(error) = Config::resolve(Some(&text), &world.env, &Flags::default()) else {
            break;
        };
        faults.push(error.to_string());
        let (Error::UnknownKey { line, .. } | Error::Unreadable { line, .. }) = error else {
            break;
        };
        // A table without its head would only be mistaken for another one.
        match lines.get_mut(line - 1) {
            Some(wrong) if !wrong.is_empty() && !wrong.trim_start().starts_with('[') => *wrong = "",
            _ => break,
        }
    }
    faults.extend(faults_of_rules(&lines.join("\n")));
    faults
}

/// What is wrong with the rules, each with its line, as far as the file can be read.
fn faults_of_rules(text: &str) -> Vec<String> {
    let faults = rules_of(text).into_iter().filter_map(|(line, name, rule)| {
        let message = rules::fault_of(&name, &rule)?;
        Some(Fault { line, message }.to_string())
    });
    faults.collect()
}

/// Prints completions for a shell.
///
/// # Errors
/// Standard output that cannot be written.
pub fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mediasweep", &mut text);
    io::stdout().write_all(&text)?;
    Ok(Exit::Done)
}

/// Prints the manual page: the program, then each command, then the keys of the screen.
///
/// # Errors
/// Standard output that cannot be written.
pub fn man() -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for one in command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        writeln!(page, ".SH \"MEDIASWEEP {}\"", one.get_name().to_uppercase())?;
        let one = clap_mangen::Man::new(one.clone());
        one.render_description_section(&mut page)?;
        one.render_options_section(&mut page)?;
    }
    writeln!(page, ".SH KEYS")?;
    for (keys, help, place) in own::lines_of_help() {
        writeln!(
            page,
            ".TP\n\\fB{}\\fR  ({place})\n{}",
            roff(&keys),
            roff(&help)
        )?;
    }
    io::stdout().write_all(&page)?;
    Ok(Exit::Done)
}

/// Text that means nothing to the formatter.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}
