//! The bridge between the screen and the world: performs effects, brings back messages.
//!
//! The only part of the screen that knows of the runtime, the client and the worker.

mod file;
mod gather;
mod landing;
mod lent;
mod local;
mod look;
mod names;
pub mod pictures;
mod plan;
mod report;
mod search;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use crossterm::event::{Event, EventStream, KeyEvent, MouseEventKind};
use futures_util::StreamExt;
use jiff::Timestamp;
use ratatui::layout::Size;
use ratatui_image::picker::Picker;
use rustc_hash::FxHashMap;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use self::look::{Looker, REST};
use self::pictures::{Pictures, picker};
use super::effect::{Effect, Writing};
use super::history;
use super::msg::{Hidden, Msg, Ticket, WalkStep};
use super::state::preview::Wish;
use super::state::{Start, State};
use super::terminal::background::{self, Late, Picked};
use super::terminal::{Notice, Ours};
use super::theme::BuiltIn;
use super::update::{start, update};
use super::view::view;
use crate::client::walk::Walk;
use crate::client::{Client, Error, Unread};
use crate::domain::entries::Entries;
use crate::domain::entry::{KnownPage, Marker};
use crate::domain::failure::Failure;
use crate::domain::job::{Items, Job, JobId, Recycled, Target};
use crate::domain::order::Order;
use crate::domain::path::RemotePath;
use crate::domain::rule::Rule;
use crate::jobs::log::{JobLog, Record};
use crate::jobs::{JobCommand, Worker, past};
use crate::keep::{Kept, Shelf};
use crate::texts::{self, later};

/// Messages that are taken in before the screen is drawn once.
const AT_ONCE: usize = 64;
/// After this time no more are taken in: a key may be waiting.
const TURN: Duration = Duration::from_millis(4);
/// Pages of a listing that may wait for the screen; then the service waits.
const PAGES: usize = 4;
/// Checksums that are asked for at the same time.
const SUMS: usize = 4;
/// The least time between two frames that no key has asked for.
const FRAME: Duration = Duration::from_millis(33);
/// Between two changes of the screen that no key has asked for, where each one is spoken.
const CALM: Duration = Duration::from_secs(3);
/// The most names that a typed path is completed with; folders come first.
const NAMES: u32 = 1000;
/// How many folders are counted at once.
const MEASURING: usize = 2;
/// How long after a change marks are written.
const KEEP: Duration = Duration::from_secs(2);
/// How often the time on the screen moves on while something is going on.
const TICK: Duration = Duration::from_millis(200);

/// Performs effects and brings back what comes of them.
pub struct Runtime {
    client: Client,
    worker: Worker,
    /// What the logs of jobs that were cut off tell.
    cut_off: Vec<Record>,
    send: UnboundedSender<Msg>,
    answers: UnboundedReceiver<Msg>,
    send_page: Sender<Msg>,
    pages: Receiver<Msg>,
    looker: Looker,
    /// The look that goes on, if any.
    looking: Option<AbortHandle>,
    walk: Option<AbortHandle>,
    /// The dry run that goes on, if any.
    asking: Option<AbortHandle>,
    /// The look at where items of the bin would go back to, if any.
    looking_back: Option<AbortHandle>,
    manners: Manners,
    /// Where marks are kept, and what was kept there last.
    shelf: Option<Arc<Shelf>>,
    kept: (u64, BTreeMap<char, RemotePath>),
    /// Turns for those who count what is in folders.
    measuring: Arc<Semaphore>,
    /// Requests that may be forgotten before their answer comes.
    requests: HashMap<Ticket, AbortHandle>,
}

/// How the terminal is treated, and where lines are kept.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Where lines typed after `:` are kept; none keeps them nowhere.
    pub history: Option<PathBuf>,
    /// Whether the terminal is asked for its background, to choose the theme.
    pub asks_background: bool,
    /// How a user who looks elsewhere is told that a long job is over.
    pub notice: Notice,
    /// The command that edits a file, whose name follows it.
    pub editor: String,
    /// The command that opens a file, whose name follows it.
    pub opener: String,
    /// Whether that command needs the terminal.
    pub opener_takes_terminal: bool,
    /// The home of the user.
    pub home: Option<PathBuf>,
    /// Where copies are kept that are opened.
    pub cache: Option<PathBuf>,
    /// Whether the screen changes as seldom as possible, for readers that speak each change.
    pub is_calm: bool,
}

/// How the screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// To end the program.
    ForGood,
    /// For another library, by its place in the list of them.
    ForLibrary(usize),
}

