//! The log of jobs: one file of JSON lines for each, written ahead of every request.
//!
//! What stands in it survives a crash: all items of the job, which of them were about to be sent,
//! and what became of those whose answer arrived. Taking a job up again and undoing it read it.
//! Only ever appended to; never holds a secret. A program holds the lock of a log as long as it
//! works on the job, so that no other takes it up meanwhile.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::job::{Exchange, JobId, JobSpec, Kept, Outcome, Tally, TaskId};
use crate::texts::later;

mod kept;
mod line;
mod lines;
mod planned;
mod record;
mod summary;

pub use line::{kind_word, word};
pub use record::{Record, Unanswered};
pub use summary::Summary;

use kept::{Booked, Places, TOGETHER};
use line::{Line, Sent, Settled};
use planned::{Planned, id};

/// Other programs that use the same directory may take a number at the same time; so many files
/// may then bear it.
const NAMESAKES: u32 = 20;
/// So many items of a job stand in one line.
const ITEMS_IN_LINE: usize = 1000;
/// So many are written before it is told how far the log has come: some five milliseconds.
const ITEMS_IN_STEP: usize = 10 * ITEMS_IN_LINE;
/// The items of a job with more than so many are read from its log as they are needed. Where a lock
/// keeps others from reading, as on Windows, all are kept in memory.
const IN_MEMORY: usize = if cfg!(unix) { 50_000 } else { usize::MAX };

/// The directory with the logs of all jobs.
#[derive(Clone, Debug)]
pub struct JobLog {
    dir: PathBuf,
    in_memory: usize,
}

impl JobLog {
    /// Opens the directory of logs, and makes it where it is missing.
    ///
    /// # Errors
    /// A directory that can be neither made nor listed.
    pub fn open(dir: impl Into<PathBuf>) -> io::Result<Self> {
        let dir = dir.into();
        let mut maker = fs::DirBuilder::new();
        maker.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
        maker.create(&dir)?;
        fs::read_dir(&dir)?;
        Ok(Self {
            dir,
            in_memory: IN_MEMORY,
        })
    }

    /// The same where the items of jobs with more than so many stay on the disk.
    #[must_use]
    pub fn with_in_memory(mut self, items: usize) -> Self {
        self.in_memory = items;
        self
    }

