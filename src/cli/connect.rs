//! From what was typed and set to a client; starts the embedded service for local folders.

use std::path::Path;

#[cfg(feature = "server")]
use anyhow::Context as _;
#[cfg(feature = "server")]
use secrecy::SecretString;
use url::Url;

#[cfg(feature = "server")]
use crate::client::Credentials;
use crate::client::{Client, Settings};
use crate::config::{Config, Profile};
use crate::domain::format::printable;
use crate::jobs::policy::Policy;

use super::World;
use super::args::Place;
use super::credentials;
use super::exit::Wrong;

/// A client, and the embedded service if it needs one.
pub struct Connection {
    /// Signed in as soon as it is used.
    pub client: Client,
    /// What a person calls the library; safe to show.
    pub label: String,
    /// The habits of the worker.
    pub policy: Policy,
    #[cfg(feature = "server")]
    service: Option<crate::server::Running>,
}

impl Connection {
    /// Stops the embedded service, if there is one.
    pub async fn close(self) {
        #[cfg(feature = "server")]
        if let Some(service) = self.service {
            service.stop().await;
        }
    }
}

/// Connects to the library that was asked for.
///
/// # Errors
/// No library named, a missing token or secret, a folder that cannot be served, or an address that
/// may not be used.
pub async fn connect(world: &World, place: &Place) -> anyhow::Result<Connection> {
    let config = world.config_at(place)?;
    if let Some(dir) = &place.local {
        return local(dir, &config).await;
    }
    let profile = match (&place.url, &config.profile) {
        (Some(url), _) => Profile {
            url: url.clone(),
            library: place.library.clone().unwrap_or_default(),
            space: place.space.clone().unwrap_or_else(|| "-".into()),
            user: place.user.clone(),
            ..Profile::default()
        },
        (None, Some(name)) => {
            let mut profile = named(&config, name)?;
            if let Some(dir) = &profile.local {
                return local(dir, &config).await;
            }
            if let Some(space) = &place.space {
                profile.space.clone_from(space);
            } else if let Some(space) = profile.spaces.first() {
                profile.space.clone_from(space);
            }
            profile
        }
        (None, None) => {
            return Err(Wrong::usage(
                "which library? give --local DIR, --url with --library, or --profile",
            ));
        }
    };
    let base = Url::parse(&profile.url)
        .map_err(|error| Wrong::usage(format!("the address of the service is no URL: {error}")))?;
    let label = format!(
        "{}/{} at {}",
        profile.library,
        profile.space,
        base.host_str().unwrap_or_default()
    );
    let name = config.profile.as_deref().filter(|_| place.url.is_none());
    let credentials = credentials::find(world, name, &profile)?;
    let mut settings = Settings::new(base, &*profile.library, credentials);
    settings.space.clone_from(&profile.space);
    settings.user.clone_from(&profile.user);
    settings.timeout = config.timeout;
    let client = Client::new(settings).map_err(|error| Wrong::usage(error.to_string()))?;
    Ok(Connection {
        client,
        label: printable(&label).into_owned(),
        policy: policy(&config),
        #[cfg(feature = "server")]
        service: None,
    })
}

fn policy(config: &Config) -> Policy {
    let default = Policy::default();
    Policy {
        batch: config.batch,
        restore_batch: config.restore_batch,
        at_once: config.at_once,
        check_first: config.check_first,
        unreachable: default.unreachable.lasting(config.reconnect),
        ..default
    }
}

/// The account of this name.
///
/// # Errors
/// There is none; the sentence names the nearest.
pub fn named(config: &Config, name: &str) -> anyhow::Result<Profile> {
    config.profiles.get(name).cloned().ok_or_else(|| {
        let hint = config
            .nearest_profile(name)
            .map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        Wrong::usage(format!(
            "there is no account '{name}' in the settings{hint}"
        ))
    })
}

/// Serves `dir` to this process alone and connects to it.
///
/// # Errors
/// A folder that is not there or cannot be served.
#[cfg(feature = "server")]
async fn local(dir: &Path, config: &Config) -> anyhow::Result<Connection> {
    use crate::server;

    let (root, library) = folder(dir)?;
    let secret = server::Secret::random().context("this machine gives no random numbers")?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .context("cannot listen on this machine")?;
    let served = server::Config {
        root: root.clone(),
        library: library.clone(),
        secret: secret.clone(),
        first_number: server::number_by_clock(),
        ..server::Config::default()
    };
    let service = server::start(listener, served)
        .await
        .with_context(|| format!("cannot serve {}", printable(&root.to_string_lossy())))?;
    let base = Url::parse(&service.url()).context("the embedded service has no address")?;
    let mut settings = Settings::new(
        base,
        library,
        Credentials::LibrarySecret(SecretString::from(secret.expose())),
    );
    settings.timeout = config.timeout;
    Ok(Connection {
        client: Client::new(settings)?,
        label: printable(&root.to_string_lossy()).into_owned(),
        policy: policy(config),
        service: Some(service),
    })
}

/// Says that this build has no embedded service.
///
/// # Errors
/// Always.
#[cfg(not(feature = "server"))]
async fn local(_: &Path, _: &Config) -> anyhow::Result<Connection> {
    std::future::ready(Err(without_service())).await
}

/// What commands say that need the embedded service in a build without it.
#[cfg(not(feature = "server"))]
pub fn without_service() -> anyhow::Error {
    Wrong::usage("this build has no embedded service for local folders; connect with --url")
}

/// A folder's true place, and a library name that stays the same for it.
#[cfg(feature = "server")]
pub fn folder(dir: &Path) -> anyhow::Result<(std::path::PathBuf, String)> {
    let shown = dir.to_string_lossy();
    let root = std::fs::canonicalize(dir)
        .with_context(|| format!("cannot open the folder {}", printable(&shown)))?;
    anyhow::ensure!(root.is_dir(), "{} is not a folder", printable(&shown));
    // FNV-1a: short, and the same in every version of this program.
    let name = root.as_os_str().as_encoded_bytes();
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Ok((root, format!("local-{hash:016x}")))
}

/// Makes the demo library where it is missing, or anew.
///
/// # Errors
/// A folder that cannot be written.
#[cfg(feature = "server")]
pub async fn make_demo(dir: &Path, fresh: bool) -> anyhow::Result<()> {
    let target = dir.to_owned();
    tokio::task::spawn_blocking(move || crate::server::demo::make(&target, fresh))
        .await?
        .with_context(|| format!("cannot make the demo library in {}", dir.display()))?;
    Ok(())
}

/// Says that this build has no embedded service.
///
/// # Errors
/// Always.
#[cfg(not(feature = "server"))]
pub async fn make_demo(_: &Path, _: bool) -> anyhow::Result<()> {
    std::future::ready(Err(without_service())).await
}
