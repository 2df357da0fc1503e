//! Rules of headless commands: named in the settings or typed, asked of what a walk finds.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::client::Client;
use crate::client::walk::Walk;
use crate::config::Config;
use crate::domain::entries::{Entries, EntryRef};
use crate::domain::entry::Details;
use crate::domain::failure::Failure;
use crate::domain::path::RemotePath;
use crate::domain::rule::{Facts, Field, Named, Rule, Scope, Viewpoint};

use super::copies::Copies;
use super::exit::Wrong;
use super::output;

/// Reads a rule: the one of that name in the settings, else the text itself. `here` is the directory
/// that it speaks of.
///
/// # Errors
/// What is wrong with it, with a mark below the word.
pub fn read(config: &Config, text: &str, here: &RemotePath) -> anyhow::Result<Rule> {
    let named = Named::from(config.rules.clone());
    let (line, origin) = match named.line(text) {
        Some(line) => (line, origin(text)),
        None => (text, "the rule".to_owned()),
    };
    let rule = read_line(line, &origin, here).map_err(Wrong::usage)?;
    match rule.asks(Field::Mark) {
        Some(span) => Err(Wrong::usage(wrong(
            &origin,
            line.get(span),
            "marks are made on the screen; there are none here",
        ))),
        None => Ok(rule),
    }
}

/// What is wrong with a rule of the settings; none if it can be read.
pub fn fault_of(name: &str, line: &str) -> Option<String> {
    read_line(line, &origin(name), &RemotePath::root()).err()
}

fn origin(name: &str) -> String {
    format!("the rule '{}' of the settings", output::line(name.trim()))
}

/// Reads a line that is no name.
fn read_line(line: &str, origin: &str, here: &RemotePath) -> Result<Rule, String> {
    let view = Viewpoint {
        here: here.clone(),
        now: Timestamp::now(),
        zone: TimeZone::system(),
        named: Named::default(),
    };
    Rule::parse(line, &view)
        .map_err(|found| wrong(origin, line.get(found.span), &found.message))?
        .ok_or_else(|| format!("{origin} is empty, which would choose everything"))
}

fn wrong(origin: &str, at: Option<&str>, message: &str) -> String {
    match output::line(at.unwrap_or_default()) {
        shown if shown.is_empty() => format!("{origin}: {message}"),
        shown => format!("{origin} at '{shown}': {message}"),
    }
}

/// An entry that a rule has chosen.
pub struct Chosen {
    /// Where it is.
    pub path: RemotePath,
    /// What it is.
    pub details: Details,
}

/// What a walk is told about on its way.
pub trait Heed {
    /// So many entries were looked at by now.
    fn looked_at(&mut self, entries: usize);
    /// The rule chooses this one. False ends the walk.
    fn chosen(&mut self, chosen: Chosen) -> bool;
}

/// Walks through the places of a rule, and tells what it chooses. How many directories could not be
/// read, each told on standard error.
///
/// # Errors
/// The first directory of all cannot be read.
pub async fn choose(
    client: &Client,
    rule: &Rule,
    usual: &Scope,
    heed: &mut impl Heed,
) -> anyhow::Result<usize> {
    let scopes = rule.scopes(usual);
    let tops: Vec<RemotePath> = scopes.iter().map(|scope| scope.directory.clone()).collect();
    let mut walk = Walk::new(client.clone(), scopes);
    let mut seen = 0;
    let mut unread = 0;
    // Whether a file has copies is known when all of them have been seen.
    let mut kept: Vec<(RemotePath, Entries)> = Vec::new();
    let asks_for_copies = rule.asks(Field::Copies).is_some();
    while let Some(visit) = walk.next().await {
        let entries = match visit.entries {
            Ok(entries) => entries,
            Err(error) => {
                let failure = Failure::from(error);
                if tops.contains(&visit.directory) {
                    let shown = output::path(&visit.directory);
                    return Err(anyhow::Error::new(failure).context(shown));
                }
                unread += 1;
                eprintln!(
                    "mediasweep: {} was not looked at: {}",
                    output::path(&visit.directory),
                    output::line(&failure.to_string())
                );
                continue;
            }
        };
        seen += entries.len();
        heed.looked_at(seen);
        if asks_for_copies {
            kept.push((visit.directory, entries));
        } else if !tell(rule, &visit.directory, &entries, None, heed) {
            return Ok(unread);
        }
    }
    if asks_for_copies {
        let copies = Copies::among(client, &kept).await?;
        let mut each = kept.iter();
        while each
            .next()
            .is_some_and(|(directory, entries)| tell(rule, directory, entries, Some(&copies), heed))
        {
        }
    }
    Ok(unread)
}

fn tell(
    rule: &Rule,
    directory: &RemotePath,
    entries: &Entries,
    copies: Option<&Copies>,
    heed: &mut impl Heed,
) -> bool {
    for entry in entries.iter() {
        let is_chosen = rule.matches(&Facts {
            has_copies: copies.and_then(|copies| copies.has(directory, entry)),
            ..rule.facts(directory, entry)
        });
        if is_chosen
            && let Ok(path) = directory.join(entry.name())
            && !heed.chosen(Chosen {
                path,
                details: details(entry),
            })
        {
            return false;
        }
    }
    true
}

/// A listing gives no tag that can be kept; inode and checksum say as much.
fn details(entry: EntryRef<'_>) -> Details {
    Details {
        e_tag: None,
        crc64: entry.crc64(),
        inode: entry.inode().map(str::to_owned),
        entry: entry.to_entry(),
    }
}
