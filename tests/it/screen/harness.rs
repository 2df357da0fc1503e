//! The screen as a user has it: keys in, text out, with the real worker, client and service.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mediasweep::domain::format::width;
use mediasweep::domain::job::JobId;
use mediasweep::domain::path::RemotePath;
use mediasweep::jobs;
use mediasweep::jobs::log::{JobLog, Record};
use mediasweep::jobs::policy::Policy;
use mediasweep::keep::Shelf;
use mediasweep::server;
use mediasweep::texts::{self, Language};
use mediasweep::tui::effect::Effect;
use mediasweep::tui::keymap::read;
use mediasweep::tui::msg::Msg;
use mediasweep::tui::runtime::{Manners, Runtime};
use mediasweep::tui::state::{Habits, Start, State};
use mediasweep::tui::update::{start, update};
use mediasweep::tui::view::{unpainted, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::Color;
use ratatui_image::picker::Picker;
use regex::{Captures, Regex};
use tempfile::TempDir;

use crate::support::{TestService, policy};

/// Longer than anything here takes; only a test that would hang meets it.
const FOR_EVER: Duration = Duration::from_secs(120);

/// The time on every clock of these tests.
pub fn noon() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

/// Habits of a worker that never waits, by that clock.
pub fn still() -> Policy {
    Policy {
        clock: noon,
        ..policy()
    }
}

/// A screen, its worker, client and service, and the folder that the service serves.
pub struct Screen {
    pub state: Box<State>,
    runtime: Runtime,
    terminal: Terminal<TestBackend>,
    at: Timestamp,
    pub has_ended: bool,
    /// The library that was gone to, by its place in the list of them.
    pub gone_to: Option<usize>,
    /// What was asked of the terminal.
    pub performed: Vec<Effect>,
    pub service: TestService,
    /// Where copies go that are opened.
    pub cache: TempDir,
}

impl Screen {
    /// A screen of 80x24 on a folder with these entries, with everything on it.
    pub async fn on(entries: &[(&str, u64)]) -> Self {
        let mut screen = Self::with(entries, |_, _| ()).await;
        screen.settle().await;
        screen
    }

    /// The same with another service or worker, before anything has arrived.
    pub async fn with(
        entries: &[(&str, u64)],
        change: impl FnOnce(&mut server::Config, &mut Policy),
    ) -> Self {
        let mut policy = still();
        let service = TestService::with(|config| {
            config.clock = noon;
            change(config, &mut policy);
        })
        .await;
        for (name, size) in entries {
            put(service.root.path(), name, *size);
        }
        for name in tree(service.root.path())
            .iter()
            .filter(|name| name.ends_with('/'))
        {
            let directory = fs::File::open(service.root.path().join(name)).unwrap();
            directory.set_modified(new_year()).unwrap();
        }
        Self::at(service, None, policy)
    }

    /// A screen on a service that is there already, with the logs of earlier screens.
    pub fn at(service: TestService, log: Option<JobLog>, policy: Policy) -> Self {
        Self::after(service, log, policy, None)
    }

    /// The program ends and begins again, with what it has kept on the shelf.
    pub async fn again(self, kept_on: &Arc<Shelf>) -> Self {
        let mut runtime = self.runtime.keeping(Some(Arc::clone(kept_on)), &self.state);
        if let Some(kept) = runtime.keep(&self.state) {
            kept.await.unwrap();
        }
        runtime.leave().await;
        Self::after(self.service, None, policy(), Some(Arc::clone(kept_on)))
    }

    fn after(
        service: TestService,
        log: Option<JobLog>,
        policy: Policy,
        kept_on: Option<Arc<Shelf>>,
    ) -> Self {
        let cut_off = log.as_ref().map(|log| log.cut_off().unwrap());
        let cut_off = cut_off.unwrap_or_default();
        let next_job = log.as_ref().map_or(JobId(1), |log| log.next_id().unwrap());
        let held = log.as_ref().map(|log| log.held().unwrap());
        let at_work = held.into_iter().flatten().map(|job| job.id).collect();
        let client = service.client();
        let worker = jobs::spawn(client.clone(), log, policy);
        let cache = tempfile::tempdir().unwrap();
        let manners = Manners {
            cache: Some(cache.path().to_owned()),
            opener: "true".to_owned(),
            ..Manners::default()
        };
        let mut screen = Self {
            state: Box::new(State::new(
                Start {
                    label: "test library".into(),
                    directory: RemotePath::root(),
                    next_job,
                    at_work,
                    cut_off: cut_off.iter().map(Record::cut_off).collect(),
                    has_kept: kept_on.is_some(),
                    is_first: false,
                    keeps_marks: true,
                    zone: TimeZone::UTC,
                    now: noon(),
                    habits: Habits::default(),
                },
                Size::new(80, 24),
            )),
            runtime: Runtime::new(
                client,
                worker,
                cut_off,
                Some(Picker::halfblocks()),
                Duration::ZERO,
            )
            .with(manners),
            terminal: Terminal::new(TestBackend::new(80, 24)).unwrap(),
            at: noon(),
            has_ended: false,
            gone_to: None,
            performed: Vec::new(),
            service,
            cache,
        };
        screen.runtime = screen.runtime.keeping(kept_on, &screen.state);
        let effects = start(&mut screen.state);
        screen.perform(effects);
        screen
    }

    /// The program ends; the service goes on.
    pub async fn close(self) -> TestService {
        self.runtime.leave().await;
        self.service
    }

    /// Every file and folder that the service serves, with sizes.
    pub fn tree(&self) -> Vec<String> {
        tree(self.service.root.path())
    }

    /// Presses keys as the key map writes them, one a second.
    pub fn keys(&mut self, keys: &str) {
        for key in read(keys).unwrap() {
            self.at += SignedDuration::from_secs(1);
            self.take(Msg::Key(key.event(), self.at));
        }
    }

    /// Presses keys that end in a question about a delete, waits until it can be answered, and says
    /// yes.
    pub async fn agree(&mut self, keys: &str) {
        self.keys(keys);
        self.until("what is inside", |state| state.weighing.is_none())
            .await;
        self.keys("y");
    }

    /// Presses keys all at once, without waiting to see what they do.
    pub fn slip(&mut self, keys: &str) {
        self.at += SignedDuration::from_secs(1);
        for key in read(keys).unwrap() {
            self.take(Msg::Key(key.event(), self.at));
        }
    }

    /// Somebody sets the clock of the machine back by an hour.
    pub fn set_clock_back(&mut self) {
        self.at -= SignedDuration::from_hours(1);
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.take(Msg::Resized(Size::new(width, height)));
    }

    /// Pastes a text.
    pub fn take_text(&mut self, text: &str) {
        self.at += SignedDuration::from_secs(1);
        self.take(Msg::Paste(text.to_owned(), self.at));
    }

    pub fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.state, msg);
        self.perform(effects);
    }

    pub fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.has_ended |= effect == Effect::Quit;
            if let Effect::Library(chosen) = effect {
                self.gone_to = Some(chosen);
            }
            if matches!(
                effect,
                Effect::Copy(_) | Effect::CopyHidden(_) | Effect::Edit { .. }
            ) {
                self.performed.push(effect.clone());
            }
            self.runtime.perform(effect);
        }
    }

    /// Takes in what the world tells until the state is as wanted.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&State) -> bool) {
        while !wanted(&self.state) {
            let next = tokio::time::timeout(FOR_EVER, self.runtime.next()).await;
            let Ok(msg) = next else {
                panic!("waited in vain for {what}:\n{}", self.text())
            };
            // How fast the service is differs from run to run.
            let msg = match msg {
                Msg::Answered(_) => Msg::Answered(Duration::from_millis(38)),
                msg => msg,
            };
            self.take(msg);
        }
    }

    /// What the world tells next.
    pub async fn next(&mut self) -> Msg {
        self.runtime.next().await
    }

    /// Takes in what the world tells until nothing is awaited any more, and does what is left to do.
    pub async fn settle(&mut self) {
        while self.state.has_work() {
            self.take(Msg::Spare);
        }
        self.until("everything to settle", |state| !state.is_busy())
            .await;
    }

    /// What a person sees, line by line.
    pub fn text(&mut self) -> String {
        let state = &self.state;
        let drawn = self.terminal.draw(|frame| view(state, frame)).unwrap();
        let mut text = String::new();
        for y in 0..drawn.area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < drawn.area.width {
                let symbol = drawn.buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(width(symbol)).unwrap().max(1);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        hide_what_differs(&text)
    }

    /// The colours of the screen that are not the terminal's own.
    pub fn colours(&mut self) -> Vec<(u8, u8, u8)> {
        let state = &self.state;
        let drawn = self.terminal.draw(|frame| view(state, frame)).unwrap();
        let cells = drawn.buffer.content.iter();
        cells
            .flat_map(|cell| [cell.fg, cell.bg])
            .filter_map(|colour| match colour {
                Color::Rgb(red, green, blue) => Some((red, green, blue)),
                _ => None,
            })
            .collect()
    }

    /// What is drawn, cell by cell, with roles in the place of colours.
    pub fn roles(&mut self) -> Buffer {
        let area = self.terminal.backend().buffer().area;
        let mut terminal = Terminal::new(TestBackend::new(area.width, area.height)).unwrap();
        let state = &self.state;
        let drawn = terminal.draw(|frame| unpainted(state, frame)).unwrap();
        drawn.buffer.clone()
    }

    /// What is drawn, cell by cell.
    pub fn buffer(&mut self) -> Buffer {
        let state = &self.state;
        let drawn = self.terminal.draw(|frame| view(state, frame)).unwrap();
        drawn.buffer.clone()
    }

    /// The first line.
    pub fn header(&mut self) -> String {
        self.text().lines().next().unwrap().to_owned()
    }

    /// The line for messages.
    pub fn message(&self) -> &str {
        self.state
            .notice
            .as_ref()
            .map_or("", |notice| notice.text.as_str())
    }
}

