//! The bridge between the screen and the world: performs effects, brings back messages.
//!
//! The only part of the screen that knows of the runtime, the client and the worker.

mod file;
mod gather;
mod input;
mod kept;
mod landing;
mod lent;
mod listing;
mod local;
mod look;
mod names;
mod past;
pub mod pictures;
mod plan;
mod report;
mod search;
mod show;
mod text;
mod weigh;

pub use self::show::{Left, choose, run};

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use ratatui_image::picker::Picker;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::task::{AbortHandle, JoinHandle};

use self::listing::{are_same, folders, sum, walk_through};
use self::look::Looker;
use super::effect::{Effect, Handed, Writing};
use super::history;
use super::msg::{Hidden, Msg, Ticket};
use super::state::preview::Wish;
use super::terminal::Notice;
use crate::client::Client;
use crate::client::walk::Walk;
use crate::domain::entry::Marker;
use crate::domain::failure::Failure;
use crate::domain::job::{Items, Job, JobId, Recycled, Target};
use crate::domain::path::RemotePath;
use crate::jobs::log::Record;
use crate::jobs::{JobCommand, Worker};
use crate::keep::Shelf;
use crate::texts::{self, later};

/// Pages of a listing that may wait for the screen; then the service waits.
const PAGES: usize = 4;
/// How many folders are counted at once.
const MEASURING: usize = 2;
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
    /// Letters that were read from there.
    recalled: Arc<OnceLock<BTreeMap<char, RemotePath>>>,
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
            recalled: Arc::default(),
            measuring: Arc::new(Semaphore::new(MEASURING)),
            requests: HashMap::new(),
        }
    }

    /// The same with other manners.
    #[must_use]
    pub fn with(self, manners: Manners) -> Self {
        Self { manners, ..self }
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
            Effect::Weigh { ticket, targets } => {
                let tell = self.send_page.clone();
                let request = tokio::spawn(weigh::weigh(client, ticket, targets, tell));
                self.follow(ticket, &request);
            }
            Effect::Forget(ticket) => self.forget(ticket),
            Effect::ListBin {
                ticket,
                after,
                limit,
            } => self.list_bin(ticket, after, limit),
            Effect::Usage(ticket) => {
                tokio::spawn(async move {
                    let usage = client.usage().await.map_err(Failure::from);
                    // Says nothing of the way: the service may have to look at every file for it.
                    let _ = send.send(Msg::Usage { ticket, usage });
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
            Effect::Recall => self.recall(),
            Effect::WorkOut(handed) => self.work_out(*handed),
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

    fn ask(&mut self, ticket: Ticket, targets: Vec<(usize, Target)>) {
        let asking = plan::ask(self.client.clone(), ticket, targets, self.send_page.clone());
        self.stop_asking(Some(tokio::spawn(asking).abort_handle()));
    }

    fn work_out(&self, Handed(ticket, work): Handed) {
        let send = self.send.clone();
        // Not a task of the runtime: the program does not wait for it when it is left.
        std::thread::spawn(move || {
            let worked = Box::new(work.done());
            let at = Timestamp::now();
            // Nobody is watching any more.
            let _ = send.send(Msg::WorkedOut { ticket, worked, at });
        });
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

/// Brings an answer back, and how long the service took for it. Nobody may be watching any more.
fn answer(send: &UnboundedSender<Msg>, client: &Client, msg: Msg) {
    if let Some(trip) = client.round_trip() {
        let _ = send.send(Msg::Answered(trip));
    }
    let _ = send.send(msg);
}
