//! `doctor`: looks whether everything works that the program needs, and says what to do where it
//! does not. Changes nothing.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use jiff::Timestamp;

use super::World;
use super::args::Place;
use super::connect::{self, Connection};
use super::exit::Exit;
use super::{habits, settings};
use crate::client::Error;
use crate::domain::format::{duration, printable};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::tui::theme::Depth;

/// Clocks that differ by more than this make "expires in" and tokens wrong.
const SKEW: i64 = 60;
/// The service's word for a library without a recycle bin (protocol part A section 8).
const NOT_ENABLED: &str = "RecycleBinNotEnabled";

/// How well something is.
enum Found {
    Fine(String),
    /// It works, and could be better: what to do.
    Poor(String, &'static str),
    /// It does not work: what to do.
    Broken(String, String),
}

/// The report as it is written, and whether anything in it is broken.
struct Report {
    is_broken: bool,
}

impl Report {
    fn tell(&mut self, about: &str, found: Found) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let mut line = |sign: &str, text: &dyn Display| writeln!(out, "{sign:<5}{about:<12}{text}");
        match found {
            Found::Fine(text) => line("ok", &text),
            Found::Poor(text, what) => {
                line("note", &text)?;
                writeln!(out, "{:17}-> {what}", "")
            }
            Found::Broken(text, what) => {
                self.is_broken = true;
                line("FAIL", &text)?;
                writeln!(out, "{:17}-> {what}", "")
            }
        }
    }
}

/// Looks at settings, terminal, state directory and library, in this order.
///
/// # Errors
/// Standard output that cannot be written. What is found broken is no error but the exit code 1.
pub async fn run(world: &World, place: &Place) -> anyhow::Result<Exit> {
    let mut report = Report { is_broken: false };
    of_settings(world, place, &mut report)?;
    of_terminal(world, &mut report)?;
    of_state(world, &mut report)?;
    of_library(world, place, &mut report).await?;
    Ok(if report.is_broken {
        Exit::Failed
    } else {
        Exit::Done
    })
}

fn of_settings(world: &World, place: &Place, report: &mut Report) -> anyhow::Result<()> {
    let config = place.tuning.config.as_deref();
    match settings::check(world, config) {
        Ok(files) => {
            for (file, faults) in files {
                let found = match faults {
                    None => Found::Fine(format!("{file}: not there, the defaults hold")),
                    Some(faults) if faults.is_empty() => Found::Fine(format!("{file}: fine")),
                    Some(faults) => Found::Broken(
                        format!("{file}: {}", faults.join("; ")),
                        "mend these lines; mediasweep config print shows what can stand there"
                            .into(),
                    ),
                };
                report.tell("settings", found)?;
            }
        }
        Err(error) => {
            let what = "make the file readable, or name another one with --config".to_owned();
            report.tell("settings", Found::Broken(format!("{error:#}"), what))?;
        }
    }
    Ok(())
}

fn of_terminal(world: &World, report: &mut Report) -> io::Result<()> {
    let term = world.var("TERM").unwrap_or("not set");
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    report.tell(
        "terminal",
        if is_terminal && term != "dumb" {
            Found::Fine(format!("TERM is {term}"))
        } else if is_terminal {
            Found::Poor(
                format!("TERM is {term}"),
                "the screen needs cursor addressing: set TERM to what the terminal is",
            )
        } else {
            Found::Poor(
                "standard input or output is no terminal here".into(),
                "the screen needs one; the commands do not",
            )
        },
    )?;
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| world.var(name));
    let is_utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    report.tell(
        "letters",
        match locale {
            Some(locale) if is_utf8 => Found::Fine(format!("UTF-8 ({locale})")),
            _ if cfg!(windows) => Found::Fine("left to Windows".into()),
            _ => Found::Poor(
                format!("the locale is {}, not UTF-8", locale.unwrap_or("not set")),
                "set LANG to a UTF-8 locale such as C.UTF-8, else names may come out wrong; --ascii draws plain borders",
            ),
        },
    )?;
    report.tell(
        "colours",
        match habits::depth(world) {
            _ if world.var("NO_COLOR").is_some() => {
                Found::Fine("none: NO_COLOR is set; --theme overrules it".into())
            }
            Depth::True => Found::Fine("all of them".into()),
            Depth::Palette => Found::Fine("256 by TERM".into()),
            Depth::Sixteen => Found::Poor(
                "sixteen, as far as TERM and COLORTERM say".into(),
                "if the terminal has more: set COLORTERM=truecolor",
            ),
        },
    )
}

fn of_state(world: &World, report: &mut Report) -> io::Result<()> {
    let dir = world.places.jobs();
    let found = match crate::jobs::log::JobLog::open(&dir) {
        Ok(_) => Found::Fine(format!("{} takes logs of jobs", dir.display())),
        Err(error) => Found::Broken(
            format!("{} takes no logs of jobs: {error}", dir.display()),
            "nothing is sent without a log: make it writable, or set MEDIASWEEP_HOME".into(),
        ),
    };
    report.tell("state", found)
}

