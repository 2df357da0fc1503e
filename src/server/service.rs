//! The running service: one library, its tokens, tasks and uploads. Base of the handlers, which
//! say what to do with it.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use jiff::Timestamp;
use ring::hmac;

use super::error::{Error, Fault};
use super::quotas::Used;
use super::registry::Registry;
use super::search::running::Searches;
use super::space::Space;
use super::space::problem::Problem;
use super::space::rules::Rules;
use super::tasks::Tasks;
use super::thumbs::Thumbs;
use super::token::Tokens;
use super::{Config, Secret, TaskRule, Tempo};

pub use super::space::SPACE;

/// So often bins are looked through for what has expired.
const PURGE_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// How often memory that nobody uses any more is looked for.
const TIDY: Duration = Duration::from_secs(30);

/// What all requests share.
pub struct Service {
    /// The folder of the whole library; it is also the space `-`, unless there are tenants.
    pub(super) home: Arc<Space>,
    pub(super) registry: Registry,
    /// Whether others than this machine may ask.
    pub(super) allow_remote: bool,
    /// The most connections at once.
    pub(super) connections: usize,
    /// So long it waits for whoever asks to say more.
    pub(super) idle: Duration,
    pub(super) library_id: String,
    pub(super) secret: Secret,
    pub(super) rule: TaskRule,
    pub(super) tempo: Tempo,
    pub(super) tokens: Tokens,
    pub(super) tasks: Tasks,
    pub(super) used: Used,
    pub(super) searches: Searches,
    pub(super) thumbs: Thumbs,
    /// Signs the URLs of bytes; another one each time the service starts.
    pub(super) key: hmac::Key,
    pub(super) address: OnceLock<SocketAddr>,
}

impl Service {
    /// Opens the library of a configuration. Steps that an earlier run left half done are settled.
    ///
    /// # Errors
    /// The folder cannot be opened, or its ledger cannot be read.
    pub fn open(config: Config) -> Result<Arc<Self>, Error> {
        let home =
            Space::open(config.root.clone(), config.bin, config.clock).map_err(|problem| {
                Error::Library {
                    path: config.root.display().to_string(),
                    problem,
                }
            })?;
        let home = home.with_rules(Rules {
            retention_days: config.retention_days,
            most_levels: config.most_levels,
            media: config.media,
            first_number: config.first_number,
        });
        let refused = |problem| Error::Library {
            path: config.root.display().to_string(),
            problem,
        };
        home.settle_spaces().or_else(|problem| match problem {
            // It opens for looking only.
            Problem::Refused(_) | Problem::Held => Ok(()),
            other => Err(refused(other)),
        })?;
        let home = Arc::new(home);
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Arc::new(Self {
            registry: Registry::new(Arc::clone(&home), config.multi_space),
            home,
            allow_remote: config.allow_remote,
            connections: config.connections,
            idle: config.idle,
            library_id: config.library,
            secret: config.secret,
            rule: config.tasks,
            tempo: config.tempo,
            tokens: Tokens::default(),
            tasks: Tasks::default(),
            used: Used::default(),
            searches: Searches::new(config.search_results),
            thumbs: Thumbs::default(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            address: OnceLock::new(),
        }))
    }

    /// Notes where it can be reached, and goes on with what an earlier run left open.
    pub(super) async fn begin_at(self: &Arc<Self>, address: SocketAddr) -> Result<(), Error> {
        self.address.get_or_init(|| address);
        tokio::spawn(tidy(Arc::downgrade(self)));
        self.resume()
            .await
            .map_err(|fault| Error::Socket(std::io::Error::other(fault.message)))?;
        tokio::spawn(purge_now_and_then(Arc::downgrade(self)));
        Ok(())
    }

    /// What time it is.
    pub(super) fn now(&self) -> Timestamp {
        self.home.now()
    }

    /// The folder of the whole library.
    pub(super) fn home(&self) -> Arc<Space> {
        Arc::clone(&self.home)
    }

    /// The space with this id.
    pub(super) fn space(&self, id: &str) -> Result<Arc<Space>, Fault> {
        Ok(self.registry.find(id)?)
    }

    /// The same, away from the threads that serve requests: it may have to be opened first.
    pub(super) async fn enter(self: &Arc<Self>, id: &str) -> Result<Arc<Space>, Fault> {
        if !self.registry.has_tenants() {
            return self.space(id);
        }
        let service = Arc::clone(self);
        let id = id.to_owned();
        on_disk(&self.home, move |_| service.registry.find(&id)).await
    }

    /// All spaces that are open, and the folder of the whole library.
    pub(super) fn spaces(&self) -> Vec<Arc<Space>> {
        self.registry.open_now()
    }

    /// Host and port under which the bytes of files are served.
    pub(super) fn host(&self) -> String {
        self.address
            .get()
            .map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string)
    }
}

/// Gives back from time to time what nobody uses any more, as long as the service lives.
async fn tidy(service: Weak<Service>) {
    let mut interval = tokio::time::interval(TIDY);
    loop {
        interval.tick().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        for space in service.spaces() {
            space.forget_idle_listings();
            // What could not be removed when it became doomed is tried again.
            tokio::task::spawn_blocking(move || {
                if !space.is_stopping() && space.has_doomed().unwrap_or(false) {
                    space.sweep();
                }
            });
        }
    }
}

/// Does work that waits for the disk, away from the threads that serve requests.
pub async fn on_disk<T: Send + 'static>(
    space: &Arc<Space>,
    work: impl FnOnce(&Space) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Fault> {
    let space = Arc::clone(space);
    match tokio::task::spawn_blocking(move || work(&space)).await {
        Ok(result) => result.map_err(Fault::from),
        Err(error) => {
            tracing::error!(%error, "work on the disk ended early");
            Err(Fault::new(
                500,
                "InternalServerError",
                "the work ended early",
            ))
        }
    }
}

/// Removes what is doomed, without waiting for it.
pub fn sweep_later(space: &Arc<Space>) {
    let space = Arc::clone(space);
    tokio::task::spawn_blocking(move || space.sweep());
}

/// Removes what has expired in spaces of which nobody asks anything.
async fn purge_now_and_then(service: Weak<Service>) {
    loop {
        tokio::time::sleep(PURGE_INTERVAL).await;
        let Some(service) = service.upgrade() else {
            return;
        };
        for space in service.spaces() {
            if !space.is_stopping() {
                sweep_later(&space);
            }
        }
    }
}
