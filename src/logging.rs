//! The log of the program: to a private file, never to the screen.
//!
//! Other crates may speak from warnings upwards only: below that, HTTP crates write whole
//! addresses, and those carry access tokens.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// What is logged where nothing else is asked for.
const USUAL: &str = "mediasweep=info";

/// Starts logging to `file`, which is made private to its owner. `filter` has the form of
/// `mediasweep=debug,mediasweep::jobs=trace`; one that is not understood counts as none.
///
/// # Errors
/// A file that cannot be written.
pub fn start(file: &Path, filter: Option<&str>) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(file)?;
    let filter = filter
        .and_then(|text| EnvFilter::try_new(text).ok())
        .unwrap_or_else(|| EnvFilter::new(USUAL));
    let is_ours = filter_fn(|metadata| {
        metadata.target().starts_with("mediasweep") || *metadata.level() <= LevelFilter::WARN
    });
    let lines = fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .with_filter(filter)
        .with_filter(is_ours);
    // Somebody who logs already, such as a test, goes on doing so.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}