    /// What a log tells.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub(super) fn record(&self, summary: &Summary) -> io::Result<Record> {
        Record::read(&summary.file, self.in_memory)
    }

    /// Where broken uploads of jobs leave what they need to go on.
    pub(super) fn uploads(&self) -> PathBuf {
        self.dir.join("uploads")
    }

    /// The first number that no job in the directory bears.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub fn next_id(&self) -> io::Result<JobId> {
        let highest = self.files()?.into_iter().map(|(number, _)| number).max();
        Ok(JobId(highest.unwrap_or(0) + 1))
    }

    /// What is known of the jobs of this number from their logs, newest first. Two programs at work
    /// at the same time may have given the same number.
    ///
    /// # Errors
    /// No such job, or a log that cannot be read.
    pub fn read(&self, id: JobId) -> io::Result<Vec<Record>> {
        let mut found = Vec::new();
        for (number, path) in self.files()? {
            if number == id.0 {
                found.push(Record::read(&path, self.in_memory)?);
            }
        }
        if found.is_empty() {
            let text = later!("there is no job {id}", id);
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        found.sort_by_key(|record| std::cmp::Reverse(record.at));
        Ok(found)
    }

    /// The latest jobs, at most `limit`, highest numbers first. Logs that cannot be read are left
    /// out.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub fn latest(&self, limit: usize) -> io::Result<Vec<Summary>> {
        let mut files = self.files()?;
        files.sort_by(|one, other| other.cmp(one));
        let jobs = files
            .into_iter()
            .filter_map(|(_, path)| readable(Summary::read(&path, self.in_memory)));
        Ok(jobs.take(limit).collect())
    }

    /// The latest jobs of this space of a library, at most `limit`, latest first. Logs that cannot be
    /// read are left out.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub(super) fn latest_of(
        &self,
        library: &str,
        space: &str,
        limit: usize,
    ) -> io::Result<Vec<Summary>> {
        let mut files = self.files()?;
        files.sort_by(|one, other| other.cmp(one));
        let heads = files
            .into_iter()
            .filter_map(|(_, path)| readable(Summary::read_head(&path)))
            .filter(|head| head.library == library && head.space == space);
        let jobs = heads.filter_map(|head| readable(Summary::read(&head.file, self.in_memory)));
        let mut jobs: Vec<Summary> = jobs.take(limit).collect();
        jobs.sort_by_key(|job| std::cmp::Reverse((job.at, job.id)));
        Ok(jobs)
    }

    /// The jobs that were cut off and that no program is at work on, highest numbers first.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub fn cut_off(&self) -> io::Result<Vec<Record>> {
        let mut files = self.files()?;
        files.sort_by(|one, other| other.cmp(one));
        Ok(files
            .into_iter()
            .filter(|(_, path)| !summary::is_ended(path).unwrap_or(true))
            .filter_map(|(_, path)| readable(Record::read(&path, self.in_memory)))
            .filter(|record| !record.is_held && !record.is_over())
            .collect())
    }

    fn files(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            files.extend(number(&path).map(|number| (number, path)));
        }
        Ok(files)
    }

    /// Begins the log of a job with its head line and all of its items, telling `noted` how far it has
    /// come where that takes a while; tells what to read them from if they are many.
    pub(super) async fn begin(
        &self,
        id: JobId,
        spec: &JobSpec,
        library: &str,
        space: &str,
        at: Timestamp,
        noted: impl Fn(usize) + Send + 'static,
    ) -> io::Result<(JobFile, Option<Kept>)> {
        let date = at.strftime("%Y-%m-%d").to_string();
        let mut name = format!("{date}-{id}.jsonl");
        let mut namesake = 1;
        let (path, file) = loop {
            let mut options = OpenOptions::new();
            options.append(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let path = self.dir.join(&name);
            match options.open(&path) {
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && namesake < NAMESAKES =>
                {
                    namesake += 1;
                    name = format!("{date}-{id}.{namesake}.jsonl");
                }
                opened => break (path, opened?),
            }
        };
        hold(&file)?;
        let mut file = JobFile::new(file, spec.clone(), Tally::default());
        let head = Line::Job {
            job: id.0,
            kind: kind_word(spec.kind()).into(),
            library: library.into(),
            space: space.into(),
            items: spec.len(),
            at,
        };
        let places = file.begin(head, noted).await?;
        self.sync()?;
        if spec.len() <= self.in_memory {
            return Ok((file, None));
        }
        let kept = file.keep(&path, places)?;
        Ok((file, Some(kept)))
    }

    /// The jobs that programs are at work on, highest numbers first.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub fn held(&self) -> io::Result<Vec<Summary>> {
        let mut files = self.files()?;
        files.sort_by(|one, other| other.cmp(one));
        let held = files.into_iter().filter(|(_, path)| {
            !summary::is_ended(path).unwrap_or(true) && summary::is_held(path).unwrap_or(false)
        });
        Ok(held
            .filter_map(|(_, path)| readable(Summary::read_head(&path)))
            .collect())
    }

    /// Ends the log of a job that was cut off, without a look at what became of the items that were
    /// on the way: they stay unknown, and are given back as that.
    ///
    /// # Errors
    /// A log that cannot be written, or that another program has gone on with.
    pub async fn drop_job(
        &self,
        record: &Record,
        at: Timestamp,
    ) -> io::Result<Vec<(usize, Outcome)>> {
        let mut file = self.resume(record, at).await?;
        let text =
            later!("it was on the way when the program ended, and nobody has looked for it since");
        let failure = Arc::new(Failure::new(FailureKind::Network, text));
        let open = record.unanswered.iter().flat_map(|request| &request.items);
        let unknown: Vec<(usize, Outcome)> = open
            .map(|&index| (index, Outcome::Unknown(Arc::clone(&failure))))
            .collect();
        file.outcomes(None, &unknown).await?;
        file.end(at, "dropped").await?;
        Ok(unknown)
    }

    /// Goes on with the log of a job that was cut off.
    pub(super) async fn resume(&self, record: &Record, at: Timestamp) -> io::Result<JobFile> {
        let file = OpenOptions::new()
            .append(true)
            .read(true)
            .open(&record.file)?;
        hold(&file)?;
        // Between the reading and now another program may have gone on with it, and ended it.
        if file.metadata()?.len() != record.length {
            return Err(io::Error::other(later!(
                "another program has gone on with it"
            )));
        }
        let mut file = JobFile::new(file, record.spec.clone(), record.tally);
        file.booked.clone_from(&record.booked);
        file.end_cut_line().await?;
        file.append(&[Line::Resumed { at }]).await?;
        Ok(file)
    }

    /// The name of a new file is on the disk as well.
    fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        File::open(&self.dir)?.sync_all()?;
        Ok(())
    }
}

fn readable<T>(read: io::Result<T>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%error, "the log of a job cannot be read"))
        .ok()
}

/// The lock of a log; gone with the file, also when the program is killed.
fn hold(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            later!("another program is at work on this job"),
        )),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The number in `<date>-<number>.jsonl` or `<date>-<number>.<namesake>.jsonl`.
fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".jsonl")?;
    let (_, number) = name.rsplit_once('-')?;
    number.split('.').next()?.parse().ok()
}