/// Request ids, and the times at which the files of a test were made, differ from run to run.
fn hide_what_differs(text: &str) -> String {
    let id = Regex::new("(request (id )?|请求 (ID )?)[0-9a-f]{4,}").unwrap();
    let digits = Regex::new("[0-9a-f]").unwrap();
    let text = id.replace_all(text, |found: &Captures<'_>| {
        let word = found[0].rfind(' ').unwrap();
        format!(
            "{} {}",
            &found[0][..word],
            digits.replace_all(&found[0][word + 1..], "f")
        )
    });
    // A box that lies above may hide the word before it, or a line may end between the two.
    let rest = Regex::new(r"[0-9a-f]{10,}~|│ [0-9a-f]{10,}|\b[0-9a-f]{32}\b").unwrap();
    let text = rest.replace_all(&text, |found: &Captures<'_>| {
        digits.replace_all(&found[0], "f").into_owned()
    });
    let created = Regex::new(r"(created   |创建      )\d\d-\d\d \d\d:\d\d").unwrap();
    created.replace_all(&text, "$1??-?? ??:??").into_owned()
}

/// A file of that many bytes, last changed on a day that stays the same; a name that ends in `/`
/// is a folder.
pub fn put(folder: &Path, name: &str, size: u64) {
    let path = folder.join(name);
    if name.ends_with('/') {
        fs::create_dir_all(&path).unwrap();
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(name.as_bytes()).unwrap();
    file.set_len(size).unwrap();
    file.set_modified(new_year()).unwrap();
}

/// The day on which everything here was last changed.
pub fn new_year() -> SystemTime {
    "2026-01-03T09:20:00Z".parse::<Timestamp>().unwrap().into()
}

/// What the service keeps for itself is left out.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() == ".mediasweep" {
                continue;
            }
            let name = entry
                .path()
                .strip_prefix(folder)
                .unwrap()
                .display()
                .to_string();
            if entry.file_type().unwrap().is_dir() {
                found.push(format!("{name}/"));
                open.push(entry.path());
            } else {
                found.push(format!("{name} {}", entry.metadata().unwrap().len()));
            }
        }
    }
    found.sort();
    found
}

/// While it lives, the screen of this test speaks Chinese.
pub struct InChinese(Language);

impl InChinese {
    pub fn begin() -> Self {
        Self(texts::speak(Language::Chinese))
    }
}

impl Drop for InChinese {
    fn drop(&mut self) {
        texts::speak(self.0);
    }
}