impl Runtime {
    /// Works with this client and this worker, takes these jobs up if that is wanted, and shows
    /// pictures in this way, if any, once the cursor has rested for so long.
    pub fn new(
        client: Client,
        worker: Worker,
        cut_off: Vec<Record>,
        pictures: Option<Picker>,
        rest: Duration,
    ) -> Self {
        let (send, answers) = mpsc::unbounded_channel();
        let (send_page, pages) = mpsc::channel(PAGES);
        Self {
            worker,
            cut_off,
            send,
            answers,
            send_page,
            pages,
            looker: Looker::new(client.clone(), pictures, rest),
            looking: None,
            client,
            walk: None,
            asking: None,
            looking_back: None,
            manners: Manners::default(),
            shelf: None,
            kept: (0, BTreeMap::new()),
            measuring: Arc::new(Semaphore::new(MEASURING)),
            requests: HashMap::new(),
        }
    }

    /// The same with other manners.
    #[must_use]
    pub fn with(self, manners: Manners) -> Self {
        Self { manners, ..self }
    }

    /// The same, and marks and remembered folders are kept on this shelf.
    #[must_use]
    pub fn keeping(mut self, place: Option<Arc<Shelf>>, state: &State) -> Self {
        self.shelf = place;
        self.kept = (state.marks.revision(), state.places.letters.clone());
        self
    }

    /// When what is to be kept should be written, if it is not what was kept last. Many marks take
    /// longer to copy, so they are written less often.
    fn keep_due(&self, state: &State) -> Option<Instant> {
        let is_kept = self.kept.0 == state.marks.revision() && self.kept.1 == state.places.letters;
        if self.shelf.is_none() || is_kept {
            return None;
        }
        let slow = u32::try_from(state.marks.totals().count / 100_000).unwrap_or(u32::MAX);
        Some(Instant::now() + KEEP.saturating_mul(slow.saturating_add(1)))
    }

