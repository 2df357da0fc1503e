//! Where an access token or a library secret comes from: a variable, a command, or the keyring of
//! the system. None of them reaches a log, an error text or the screen.

use std::io::{self, IsTerminal as _, Read as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;

use super::World;
use super::args::Tuning;
use super::connect::named;
use super::exit::{Exit, Wrong};
use crate::client::Credentials;
use crate::config::{Flags, Kept, Profile};

/// A keyring that is locked may never answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Under which all accounts are kept in the keyring.
#[cfg(feature = "keyring")]
const SERVICE: &str = "mediasweep";

/// What the account needs: from the variables that it names, else its commands, else the keyring,
/// else the usual variables. A token goes before a secret.
///
/// # Errors
/// Nothing of that is there, or a command or the keyring fails.
pub fn find(world: &World, name: Option<&str>, profile: &Profile) -> anyhow::Result<Credentials> {
    let read = |name: Option<&str>| {
        let value = name.and_then(|name| world.var(name));
        value.map(SecretString::from)
    };
    let names_its_own = profile.token_env.is_some() || profile.secret_env.is_some();
    if let Some(token) = read(profile.token_env.as_deref()) {
        return Ok(Credentials::Token(token));
    }
    if let Some(secret) = read(profile.secret_env.as_deref()) {
        return Ok(Credentials::LibrarySecret(secret));
    }
    if let Some(command) = &profile.token_command {
        return Ok(Credentials::Token(printed_by("token_command", command)?));
    }
    if let Some(command) = &profile.secret_command {
        let secret = printed_by("secret_command", command)?;
        return Ok(Credentials::LibrarySecret(secret));
    }
    if let (Some(kept), Some(name)) = (profile.keyring, name) {
        let value = from_keyring(name)?;
        return Ok(match kept {
            Kept::Token => Credentials::Token(value),
            Kept::Secret => Credentials::LibrarySecret(value),
        });
    }
    let (token, secret) = if names_its_own {
        (profile.token_env.as_deref(), profile.secret_env.as_deref())
    } else {
        (Some("MEDIASWEEP_TOKEN"), Some("MEDIASWEEP_SECRET"))
    };
    if let Some(token) = read(token) {
        return Ok(Credentials::Token(token));
    }
    if let Some(secret) = read(secret) {
        return Ok(Credentials::LibrarySecret(secret));
    }
    let names: Vec<&str> = token.into_iter().chain(secret).collect();
    Err(Wrong::usage(format!(
        "no access token and no library secret: set {}",
        names.join(" or ")
    )))
}

/// The first line that a command prints. What it says on standard error is for the user, who may
/// have to type a password there.
fn printed_by(setting: &str, command: &str) -> anyhow::Result<SecretString> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let ended = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .stdout(Stdio::piped())
        .output()
        .with_context(|| format!("{setting} of the account cannot be run"))?;
    let printed = String::from_utf8(ended.stdout).unwrap_or_default();
    let line = printed.lines().next().unwrap_or_default().trim();
    if !ended.status.success() {
        anyhow::bail!("{setting} of the account failed: {}", ended.status);
    }
    anyhow::ensure!(!line.is_empty(), "{setting} of the account printed nothing");
    Ok(SecretString::from(line))
}

/// What the keyring holds for an account.
fn from_keyring(name: &str) -> anyhow::Result<SecretString> {
    let account = name.to_owned();
    in_time(move || read_keyring(&account))
}

/// Asks the keyring on a thread of its own: it may want to be unlocked, and may never answer.
fn in_time<T: Send + 'static>(
    ask: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (send, answer) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody waits any more.
        let _ = send.send(ask());
    });
    answer.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let seconds = PATIENCE.as_secs();
        Err(anyhow::anyhow!(
            "the keyring did not answer in {seconds} seconds: unlock it, or name a variable or a command"
        ))
    })
}

#[cfg(feature = "keyring")]
fn read_keyring(account: &str) -> anyhow::Result<SecretString> {
    match open_keyring(account)?.get_password() {
        Ok(value) => Ok(SecretString::from(value)),
        Err(keyring::Error::NoEntry) => anyhow::bail!(
            "the keyring holds nothing for the account '{account}'; mediasweep login {account} puts it there"
        ),
        Err(error) => Err(unreachable_keyring(&error)),
    }
}

#[cfg(feature = "keyring")]
fn write_keyring(account: &str, value: &str) -> anyhow::Result<()> {
    let written = open_keyring(account)?.set_password(value);
    written.map_err(|error| unreachable_keyring(&error))
}

#[cfg(feature = "keyring")]
fn open_keyring(account: &str) -> anyhow::Result<keyring::Entry> {
    // Opening tells only that there is no keyring, and this tells why.
    let status = keyring::Entry::store_status().as_ref();
    status.map_err(unreachable_keyring)?;
    keyring::Entry::new(SERVICE, account).map_err(|error| unreachable_keyring(&error))
}

/// As text alone: some errors of the keyring hold what it holds.
#[cfg(feature = "keyring")]
fn unreachable_keyring(error: &keyring::Error) -> anyhow::Error {
    anyhow::anyhow!(
        "the keyring of the system does not answer ({error}): start and unlock it, or name a variable \
         (secret_env) or a command (secret_command) in the account"
    )
}

#[cfg(not(feature = "keyring"))]
fn read_keyring(_: &str) -> anyhow::Result<SecretString> {
    Err(without_keyring())
}

#[cfg(not(feature = "keyring"))]
fn write_keyring(_: &str, _: &str) -> anyhow::Result<()> {
    Err(without_keyring())
}

#[cfg(not(feature = "keyring"))]
fn without_keyring() -> anyhow::Error {
    Wrong::usage(
        "this build has no keyring (feature `keyring`): name a variable (secret_env) or a command \
         (secret_command) in the account",
    )
}

/// Keeps the first line of standard input in the keyring.
///
/// # Errors
/// An account that keeps nothing there, nothing to keep, or a keyring that does not take it.
pub fn login(world: &World, name: &str, tuning: &Tuning) -> anyhow::Result<Exit> {
    let config = world.config(tuning, Flags::default())?;
    let kept = named(&config, name)?.keyring.ok_or_else(|| {
        Wrong::usage(format!(
            "the account '{name}' keeps nothing in the keyring: write keyring = \"token\" or \"secret\" into it"
        ))
    })?;
    if io::stdin().is_terminal() {
        return Err(Wrong::usage(
            "what is typed here would be seen: hand it over by standard input, such as from a file",
        ));
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    if line.is_empty() {
        return Err(Wrong::usage("standard input holds nothing to keep"));
    }
    let account = name.to_owned();
    in_time(move || write_keyring(&account, &line))?;
    let what = match kept {
        Kept::Token => "access token",
        Kept::Secret => "library secret",
    };
    println!("The {what} of '{name}' is in the keyring.");
    Ok(Exit::Done)
}
