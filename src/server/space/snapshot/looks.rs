//! Looks at the entries of a page: at once, or before anybody asks for them.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use cap_std::fs::Dir;
use compact_str::CompactString;
use rustix::io::Errno;

use super::super::facts::Facts;
use super::super::names;

/// From so many entries on, two threads look at those of a page.
const MANY: usize = 256;

/// So long a look ahead is as good as a new one: files change in their place, which nothing tells.
const GOOD_FOR: Duration = Duration::from_millis(50);

/// What was seen of entries; none of those that are not there any more.
pub type Seen = Vec<Option<Facts>>;

/// A look at the page that will be asked for next, while the one before it is on its way.
#[derive(Default)]
pub struct Ahead(Mutex<Option<Looking>>);

struct Looking {
    rows: Range<usize>,
    /// Ends with when it began, and what was seen.
    thread: JoinHandle<(Instant, Result<Seen, Errno>)>,
}

impl Ahead {
    /// Begins to look at rows, by one thread: others send and read the page before them meanwhile.
    pub fn begin(
        &self,
        directory: Dir,
        rows: Range<usize>,
        names: impl FnOnce() -> Vec<CompactString> + Send + 'static,
    ) {
        let look = move || {
            // They may have to be put in order first.
            let names = names();
            (Instant::now(), at_each(&directory, &names))
        };
        // Where there is no other thread to be had, whoever asks looks.
        let thread = Builder::new().spawn(look).ok();
        *self.looking() = thread.map(|thread| Looking { rows, thread });
    }

    /// What was seen of rows, if they were looked at lately. What was seen of others is forgotten.
    pub fn take(&self, rows: &Range<usize>) -> Option<Seen> {
        let looking = self.looking().take()?;
        if looking.rows != *rows {
            return None;
        }
        let (began, seen) = looking.thread.join().ok()?;
        seen.ok().filter(|_| began.elapsed() < GOOD_FOR)
    }

    fn looking(&self) -> MutexGuard<'_, Option<Looking>> {
        self.0
            .lock()
            .expect("no thread panics while holding a look ahead")
    }
}

/// Looks at entries of a directory. Two threads look at many, for whoever asks waits for it.
pub fn at(directory: &Dir, names: &[CompactString]) -> Result<Seen, Errno> {
    if names.len() < MANY {
        return at_each(directory, names);
    }
    let (front, back) = names.split_at(names.len() / 2);
    std::thread::scope(|scope| {
        let back = scope.spawn(|| at_each(directory, back));
        let mut seen = at_each(directory, front)?;
        seen.extend(back.join().expect("looking at entries does not panic")?);
        Ok(seen)
    })
}

fn at_each(directory: &Dir, names: &[CompactString]) -> Result<Seen, Errno> {
    let look = |name: &CompactString| match Facts::of(directory, &names::to_os(name)) {
        Ok(facts) => Ok(Some(facts)),
        Err(Errno::NOENT) => Ok(None),
        Err(other) => Err(other),
    };
    names.iter().map(look).collect()
}