    /// Writes what is to be kept, beside everything else; gives what to wait for at the end.
    pub fn keep(&mut self, state: &State) -> Option<JoinHandle<()>> {
        let place = Arc::clone(self.shelf.as_ref()?);
        self.kept = (state.marks.revision(), state.places.letters.clone());
        let has_marks = state.marks.totals().count > 0;
        // What was offered and not taken yet is offered again.
        let offered = state.cleared.as_ref().filter(|_| !has_marks);
        let kept = Kept {
            marks: offered.unwrap_or(&state.marks).clone(),
            letters: state.places.letters.clone(),
            at: state.now,
        };
        Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = place.save(&kept) {
                tracing::error!(%error, "marks cannot be kept");
            }
        }))
    }

    /// Sets an effect going; never waits. What concerns the terminal is not for here.
    pub fn perform(&mut self, effect: Effect) {
        let (client, send) = (self.client.clone(), self.send.clone());
        match effect {
            Effect::List {
                ticket,
                directory,
                order,
                first,
                limit,
            } => self.list(ticket, directory, order, (first, limit)),
            Effect::Compare {
                ticket,
                directory,
                order,
                pages,
            } => {
                let request = tokio::spawn(async move {
                    let same = are_same(&client, &directory, order, &pages).await;
                    let same = same.map_err(Failure::from);
                    answer(&send, &client, Msg::Compared { ticket, same });
                });
                self.follow(ticket, &request);
            }
            Effect::Folders { ticket, directory } => {
                let request = tokio::spawn(async move {
                    let names = folders(&client, &directory).await.map_err(Failure::from);
                    answer(&send, &client, Msg::Folders { ticket, names });
                });
                self.follow(ticket, &request);
            }
            Effect::Measure { ticket, directory } => self.measure(ticket, directory),
            Effect::Forget(ticket) => self.forget(ticket),
            Effect::ListBin {
                ticket,
                after,
                limit,
            } => self.list_bin(ticket, after, limit),
            Effect::Usage(ticket) => {
                tokio::spawn(async move {
                    let usage = client.usage().await.map_err(Failure::from);
                    answer(&send, &client, Msg::Usage { ticket, usage });
                });
            }
            Effect::Owners => self.find_owners(),
            Effect::LookBack { ticket, items } => self.look_back(ticket, items),
            Effect::Look { ticket, wish } => self.look(ticket, wish),
            Effect::LookAway => self.look_away(None),
            Effect::Search(ticket, criteria) => self.search(ticket, criteria),
            Effect::SearchOn(ticket, asked) => self.search_on(ticket, asked),
            Effect::EndSearch(id) => self.end_search(id),
            Effect::Walk {
                ticket,
                rule,
                scopes,
            } => {
                let walk = Walk::new(client, scopes);
                let walk = tokio::spawn(walk_through(walk, ticket, rule, self.send_page.clone()));
                self.walk_on(Some(walk.abort_handle()));
            }
            Effect::Sum { ticket, files } => {
                let sums = tokio::spawn(sum(client, ticket, files, self.send_page.clone()));
                self.walk_on(Some(sums.abort_handle()));
            }
            Effect::StopWalk => self.walk_on(None),
            Effect::Ask { ticket, targets } => self.ask(ticket, targets),
            Effect::StopAsking => self.stop_asking(None),
            Effect::WritePlan(ticket, writing) => self.write_plan(ticket, *writing),
            Effect::WriteReport(ticket, file, told) => self.write_report(ticket, file, told.0),
            Effect::Batch(items) => self.command(JobCommand::Batch(items)),
            Effect::Start(id, spec) => self.command(JobCommand::Start(id, spec)),
            Effect::Undo(id, spec) => self.command(JobCommand::Undo(id, spec)),
            Effect::History => self.remember(),
            Effect::UndoPast(id, at) => self.find_way_back(id, at),
            Effect::Retriable(id) => self.find_retriable(id),
            Effect::Resume(id, goes_on) => {
                if let Some(record) = self.take_up(id) {
                    self.command(JobCommand::Resume { record, goes_on });
                }
            }
            Effect::Drop(id) => {
                if let Some(record) = self.take_up(id) {
                    self.command(JobCommand::Drop(record));
                }
            }
            Effect::Sooner(id) => self.command(JobCommand::Sooner(id)),
            Effect::Later(id) => self.command(JobCommand::Later(id)),
            Effect::Pause(id) => self.command(JobCommand::Pause(id)),
            Effect::GoOn(id) => self.command(JobCommand::GoOn(id)),
            Effect::Cancel(id) => self.command(JobCommand::Cancel(id)),
            Effect::Remember(line) => self.keep_line(line),
            other => self.act(other),
        }
    }

    /// Sets a single act going: about names, one row, or this machine.
    fn act(&mut self, effect: Effect) {
        let (client, send) = (self.client.clone(), self.send.clone());
        match effect {
            Effect::Taken {
                ticket,
                directory,
                names,
            } => {
                let request = tokio::spawn(async move {
                    let taken = names::taken(&client, &directory, names).await;
                    let taken = taken.map_err(Failure::from);
                    answer(&send, &client, Msg::Taken { ticket, taken });
                });
                self.follow(ticket, &request);
            }
            Effect::Describe { ticket, path } => {
                tokio::spawn(async move {
                    let facts = client.facts(&path).await.map_err(Failure::from);
                    answer(&send, &client, Msg::Described { ticket, facts });
                });
            }
            Effect::Link { ticket, path } => {
                tokio::spawn(async move {
                    let link = client.file_link(&path).await.map_err(Failure::from);
                    let link = link.map(|link| {
                        link.map(|link| (Hidden(link.expose().to_owned()), link.expires))
                    });
                    answer(&send, &client, Msg::Linked { ticket, link });
                });
            }
            Effect::LocalFolders { ticket, folder } => {
                let folder = local::place(&folder, self.manners.home.as_deref());
                tokio::task::spawn_blocking(move || {
                    let names = local::folders(&folder);
                    // Nobody is watching any more.
                    let _ = send.send(Msg::LocalFolders { ticket, names });
                });
            }
            Effect::Gather {
                ticket,
                targets,
                into,
            } => {
                let into = local::place(&into, self.manners.home.as_deref());
                let tell = self.send_page.clone();
                let request = tokio::spawn(gather::gather(client, ticket, targets, into, tell));
                self.follow(ticket, &request);
            }
            Effect::WriteList { file, text } => {
                let path = local::place(&file, self.manners.home.as_deref());
                tokio::task::spawn_blocking(move || {
                    let outcome = local::write_new(&path, &text).map_err(|error| error.to_string());
                    let outcome = outcome.map(|()| text.lines().count());
                    // Nobody is watching any more.
                    let _ = send.send(Msg::ListWritten { file, outcome });
                });
            }
            Effect::MakeRoom(ticket) => {
                let cache = self.manners.cache.clone();
                tokio::task::spawn_blocking(move || {
                    let cache = cache.ok_or(std::io::ErrorKind::NotFound.into());
                    let room = cache.and_then(|cache| local::room(&cache, ticket.0));
                    let room = room
                        .map(|room| room.to_string_lossy().into_owned())
                        .map_err(|error| later!("there is no room for a copy: {error}", error));
                    // Nobody is watching any more.
                    let _ = send.send(Msg::Room { ticket, room });
                });
            }
            Effect::OpenLocal(file) => {
                let opener = self.manners.opener.clone();
                // Not a task of the runtime: the program may be left while the file is still open.
                std::thread::spawn(move || {
                    let outcome = local::open(&opener, Path::new(&file));
                    // Nobody is watching any more.
                    let _ = send.send(Msg::Opened { file, outcome });
                });
            }
            // That concerns the terminal, or was done before.
            _ => {}
        }
    }

    /// Another walk, or none, takes the place of the one before.
    fn walk_on(&mut self, walk: Option<AbortHandle>) {
        if let Some(before) = std::mem::replace(&mut self.walk, walk) {
            before.abort();
        }
    }

    fn remember(&self) {
        let (client, log, send) = self.for_past();
        tokio::spawn(async move {
            let jobs = match log {
                Some(log) => past::history(&log, &client).await,
                None => Ok(Vec::new()),
            };
            // Nobody is watching any more.
            let _ = send.send(Msg::History(jobs));
        });
    }

    fn find_way_back(&self, id: JobId, at: Option<Timestamp>) {
        let (client, log, send) = self.for_past();
        tokio::spawn(async move {
            let undo = past::undoing(log.as_ref(), &client, (id, at), None).await;
            // Nobody is watching any more.
            let _ = send.send(Msg::WayBack(id, undo));
        });
    }

    fn find_retriable(&self, id: JobId) {
        let (client, log, send) = self.for_past();
        tokio::task::spawn_blocking(move || {
            let spec = match log {
                Some(log) => past::retriable(&log, &client, id),
                None => Ok(None),
            };
            // Nobody is watching any more.
            let _ = send.send(Msg::Retriable(id, spec));
        });
    }

    fn find_owners(&self) {
        let (client, log, send) = self.for_past();
        tokio::spawn(async move {
            let owners = match log {
                Some(log) => past::recyclers(&log, &client).await,
                None => Ok(FxHashMap::default()),
            };
            let owners = owners.unwrap_or_else(|failure| {
                tracing::warn!(%failure, "the bin is shown without the jobs that filled it");
                FxHashMap::default()
            });
            // Nobody is watching any more.
            let _ = send.send(Msg::Owners(owners));
        });
    }

    /// Looks at the places of items of the bin; at that of one once the cursor has rested on it.
    fn look_back(&mut self, ticket: Ticket, items: Items<Recycled>) {
        let (client, send) = (self.client.clone(), self.send_page.clone());
        let rest = match items.len() {
            1 => self.looker.rest(),
            _ => Duration::ZERO,
        };
        let look = tokio::spawn(async move {
            tokio::time::sleep(rest).await;
            landing::look(client, ticket, items, send).await;
        });
        let look = Some(look.abort_handle());
        if let Some(before) = std::mem::replace(&mut self.looking_back, look) {
            before.abort();
        }
    }

    fn for_past(&self) -> (Client, Option<JobLog>, UnboundedSender<Msg>) {
        let log = self.worker.log.clone();
        (self.client.clone(), log, self.send.clone())
    }

    fn ask(&mut self, ticket: Ticket, targets: Vec<(usize, Target)>) {
        let asking = plan::ask(self.client.clone(), ticket, targets, self.send_page.clone());
        self.stop_asking(Some(tokio::spawn(asking).abort_handle()));
    }

    fn write_plan(&self, ticket: Ticket, writing: Writing) {
        let (client, send) = (self.client.clone(), self.send.clone());
        tokio::spawn(async move {
            let file = writing.file.clone();
            let outcome = plan::write(client, writing).await;
            let written = Msg::Written {
                ticket,
                file,
                outcome,
            };
            // Nobody is watching any more.
            let _ = send.send(written);
        });
    }

    fn write_report(&self, ticket: Ticket, file: String, job: Job) {
        let send = self.send.clone();
        let language = texts::spoken();
        tokio::spawn(async move {
            let outcome = report::write(job, file.clone(), language).await;
            // Nobody is watching any more.
            let _ = send.send(Msg::Reported {
                ticket,
                file,
                outcome,
            });
        });
    }

    fn list_bin(&self, ticket: Ticket, after: Option<Marker>, limit: u32) {
        let (client, send) = (self.client.clone(), self.send.clone());
        tokio::spawn(async move {
            let page = client.bin(after.as_ref(), limit).await;
            let page = page.map_err(Failure::from);
            answer(&send, &client, Msg::BinListed { ticket, page });
        });
    }

    fn stop_asking(&mut self, next: Option<AbortHandle>) {
        if let Some(before) = std::mem::replace(&mut self.asking, next) {
            before.abort();
        }
    }

    fn take_up(&mut self, id: JobId) -> Option<Box<Record>> {
        let at = self.cut_off.iter().position(|record| record.id == id)?;
        Some(Box::new(self.cut_off.swap_remove(at)))
    }

    /// Fetches a directory; the first page may have another length than the others.
    fn list(
        &mut self,
        ticket: Ticket,
        directory: RemotePath,
        order: Order,
        (first, limit): (u32, u32),
    ) {
        let (client, asking) = (self.client.clone(), self.client.clone());
        let ask = move |after: Option<Marker>| {
            let (client, directory) = (client.clone(), directory.clone());
            async move {
                let limit = if after.is_some() { limit } else { first };
                let after = after.as_ref();
                client.list_ahead(&directory, order, after, limit).await
            }
        };
        let request = tokio::spawn(list(ticket, asking, ask, self.send_page.clone()));
        self.follow(ticket, &request);
    }

    /// Counts what lies below a folder, a few at a time.
    fn measure(&mut self, ticket: Ticket, directory: RemotePath) {
        let (client, send) = (self.client.clone(), self.send.clone());
        let turn = Arc::clone(&self.measuring);
        let request = tokio::spawn(async move {
            // Nobody closes it: without a turn the count just begins.
            let _turn = turn.acquire().await;
            let tell = |below| drop(send.send(Msg::Counted(ticket, below)));
            let measured = client.measure(&directory, tell).await;
            let measured = measured
                .map(|measured| (measured.sums, measured.unread))
                .map_err(Failure::from);
            answer(&send, &client, Msg::Measured(ticket, measured));
        });
        self.follow(ticket, &request);
    }

    /// Keeps a request in mind for as long as it may be forgotten.
    fn follow(&mut self, ticket: Ticket, request: &JoinHandle<()>) {
        self.requests.retain(|_, request| !request.is_finished());
        self.requests.insert(ticket, request.abort_handle());
    }

    /// Keeps a line that was typed after `:` for the next start.
    fn keep_line(&self, line: String) {
        if let Some(file) = self.manners.history.clone() {
            tokio::task::spawn_blocking(move || {
                if let Err(error) = history::add(&file, &line) {
                    tracing::warn!(%error, "the history of the command line is not kept");
                }
            });
        }
    }

    fn forget(&mut self, ticket: Ticket) {
        if let Some(request) = self.requests.remove(&ticket) {
            request.abort();
        }
    }

    fn look(&mut self, ticket: Ticket, wish: Wish) {
        let (looker, send) = (self.looker.clone(), self.send.clone());
        let look = tokio::spawn(async move {
            let shown = looker.look(wish).await;
            // Nobody is watching any more.
            let _ = send.send(Msg::Looked { ticket, shown });
        });
        self.look_away(Some(look.abort_handle()));
    }

    fn look_away(&mut self, to: Option<AbortHandle>) {
        if let Some(before) = std::mem::replace(&mut self.looking, to) {
            before.abort();
        }
    }

    fn command(&self, command: JobCommand) {
        if self.worker.commands.send(command).is_err() {
            tracing::error!("the worker is gone");
        }
    }

    /// Lets the worker end as the program does; waits for it.
    pub async fn leave(self) {
        let Worker {
            commands,
            events,
            stopped,
            log: _,
        } = self.worker;
        drop((commands, events));
        let _ = stopped.await;
    }

    /// The next answer or fact.
    pub async fn next(&mut self) -> Msg {
        tokio::select! {
            Some(answer) = self.answers.recv() => answer,
            Some(page) = self.pages.recv() => page,
            Some(event) = self.worker.events.recv() => Msg::Job(event),
            // Both senders live as long as this does, or until the worker has stopped.
            else => std::future::pending().await,
        }
    }

    /// The next answer or fact, if there is one already.
    pub fn next_ready(&mut self) -> Option<Msg> {
        let answer = self.answers.try_recv().ok();
        answer
            .or_else(|| self.worker.events.try_recv().ok().map(Msg::Job))
            .or_else(|| self.pages.try_recv().ok())
    }
}