fn put(to: &mut impl io::Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

/// The log of one running job.
pub(super) struct JobFile {
    file: Arc<File>,
    spec: JobSpec,
    tally: Tally,
    /// Where the outcomes of a large job stand.
    booked: Option<Arc<Booked>>,
}

impl JobFile {
    fn new(file: File, spec: JobSpec, tally: Tally) -> Self {
        Self {
            file: Arc::new(file),
            spec,
            tally,
            booked: None,
        }
    }

    /// Lets go of the items: from now on they are read from this log, in which they stand at these
    /// places.
    fn keep(&mut self, path: &Path, places: Places) -> io::Result<Kept> {
        let (kind, count) = (self.spec.kind(), self.spec.len());
        let strategy = match &self.spec {
            JobSpec::Restore(_, strategy) => Some(*strategy),
            _ => None,
        };
        self.spec = kept::spec(path, kind, strategy, places, count)?;
        let booked = Arc::new(Booked::new(path, count)?);
        self.booked = Some(Arc::clone(&booked));
        Ok(Kept {
            spec: self.spec.clone(),
            book: booked,
        })
    }

    /// Writes the first line and all items, a few at a time; tells where these stand.
    async fn begin(
        &mut self,
        head: Line,
        noted: impl Fn(usize) + Send + 'static,
    ) -> io::Result<Places> {
        let (file, spec) = (Arc::clone(&self.file), self.spec.clone());
        let written = tokio::task::spawn_blocking(move || {
            let mut places = Vec::with_capacity(spec.len().div_ceil(ITEMS_IN_LINE));
            let mut text = Vec::with_capacity(1 << 18);
            let mut place = 0;
            put(&mut text, &head)?;
            for first in (0..spec.len()).step_by(ITEMS_IN_LINE) {
                places.push((first, place + text.len() as u64));
                let last = spec.len().min(first + ITEMS_IN_LINE);
                let items = (first..last).map(|index| Planned::of(&spec, index));
                let items = items.collect();
                put(&mut text, &Line::Items { first, items })?;
                (&*file).write_all(&text)?;
                place += text.len() as u64;
                text.clear();
                if last % ITEMS_IN_STEP == 0 && last < spec.len() {
                    noted(last);
                }
            }
            (&*file).write_all(&text)?;
            file.sync_data()?;
            if spec.len() > ITEMS_IN_STEP {
                noted(spec.len());
            }
            Ok(places)
        });
        written.await.map_err(io::Error::other)?
    }

    pub async fn request(
        &mut self,
        number: u64,
        at: Timestamp,
        indices: &[usize],
    ) -> io::Result<()> {
        let items = indices
            .iter()
            .map(|&index| Sent {
                index,
                path: self.spec.path(index).as_str().into(),
                id: id(&self.spec, index).map(|id| id.0.to_string()),
            })
            .collect();
        self.append(&[Line::Request { number, at, items }]).await
    }

    pub async fn not_done(&mut self, number: u64) -> io::Result<()> {
        self.append(&[Line::NotDone { number }]).await
    }

    pub async fn task(&mut self, number: u64, task: &TaskId) -> io::Result<()> {
        let task = task.0.to_string();
        self.append(&[Line::Task { number, task }]).await
    }

    pub async fn outcomes(
        &mut self,
        answer: Option<(u64, &Exchange)>,
        outcomes: &[(usize, Outcome)],
    ) -> io::Result<()> {
        let line = answer.map(|(number, exchange)| Line::Answer {
            number,
            items: exchange.items,
            status: exchange.status,
            request: exchange.request_id.clone(),
            took_ms: exchange.took_ms,
        });
        let mut text = Vec::new();
        if let Some(line) = line {
            put(&mut text, &line)?;
        }
        let exchange = answer.map(|(_, exchange)| exchange);
        let mut places = Vec::new();
        for some in outcomes.chunks(TOGETHER) {
            places.push(text.len() as u64);
            for (index, outcome) in some {
                self.tally.add(outcome, self.spec.size(*index));
                let item = Settled::new(&self.spec, *index, outcome, exchange);
                put(&mut text, &Line::Item(Box::new(item)))?;
            }
        }
        let begin = self.write(text).await?;
        if let Some(booked) = &self.booked {
            for (some, place) in outcomes.chunks(TOGETHER).zip(places) {
                booked.begin(begin + place);
                for (index, _) in some {
                    booked.add(*index);
                }
            }
        }
        Ok(())
    }

    pub async fn end(&mut self, at: Timestamp, how: &str) -> io::Result<()> {
        self.tally.not_sent += self.spec.len().saturating_sub(self.tally.settled());
        let end = Line::End {
            at,
            how: how.into(),
            sums: Some(self.tally.into()),
        };
        self.append(&[end]).await
    }

    /// Writes whole lines and waits until they are on the disk.
    async fn append(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            put(&mut text, line)?;
        }
        self.write(text).await.map(drop)
    }

    /// A line that was cut off must not swallow the next one.
    async fn end_cut_line(&mut self) -> io::Result<()> {
        self.write(b"\n".to_vec()).await.map(drop)
    }

    /// Tells where the text begins.
    async fn write(&self, text: Vec<u8>) -> io::Result<u64> {
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || {
            let place = file.metadata()?.len();
            (&*file).write_all(&text)?;
            file.sync_data()?;
            Ok(place)
        });
        written.await.map_err(io::Error::other)?
    }
}