async fn of_library(world: &World, place: &Place, report: &mut Report) -> anyhow::Result<()> {
    let is_named = place.local.is_some() || place.url.is_some() || {
        let config = world.config_at(place);
        config.is_ok_and(|config| config.profile.is_some())
    };
    if !is_named {
        let text = "no library was named, so none was looked at".into();
        let what = "give --profile NAME, --url with --library, or --local DIR";
        report.tell("library", Found::Poor(text, what))?;
        return Ok(());
    }
    let connection = match connect::connect(world, place).await {
        Ok(connection) => connection,
        Err(error) => {
            let what = account_advice(world, place);
            report.tell("library", Found::Broken(format!("{error:#}"), what))?;
            return Ok(());
        }
    };
    let told = of_connection(&connection, report).await;
    connection.close().await;
    Ok(told?)
}

/// What to do about an account that leads to no library.
fn account_advice(world: &World, place: &Place) -> String {
    let config = world.config_at(place).ok();
    let account = config.and_then(|config| {
        let name = config.profile?;
        let profile = config.profiles.get(&name)?;
        let asks = profile.token_command.is_none() && profile.secret_command.is_none();
        (asks && profile.keyring.is_some()).then_some(name)
    });
    match account {
        Some(name) => format!(
            "start and unlock the keyring of the system, then `mediasweep login {}` keeps the secret \
             there; or name secret_command or secret_env in the account",
            printable(&name)
        ),
        None => {
            "see the account in config.toml, and the variables or commands that it names".to_owned()
        }
    }
}

async fn of_connection(connection: &Connection, report: &mut Report) -> io::Result<()> {
    let client = &connection.client;
    report.tell("library", Found::Fine(connection.label.clone()))?;
    let begun = Instant::now();
    let listed = client
        .list(&RemotePath::root(), Order::default(), None, 100)
        .await;
    let took = begun.elapsed().as_millis();
    let page = match listed {
        Ok(page) => page,
        Err(error) => {
            let what = advice(&error);
            return report.tell("sign-in", Found::Broken(error.to_string(), what));
        }
    };
    let entries = page.entries.len();
    let text = format!("the root was listed in {took} ms: {entries} entries on the first page");
    report.tell("sign-in", Found::Fine(text))?;
    let refused = page
        .entries
        .iter()
        .filter(|entry| !entry.can_delete())
        .count();
    report.tell(
        "grants",
        match (entries, refused) {
            (0, _) => Found::Poor(
                "the root is empty: whether deleting is allowed is not known".into(),
                "look at a folder with something in it",
            ),
            (_, 0) => {
                Found::Fine("listing and deleting are allowed, as far as the root says".into())
            }
            (all, refused) if all == refused => Found::Poor(
                "nothing in the root may be deleted".into(),
                "ask the owner of the library for a token that grants deleting",
            ),
            (all, refused) => Found::Fine(format!(
                "{refused} of {all} entries of the root may not be deleted"
            )),
        },
    )?;
    report.tell(
        "bin",
        match client.bin(None, 1).await {
            Ok(_) => Found::Fine("the library has a recycle bin".into()),
            Err(error) => {
                let code = error.refusal().and_then(|refusal| refusal.code.as_deref());
                if code == Some(NOT_ENABLED) {
                    Found::Poor(
                        "the library has no recycle bin: every delete is final".into(),
                        "the owner can switch it on in the console of the service",
                    )
                } else {
                    Found::Broken(error.to_string(), advice(&error))
                }
            }
        },
    )?;
    let here = Timestamp::now();
    let skew = client.service_time(here).duration_since(here).as_secs();
    let amount = duration(skew.unsigned_abs());
    report.tell(
        "clock",
        if skew.abs() <= SKEW {
            Found::Fine(format!("within {SKEW} seconds of the service's"))
        } else if skew > 0 {
            Found::Poor(
                format!("{amount} behind the service's"),
                "set the clock of this machine",
            )
        } else {
            Found::Poor(
                format!("{amount} ahead of the service's"),
                "set the clock of this machine",
            )
        },
    )
}

/// What to do about a request that failed.
fn advice(error: &Error) -> String {
    let status = error.refusal().map(|refusal| refusal.status);
    let text = match (error, status) {
        (Error::Unreachable(_), _) => {
            "look at the address in the account, the network and HTTPS_PROXY"
        }
        (Error::Throttled { .. }, _) => "wait a little and try again",
        (_, Some(401 | 403)) => {
            "the token or secret is not taken, or grants too little: get a new one, and see that library and space are the right ones"
        }
        (_, Some(404)) => "see that library, space, and token or secret belong together",
        _ => "try again; if it stays, tell the operator of the service, with the request id",
    };
    let id = error
        .refusal()
        .and_then(|refusal| refusal.request_id.as_deref());
    match id {
        Some(id) => format!("{text} (request {})", printable(id)),
        None => text.to_owned(),
    }
}