/// Sends a directory page by page. Each further page is on its way while the one before is read
/// and taken in.
async fn list<Asked>(
    ticket: Ticket,
    client: Client,
    ask: impl Fn(Option<Marker>) -> Asked,
    send: Sender<Msg>,
) where
    Asked: Future<Output = Result<Unread, Error>> + Send + 'static,
{
    // Dropped with this task, and then nothing more is asked for.
    let mut asked = JoinSet::new();
    asked.spawn(ask(None));
    while let Some(unread) = asked.join_next().await {
        let Ok(unread) = unread else { return };
        let page = unread.and_then(|unread| {
            if let Some(next) = unread.next() {
                asked.spawn(ask(Some(next.clone())));
            }
            unread.read()
        });
        let page = page.map_err(Failure::from);
        let is_over = page.is_err();
        if let Some(trip) = client.round_trip() {
            let _ = send.send(Msg::Answered(trip)).await;
        }
        // Perhaps nobody is watching any more.
        if send.send(Msg::Listed { ticket, page }).await.is_err() || is_over {
            return;
        }
    }
}

/// Asks for the checksum of each file, and tells of each. The service may have to read the file for
/// it, so only a few are asked for at once.
async fn sum(
    client: Client,
    ticket: Ticket,
    files: Vec<(u32, RemotePath, Option<u64>)>,
    send: Sender<Msg>,
) {
    let asked = files.into_iter().map(|(file, path, size)| {
        let client = client.clone();
        async move {
            let link = client.file_link(&path).await;
            let crc64 = link
                // Another size is another content than the one that was listed.
                .map(|link| link.filter(|link| link.size == size)?.crc64)
                .map_err(Failure::from);
            Msg::Summed {
                ticket,
                file,
                crc64,
            }
        }
    });
    let mut answers = pin!(futures_util::stream::iter(asked).buffer_unordered(SUMS));
    while let Some(answer) = answers.next().await {
        if send.send(answer).await.is_err() {
            return;
        }
    }
}

