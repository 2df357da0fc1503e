//! The embedded service: the protocol of Smart Media Hosting over an ordinary folder, on loopback.
//!
//! Composes its children. Knows nothing of clients and screens; they meet it on the wire only.

mod accounts;
mod album;
mod authority;
mod batch;
mod bytes;
mod delta;
pub mod demo;
mod directory;
mod door;
mod entry;
mod error;
pub mod faults;
mod favorite;
mod file;
mod flat;
mod history;
mod inode;
mod ledger;
mod preview;
mod progress;
mod quota;
mod quotas;
mod random;
mod recent;
mod recycled;
mod registry;
mod relocations;
mod request;
pub mod routes;
mod search;
mod service;
mod shown;
mod space;
mod spaces;
mod tasks;
mod tenants;
mod thumbs;
mod token;
mod update;
mod upload;
mod validate;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use error::Error;
pub use service::Service;
pub use space::rules::Albums;

/// How a service is to be.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that is the space `-`, or that holds a folder for each space.
    pub root: PathBuf,
    /// Whether the library has many spaces: each folder right below the root whose name can be the
    /// id of one.
    pub multi_space: bool,
    /// Whether it may be asked under other names than those of this machine for itself.
    pub allow_remote: bool,
    /// The most connections at once; others wait to be taken.
    pub connections: usize,
    /// The most results of one classic search, which remembers them: each takes some hundred bytes.
    /// The newer form remembers nothing, and its pages only end where the folder does.
    pub search_results: usize,
    /// So long a connection may wait for its next request, and a request for its next bytes.
    pub idle: Duration,
    /// The id of the library: letters, digits and `-`.
    pub library: String,
    /// The library's secret, with which tokens are made.
    pub secret: Secret,
    /// Whether deleted things go to a recycle bin.
    pub bin: bool,
    /// How many days things stay in the bin, until somebody says otherwise; none for ever.
    pub retention_days: Option<u32>,
    /// How many directories may lie in one another; none for any number.
    pub most_levels: Option<usize>,
    /// For a library of photos and videos only: how they are arranged.
    pub media: Option<Albums>,
    /// From which number on items of the bin and tasks are counted in a folder that has had none so
    /// far. With one from the clock, things of a folder that was made anew are not taken for those of
    /// the folder before it.
    pub first_number: u64,
    /// When a batch becomes a task.
    pub tasks: TaskRule,
    /// How fast tasks ripen.
    pub tempo: Tempo,
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// What goes wrong on purpose.
    pub faults: Option<Arc<faults::Faults>>,
}

impl Default for Config {
    /// With a bin, and without a folder: that must be given. A secret that is not given is empty,
    /// and an empty secret opens nothing.
    fn default() -> Self {
        Self {
            root: PathBuf::new(),
            multi_space: false,
            allow_remote: false,
            connections: 512,
            search_results: 100_000,
            idle: Duration::from_secs(75),
            library: "local".to_owned(),
            secret: Secret::default(),
            bin: true,
            retention_days: None,
            most_levels: None,
            media: None,
            first_number: 1,
            tasks: TaskRule::Above {
                items: 1000,
                descendants: 100_000,
            },
            tempo: Tempo::Immediately,
            clock: Timestamp::now,
            faults: None,
        }
    }
}

/// A number to count from that no folder served at this place before has come to: milliseconds since
/// 1970.
pub fn number_by_clock() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(1)
}

/// A text that must not be seen.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one that nobody can guess.
    ///
    /// # Errors
    /// The system has no random bytes to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        random::hex::<32>().map(Self)
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// When a batch answers 202 and goes on as a task (part A, U5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskRule {
    /// Never.
    Never,
    /// Always.
    Always,
    /// When it is large.
    Above {
        /// More items than this.
        items: usize,
        /// Or more entries at and below them than this.
        descendants: u64,
    },
}

/// When a task that is done is seen to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tempo {
    /// At once.
    Immediately,
    /// After so many questions; for tests, which so need no clock. Its paths are held until then.
    Polls(u32),
}

/// How long [`Running::stop`] waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// A service that is running.
pub struct Running {
    address: SocketAddr,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Where it is, for example `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it: requests that are being answered are answered, tasks finish the chunk that they
    /// are at and go on at the next start.
    pub async fn stop(self) {
        // If nobody listens any more, it has ended already.
        let _ = self.stop.send(());
        self.service.stop_tasks().await;
        let abort = self.serving.abort_handle();
        if tokio::time::timeout(PATIENCE, self.serving).await.is_err() {
            tracing::warn!("some requests did not end in time");
            abort.abort();
        }
        for space in self.service.spaces() {
            let _ = tokio::task::spawn_blocking(move || space.rest()).await;
        }
    }
}

/// Serves a folder on a socket.
///
/// # Errors
/// The folder or its ledger cannot be opened, or the socket cannot be used.
pub async fn start(listener: TcpListener, config: Config) -> Result<Running, Error> {
    let faults = config.faults.clone();
    if config.multi_space {
        door::allow_many_files();
    }
    let service = tokio::task::spawn_blocking(|| Service::open(config))
        .await
        .map_err(std::io::Error::other)??;
    let mut router = routes::router(Arc::clone(&service));
    if let Some(faults) = faults {
        router = faults.over(router);
    }
    start_with(listener, service, router).await
}

/// Serves a router, which may have layers over [`routes::router`], on a socket.
///
/// # Errors
/// The socket cannot be used, or the ledger cannot be read.
pub async fn start_with(
    listener: TcpListener,
    service: Arc<Service>,
    router: Router,
) -> Result<Running, Error> {
    let address = listener.local_addr()?;
    service.begin_at(address).await?;
    let (most, idle) = (service.connections, service.idle);
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(async move {
        let stopped = async {
            // A sender that is dropped means the same.
            let _ = stopped.await;
        };
        door::serve(listener, router, most, idle, stopped).await;
    });
    Ok(Running {
        address,
        service,
        stop,
        serving,
    })
}
