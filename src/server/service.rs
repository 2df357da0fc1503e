//! The running service: one library, its tokens, tasks and uploads. Base of the handlers, which
//! say what to do with it.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use ring::hmac;

use super::error::{Error, Fault};
use super::library::Library;
use super::library::problem::Problem;
use super::tasks::Tasks;
use super::token::Tokens;
use super::uploads::Uploads;
use super::{Config, Secret, TaskRule, Tempo};

/// What all requests share.
pub struct Service {
    pub(super) library: Arc<Library>,
    pub(super) library_id: String,
    pub(super) secret: Secret,
    pub(super) rule: TaskRule,
    pub(super) tempo: Tempo,
    pub(super) tokens: Tokens,
    pub(super) tasks: Tasks,
    pub(super) uploads: Uploads,
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
        let library =
            Library::open(config.root.clone(), config.bin, config.clock).map_err(|problem| {
                Error::Library {
                    path: config.root.display().to_string(),
                    problem,
                }
            })?;
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Arc::new(Self {
            library: Arc::new(library),
            library_id: config.library,
            secret: config.secret,
            rule: config.tasks,
            tempo: config.tempo,
            tokens: Tokens::default(),
            tasks: Tasks::default(),
            uploads: Uploads::default(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            address: OnceLock::new(),
        }))
    }

    /// Notes where it can be reached, and goes on with what an earlier run left open.
    pub(super) async fn begin_at(self: &Arc<Self>, address: SocketAddr) -> Result<(), Error> {
        self.address.get_or_init(|| address);
        self.resume()
            .await
            .map_err(|fault| Error::Socket(std::io::Error::other(fault.message)))
    }

    /// The library.
    pub(super) fn library(&self) -> Arc<Library> {
        Arc::clone(&self.library)
    }

    /// Host and port under which the bytes of files are served.
    pub(super) fn host(&self) -> String {
        self.address
            .get()
            .map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string)
    }

    /// Does work that waits for the disk, away from the threads that serve requests.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Library) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Fault> {
        let library = Arc::clone(&self.library);
        match tokio::task::spawn_blocking(move || work(&library)).await {
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
    pub(super) fn sweep_later(&self) {
        let library = Arc::clone(&self.library);
        tokio::task::spawn_blocking(move || library.sweep());
    }
}