/// Tells of each part of each directory, and at last that there are no more.
async fn walk_through(mut walk: Walk, ticket: Ticket, rule: Rule, send: Sender<Msg>) {
    while let Some(visit) = walk.next().await {
        let (directory, is_last) = (visit.directory, visit.is_last);
        let step = match visit.entries {
            Ok(all) => {
                let mut entries = Entries::default();
                for entry in all.iter() {
                    if rule.may_match(&rule.facts(&directory, entry)) {
                        entries.push(entry);
                    }
                }
                WalkStep::Found {
                    looked: all.len(),
                    directory,
                    entries,
                    is_last,
                }
            }
            Err(error) => WalkStep::Unread {
                directory,
                failure: error.into(),
            },
        };
        if send.send(Msg::Walked { ticket, step }).await.is_err() {
            return;
        }
    }
    // Nobody is watching any more.
    let step = WalkStep::End;
    let _ = send.send(Msg::Walked { ticket, step }).await;
}

/// Whether the pages of a directory are what they were; asks for one after the other until one is
/// not.
async fn are_same(
    client: &Client,
    directory: &RemotePath,
    order: Order,
    pages: &[KnownPage],
) -> Result<bool, Error> {
    for page in pages {
        if !client.is_unchanged(directory, order, page).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The folders of a folder in order, as far as its first page goes.
async fn folders(client: &Client, directory: &RemotePath) -> Result<Vec<CompactString>, Error> {
    let page = client
        .list(directory, Order::default(), None, NAMES)
        .await?;
    let folders = page.entries.iter().filter(|entry| entry.is_directory());
    let mut names: Vec<CompactString> = folders.map(|entry| entry.name().into()).collect();
    names.sort_unstable();
    Ok(names)
}

/// Brings an answer back, and how long the service took for it. Nobody may be watching any more.
fn answer(send: &UnboundedSender<Msg>, client: &Client, msg: Msg) {
    if let Some(trip) = client.round_trip() {
        let _ = send.send(Msg::Answered(trip));
    }
    let _ = send.send(msg);
}

/// Shows the screen until the user leaves it, and gives the worker back: it may still wait for an
/// answer. Also tells how the screen was left, and what the user was used to by then.
///
/// # Errors
/// There is no terminal, or it cannot be written to.
pub async fn run(
    client: Client,
    worker: Worker,
    cut_off: Vec<Record>,
    shelf: Option<Arc<Shelf>>,
    mut begin: Start,
    pictures: Pictures,
    manners: Manners,
) -> std::io::Result<(Worker, Left)> {
    let (mut ours, input) = take(&mut begin, &manners)?;
    // Kept apart: what waits here has little room.
    let mut state = Box::new(State::new(begin, ours.screen.size()?));
    let picker = picker(pictures, &|name| std::env::var(name).ok(), ours.cell());
    let mut runtime = Runtime::new(client, worker, cut_off, picker, REST)
        .with(manners)
        .keeping(shelf, &state);
    let shown = show(&mut ours, &mut state, &mut runtime, input).await;
    drop(ours);
    if let Some(kept) = runtime.keep(&state) {
        let _ = kept.await;
    }
    shown.map(|left| (runtime.worker, left))
}

/// Lets the user choose a library, and says why there is none so far, if something went wrong; none
/// if the user quits instead.
///
/// # Errors
/// There is no terminal, or it cannot be written to.
pub async fn choose(
    mut begin: Start,
    manners: Manners,
    complaint: Option<String>,
) -> std::io::Result<Option<usize>> {
    let (mut ours, mut input) = take(&mut begin, &manners)?;
    let mut ends = Ends::listen()?;
    let mut state = Box::new(State::choosing(begin, ours.screen.size()?));
    if let Some(complaint) = complaint {
        state.warn(complaint);
    }
    loop {
        ours.screen.draw(|frame| view(&state, frame))?;
        let msg = tokio::select! {
            biased;
            () = ends.next(false) => Msg::Terminate,
            msg = input.next() => msg,
            () = sleep_until(until(&state)), if is_waiting(&state) => Msg::Tick(Timestamp::now()),
        };
        for effect in update(&mut state, msg) {
            match effect {
                Effect::Quit => return Ok(None),
                Effect::Library(chosen) => return Ok(Some(chosen)),
                Effect::Redraw => ours.redraw()?,
                Effect::Mouse(on) => ours.mouse(on)?,
                Effect::Suspend => {
                    input.stop();
                    ours.suspend()?;
                    input = Input::listen(Vec::new(), Late::default());
                }
                // There is no library yet to ask anything of.
                _ => {}
            }
        }
    }
}

/// Takes the terminal over and asks it what has to be known before the first frame.
fn take(begin: &mut Start, manners: &Manners) -> std::io::Result<(Ours, Input)> {
    let mut ours = Ours::take()?;
    let heard = background::ask(manners.asks_background)?;
    let look = &mut begin.habits.look;
    if manners.asks_background && heard.is_light == Some(true) {
        *look = look.showing(BuiltIn::Light);
    }
    if heard.has_wide_lines {
        *look = look.without_lines();
    }
    if begin.habits.mouse {
        ours.mouse(true)?;
    }
    let input = Input::listen(heard.keys, heard.late);
    Ok((ours, input))
}

async fn show(
    ours: &mut Ours,
    state: &mut State,
    runtime: &mut Runtime,
    mut input: Input,
) -> std::io::Result<Left> {
    let (frame, tick) = if runtime.manners.is_calm {
        (CALM, CALM)
    } else {
        (FRAME, TICK)
    };
    let mut ends = Ends::listen()?;
    let mut tick = interval(tick);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut effects = start(state);
    // When the screen has to be drawn; none while it shows what is.
    let mut due = Some(Instant::now());
    // When marks have to be written; none while what is on the disk is what is.
    let mut keep = None;
    // The program that has the terminal, and what comes of it; jobs go on meanwhile.
    let mut lent: Option<JoinHandle<Msg>> = None;
    loop {
        let asked = std::mem::take(&mut effects);
        if let Some(left) = carry_out(asked, ours, runtime, &mut input, &mut lent)? {
            return Ok(left);
        }
        // Timers are rounded up to milliseconds, which is felt with every key.
        if lent.is_none() && due.is_some_and(|due| due <= Instant::now()) {
            ours.screen.draw(|frame| view(state, frame))?;
            due = None;
        }
        let (first, mut by_user) = tokio::select! {
            biased;
            () = ends.next(lent.is_some()) => (Msg::Terminate, true),
            Some(msg) = back(&mut lent), if lent.is_some() => {
                ours.retake()?;
                input = Input::listen(Vec::new(), Late::default());
                (msg, true)
            }
            msg = input.next(), if lent.is_none() => (msg, true),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() && lent.is_none() => {
                ours.screen.draw(|frame| view(state, frame))?;
                due = None;
                continue;
            }
            () = sleep_until(until(state)), if is_waiting(state) => {
                (Msg::Tick(Timestamp::now()), true)
            }
            () = sleep_until(keep.unwrap_or_else(Instant::now)), if keep.is_some() => {
                runtime.keep(state);
                keep = None;
                continue;
            }
            () = std::future::ready(()), if state.has_work() => (Msg::Spare, false),
            msg = runtime.next() => (msg, false),
            _ = tick.tick(), if state.is_busy() => (Msg::Tick(Timestamp::now()), false),
        };
        let began = Instant::now();
        let had_work = state.has_work();
        let was_empty = state.browser.listing.rows() == 0;
        effects = update(state, first);
        for _ in 1..AT_ONCE {
            // Keys first: what the user wants is never behind what the service tells.
            let next = input.next_ready().filter(|_| lent.is_none());
            by_user |= next.is_some();
            let goes_on = !by_user && began.elapsed() < TURN;
            let told = || goes_on.then(|| runtime.next_ready()).flatten();
            let Some(msg) = next.or_else(told) else {
                break;
            };
            effects.extend(update(state, msg));
        }
        keep = keep.or_else(|| runtime.keep_due(state));
        // The answer to a key is shown at once, also one that took a while to work out, and so are the
        // first rows of a folder; what else the service tells is gathered into frames.
        let has_first_rows = was_empty && state.browser.listing.rows() > 0;
        let is_worked_out = had_work && !state.has_work();
        let now = Instant::now();
        due = Some(if by_user || is_worked_out || has_first_rows {
            now
        } else {
            due.unwrap_or(now + frame)
        });
    }
}

/// Does what is asked of the world; tells if the screen is left by that.
fn carry_out(
    effects: Vec<Effect>,
    ours: &mut Ours,
    runtime: &mut Runtime,
    input: &mut Input,
    lent: &mut Option<JoinHandle<Msg>>,
) -> std::io::Result<Option<Left>> {
    for effect in effects {
        match effect {
            Effect::Quit => return Ok(Some(Left::ForGood)),
            Effect::Library(chosen) => return Ok(Some(Left::ForLibrary(chosen))),
            Effect::Mouse(on) => ours.mouse(on)?,
            Effect::Notify(text) => ours.notify(runtime.manners.notice, &text)?,
            Effect::Redraw => ours.redraw()?,
            Effect::Copy(text) | Effect::CopyHidden(Hidden(text)) => ours.copy(&text)?,
            Effect::Edit { ticket, text } => {
                input.stop();
                ours.lend();
                let editor = runtime.manners.editor.clone();
                *lent = Some(tokio::task::spawn_blocking(move || Msg::Edited {
                    ticket,
                    text: lent::edit(&editor, &text),
                }));
            }
            Effect::OpenLocal(file) if runtime.manners.opener_takes_terminal && lent.is_none() => {
                input.stop();
                ours.lend();
                let opener = runtime.manners.opener.clone();
                *lent = Some(tokio::task::spawn_blocking(move || {
                    let outcome = lent::open(&opener, Path::new(&file));
                    Msg::Opened { file, outcome }
                }));
            }
            Effect::Suspend => {
                // An unread stream would still take keys from the shell.
                input.stop();
                ours.suspend()?;
                *input = Input::listen(Vec::new(), Late::default());
            }
            other => runtime.perform(other),
        }
    }
    Ok(None)
}

/// What comes of the program that the terminal was lent to, once that has ended.
async fn back(lent: &mut Option<JoinHandle<Msg>>) -> Option<Msg> {
    let ended = lent.as_mut()?.await;
    *lent = None;
    // However it ended, the user is back.
    Some(ended.unwrap_or(Msg::Focus(true)))
}

/// Whether keys are still to be shown that may follow those that were pressed.
fn is_waiting(state: &State) -> bool {
    state.hint_at().is_some() && !state.hints()
}

/// When they are to be shown.
fn until(state: &State) -> Instant {
    let left = state
        .hint_at()
        .map(|at| at.duration_since(Timestamp::now()));
    let left = left.and_then(|left| Duration::try_from(left).ok());
    Instant::now() + left.unwrap_or_default()
}

/// What the terminal sends, stamped on arrival: a question must know which keys came before it.
struct Input {
    events: UnboundedReceiver<Msg>,
    reader: JoinHandle<()>,
}

impl Input {
    /// Listens, with keys that have arrived already.
    fn listen(early: Vec<KeyEvent>, mut late: Late) -> Self {
        let (send, events) = mpsc::unbounded_channel();
        for key in early {
            // The receiver is right here.
            let _ = send.send(Msg::Key(key, Timestamp::now()));
        }
        let reader = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                let msg = match event {
                    Ok(Event::Key(key)) => match late.pick(key) {
                        Picked::Key => Msg::Key(key, Timestamp::now()),
                        Picked::Answer(Some(is_light)) => Msg::Background { is_light },
                        Picked::Part | Picked::Answer(None) => continue,
                    },
                    Ok(Event::Paste(text)) => Msg::Paste(text, Timestamp::now()),
                    Ok(Event::Resize(width, height)) => Msg::Resized(Size::new(width, height)),
                    // Every cell that the mouse crosses without a button held.
                    Ok(Event::Mouse(event)) if event.kind == MouseEventKind::Moved => continue,
                    Ok(Event::Mouse(event)) => Msg::Mouse(event, Timestamp::now()),
                    Ok(Event::FocusGained) => Msg::Focus(true),
                    Ok(Event::FocusLost) => Msg::Focus(false),
                    Err(error) => {
                        tracing::error!(%error, "the terminal cannot be read");
                        Msg::Terminate
                    }
                };
                if send.send(msg).is_err() {
                    break;
                }
            }
        });
        Self { events, reader }
    }

    async fn next(&mut self) -> Msg {
        // A stream that has ended means that the terminal is gone.
        self.events.recv().await.unwrap_or(Msg::Terminate)
    }

    fn next_ready(&mut self) -> Option<Msg> {
        self.events.try_recv().ok()
    }

    fn stop(&self) {
        self.reader.abort();
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // Left alone it would take the first key from whoever reads next.
        self.stop();
    }
}

/// The ways in which the system asks the program to end. A lost terminal is one of them: reading
/// from it would never end by itself.
#[cfg(unix)]
struct Ends([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Ends {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
        ]))
    }

    /// The next of them. While the terminal is lent, Ctrl-c is meant for who has it.
    async fn next(&mut self, is_lent: bool) {
        let [terminate, hangup, interrupt] = &mut self.0;
        let interrupted = async {
            while interrupt.recv().await.is_some() {
                if !is_lent {
                    break;
                }
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            () = interrupted => {}
        }
    }
}

#[cfg(not(unix))]
struct Ends;

#[cfg(not(unix))]
impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self, _is_lent: bool) {
        // Ctrl-c arrives as a key while the terminal is raw.
        let _ = tokio::signal::ctrl_c().await;
    }
}
