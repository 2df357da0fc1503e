//! All that the screen knows. Changed by `update` alone; drawn by `view`.
//!
//! Composes its children, which never name it.

pub mod bin;
pub mod browser;
pub mod compare;
pub mod cursor;
pub mod details;
pub mod fetch;
pub mod found;
pub mod help;
pub mod jobs;
pub mod libraries;
pub mod link;
pub mod marked;
pub mod notice;
pub mod past;
pub mod places;
pub mod plan;
pub mod planning;
pub mod preview;
pub mod prompt;
pub mod question;
pub mod results;
pub mod said;
pub mod search;
pub mod sizes;
pub mod start;
pub mod sweep;
pub mod tabs;
pub mod trail;
pub mod typed;
pub mod view;
pub mod yank;

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use self::bin::Bin;
use self::browser::Browser;
use self::compare::Compare;
use self::cursor::Cursor;
use self::details::Details;
use self::fetch::Fetches;
use self::found::Found;
use self::help::Help;
use self::jobs::Jobs;
use self::libraries::Libraries;
use self::link::Link;
use self::marked::Marked;
pub use self::notice::{Notice, Tone};
use self::past::Past;
use self::places::Places;
use self::plan::Draft;
use self::planning::Planning;
use self::preview::Preview;
use self::prompt::{Edits, Prompt};
use self::question::load::Load;
use self::question::{Ask, Question};
use self::results::Results;
use self::said::Said;
use self::search::Form;
use self::sizes::Sizes;
pub use self::start::{Habits, Start};
pub use self::sweep::{Seek, Sweep};
use self::tabs::Tabs;
pub use self::view::View;
use self::yank::Yanks;
use super::keymap::{Key, Keymap};
use super::layout::{Layout, Panes, inside};
use super::msg::Ticket;
use super::theme::Look;
use crate::domain::caution::Caution;
use crate::domain::filter::Filter;
use crate::domain::job::CutOff;
use crate::domain::known::Known;
use crate::domain::marks::Marks;
use crate::domain::rule::{Named, Viewpoint};
use crate::domain::show::Show;
use crate::texts::tr;

/// Hands that know the sequence are faster than this.
const HINT: SignedDuration = SignedDuration::from_millis(300);

/// Whether the library has a recycle bin; no call of the service says so directly (protocol
/// part A, U14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recycling {
    /// Nothing has told yet.
    Unknown,
    /// The bin could be listed.
    On,
    /// The service said that there is none: every delete is final.
    Off,
}

/// What takes the same key twice in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Taking all marks off.
    Clear,
    /// Marking a folder of which not everything is there yet.
    MarkAll,
    /// Quitting by Ctrl-c.
    Interrupt,
    /// Deleting though of some duplicates no copy would stay.
    LastCopies,
    /// Quitting with marks, which are not kept.
    Quit,
    /// Going to another library with marks, which are not kept.
    Leave,
}

/// All that the screen knows.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct State {
    /// Jobs that were cut off and are still to be asked about, the next one first.
    pub cut_off: VecDeque<CutOff>,
    /// The library and space, as people call them.
    pub label: String,
    /// Where the user's clock is.
    pub zone: TimeZone,
    /// The time of the latest message that had one.
    pub now: Timestamp,
    /// The size of the terminal.
    pub size: Size,
    /// The keys.
    pub keymap: Keymap,
    /// The colours and borders.
    pub look: Look,
    /// Lines that were typed after `:`, oldest first.
    pub history: Vec<String>,
    /// The libraries that the settings name.
    pub libraries: Libraries,
    /// Whether there is a library at all: not while the first one is being chosen.
    pub is_connected: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// How lists are shown.
    pub show: Show,
    /// Rules that have names.
    pub rules: Named,
    /// Which panes stand beside and below the list.
    pub panes: Panes,
    /// What stands in the main part.
    pub view: View,
    /// What stood there before, latest last.
    pub came_from: Vec<View>,
    /// Where the user is in the library: the tab on the screen.
    pub browser: Browser,
    /// The other tabs.
    pub tabs: Tabs,
    /// What lies below folders.
    pub sizes: Sizes,
    /// Folders to go to.
    pub places: Places,
    /// What is known of the contents of files.
    pub known: Known,
    /// What is marked.
    pub marks: Marks,
    /// What was unmarked last by a clearing, or marked when the program ended.
    pub cleared: Option<Marks>,
    /// Whether marks outlive the program.
    pub keeps_marks: bool,
    /// Whether what was kept of the session before is still being read.
    pub is_recalling: bool,
    /// The list of all marks.
    pub marked: Marked,
    /// What was taken along to be pasted.
    pub yanks: Yanks,
    /// What is on its way to this machine.
    pub fetches: Fetches,
    /// What would be sent, once it was looked at.
    pub plan: Option<Draft>,
    /// The plan, or the question about one, that is being worked out.
    pub planning: Option<Planning>,
    /// What the user has set against slips.
    pub caution: Caution,
    /// The jobs of this session.
    pub jobs: Jobs,
    /// The folder of their logs, as people write it; empty where there are none.
    pub logs: String,
    /// The last jobs of all sessions.
    pub past: Past,
    /// The results screen.
    pub results: Results,
    /// The recycle bin screen.
    pub bin: Bin,
    /// What is shown of the file under the cursor.
    pub preview: Preview,
    /// All that is known of one entry.
    pub details: Option<Details>,
    /// The URL that was asked for.
    pub asked_link: Option<Ticket>,
    /// The connection.
    pub link: Link,
    /// Whether there is a recycle bin.
    pub recycling: Recycling,
    /// The help screen.
    pub help: Help,
    /// The one open question, if any.
    pub question: Option<Question>,
    /// The counting of what lies inside its folders, while that goes on.
    pub weighing: Option<Ticket>,
    /// The line that is typed, if any.
    pub prompt: Option<Prompt>,
    /// Lists that are edited outside.
    pub edits: Edits,
    /// What is looked for in the lists of directories, and highlighted there.
    pub find: Option<Filter>,
    /// The way to the next row that it finds, in a long list.
    pub seek: Option<Seek>,
    /// Whether words of filters and finds are fuzzy.
    pub is_fuzzy: bool,
    /// The rule that was used last, and whether it took marks off.
    pub last_rule: Option<(String, bool)>,
    /// The rule that is at work below.
    pub sweep: Option<Sweep>,
    /// What a walk has found, or finds.
    pub found: Option<Found>,
    /// Two copies that are compared.
    pub compare: Option<Compare>,
    /// The search form while it is filled in.
    pub form: Option<Form>,
    /// The form as it was left.
    pub last_form: Form,
    /// The keys of an unfinished sequence.
    pub pressed: Vec<Key>,
    /// When the latest of them was pressed.
    pub pressed_at: Timestamp,
    /// The row in whose sign column the mouse button went down and is still held.
    pub dragged: Option<usize>,
    /// Whether the terminal has the user's eyes; it may never say.
    pub has_focus: bool,
    /// The count before a key; 0 for none.
    pub count: usize,
    /// What just happened.
    pub notice: Option<Notice>,
    /// What was said before, where that stays on the screen.
    pub said: Said,
    /// What was asked for by the last key and happens when the key is pressed again at once.
    pub again: Option<Again>,
    /// Whether one plain file goes to the bin unasked, until the program ends, and when one did last.
    pub unasked: Option<Timestamp>,
    /// Whether the program ends once all jobs are over.
    pub leaving: bool,
    last_ticket: u64,
}

impl State {
    /// The state before the first message, on a terminal of this size.
    pub fn new(start: Start, size: Size) -> Self {
        let notice = start.is_first.then(|| {
            Notice::told(
                tr!("Space marks, d asks and moves to the bin, u takes it back, ? has all keys.")
                    .to_owned(),
            )
        });
        let mut state = Self {
            label: start.label,
            zone: start.zone,
            now: start.now,
            size,
            keymap: start.habits.keymap,
            look: start.habits.look,
            history: start.habits.history,
            libraries: Libraries {
                labels: start.habits.libraries,
                here: start.habits.here,
                cursor: Cursor::default(),
            },
            is_connected: true,
            mouse: start.habits.mouse,
            show: start.habits.show,
            rules: start.habits.rules,
            panes: Panes {
                is_plain: start.habits.is_plain,
                ..Panes::default()
            },
            view: View::Browse,
            came_from: Vec::new(),
            browser: Browser::new(start.directory),
            tabs: Tabs::default(),
            sizes: Sizes::default(),
            places: Places::default(),
            is_recalling: start.has_kept,
            keeps_marks: start.keeps_marks,
            known: Known::default(),
            marks: Marks::default(),
            cleared: None,
            marked: Marked::default(),
            yanks: Yanks::default(),
            fetches: Fetches {
                last: start.habits.downloads,
                ..Fetches::default()
            },
            plan: None,
            planning: None,
            caution: start.habits.caution,
            jobs: Jobs::new(start.next_job),
            logs: start.habits.logs,
            past: Past::default(),
            results: Results::default(),
            bin: Bin::default(),
            preview: Preview::default(),
            details: None,
            asked_link: None,
            link: Link::default(),
            recycling: Recycling::Unknown,
            help: Help::default(),
            question: None,
            weighing: None,
            prompt: None,
            edits: Edits::default(),
            find: None,
            seek: None,
            is_fuzzy: false,
            last_rule: None,
            sweep: None,
            found: None,
            compare: None,
            form: None,
            last_form: Form::default(),
            pressed: Vec::new(),
            pressed_at: start.now,
            dragged: None,
            has_focus: true,
            count: 0,
            notice,
            said: Said::default(),
            again: None,
            unasked: None,
            leaving: false,
            last_ticket: 0,
            cut_off: start.cut_off.into(),
        };
        if let [job, ..] = start.at_work.as_slice() {
            state.warn(tr!(
                "Another mediasweep is at work in this library (job {job}); looking is safe.",
                job
            ));
        }
        state
    }

    /// The state in which the first library is chosen.
    pub fn choosing(start: Start, size: Size) -> Self {
        Self {
            view: View::Libraries,
            is_connected: false,
            ..Self::new(start, size)
        }
    }

    /// Where everything goes.
    pub fn layout(&self) -> Layout {
        let has_jobs = if Layout::is_alone(self.size, self.panes) {
            self.jobs.running().next().is_some()
        } else {
            self.jobs.shown().next().is_some()
        };
        Layout::new(self.size, has_jobs, self.panes)
    }

    /// How many rows of a list are visible.
    pub fn rows(&self) -> usize {
        self.layout().rows()
    }

    /// How many rows of the bin are visible: below them stands what is known of the current one.
    pub fn bin_rows(&self) -> usize {
        let rows = self.rows();
        rows.saturating_sub(self.bin.foot(rows)).max(1)
    }

    /// Where and when a rule is read that is typed now.
    pub fn viewpoint(&self) -> Viewpoint {
        Viewpoint {
            here: self.browser.directory.clone(),
            now: self.now,
            zone: self.zone.clone(),
            named: self.rules.clone(),
        }
    }

    /// The place in the list of the main part, and how many rows that has.
    pub fn place(&self) -> (Cursor, usize) {
        match self.view {
            View::Browse => (self.browser.cursor, self.browser.listing.rows()),
            View::Marks => (self.marked.cursor, self.marked.rows.len()),
            View::Plan => (self.plan.as_ref()).map_or((Cursor::default(), 0), |plan| {
                (plan.cursor, plan.rows.len())
            }),
            View::Jobs => (self.jobs.cursor, self.jobs.shown().count()),
            View::Results => (self.results.cursor, self.results.rows.len()),
            View::Past => (self.past.cursor, self.past.jobs.len()),
            View::Found => (self.found.as_ref())
                .map_or_else(Default::default, |found| (found.cursor, found.rows())),
            View::Bin => (self.bin.cursor, self.bin.rows()),
            View::Compare => {
                let compare = self.compare.as_ref();
                let lines = compare.map_or(0, |two| two.lines(&self.zone, self.cells()).len());
                // One line is the head; the row of the cursor is the line at the top.
                let last = lines.saturating_sub(self.rows_of_whole().saturating_sub(1));
                let cursor = compare.map(|compare| compare.cursor);
                (cursor.unwrap_or_default(), last + 1)
            }
            View::Preview => (self.preview.cursor, self.preview.places(self.rows())),
            View::Details => {
                let lines = self.details_lines().len();
                let cursor = self.details.as_ref().map(|details| details.cursor);
                // The row of its cursor is the line at the top.
                let last = lines.saturating_sub(self.rows_of_whole());
                (cursor.unwrap_or_default(), last + 1)
            }
            View::Libraries => (self.libraries.cursor, self.libraries.labels.len()),
            View::Help => (self.help.cursor, self.help.lines(&self.keymap).len()),
        }
    }

    /// How many marks cannot be seen in the list on the screen, because a filter hides them.
    pub fn hidden_marks(&self) -> usize {
        match self.view {
            View::Marks => self.marked.hidden(),
            _ => self.browser.hidden_marks,
        }
    }

    /// The lines of what is known of one entry.
    pub fn details_lines(&self) -> Vec<String> {
        (self.details.as_ref())
            .map_or_else(Vec::new, |details| details.lines(&self.zone, self.cells()))
    }

    /// Cells of a line of a view that is as wide as the screen.
    fn cells(&self) -> usize {
        usize::from(inside(self.layout().whole()).width)
    }

    /// Lines of such a view.
    fn rows_of_whole(&self) -> usize {
        usize::from(inside(self.layout().whole()).height)
    }

    /// When the keys that may follow an unfinished sequence are to be shown; none without one.
    pub fn hint_at(&self) -> Option<Timestamp> {
        (!self.pressed.is_empty()).then(|| self.pressed_at + HINT)
    }

    /// Whether the keys that may follow are to be shown by now.
    pub fn hints(&self) -> bool {
        self.hint_at().is_some_and(|at| at <= self.now)
    }

    /// The tab that waits for this answer.
    pub fn awaiting(&mut self, ticket: Ticket) -> Option<&mut Browser> {
        std::iter::once(&mut self.browser)
            .chain(self.tabs.others_mut())
            .find(|browser| browser.awaiting() == Some(ticket))
    }

    /// What the open question would delete.
    pub fn load_mut(&mut self) -> Option<&mut Load> {
        self.question.as_mut()?.load.as_mut()
    }

    /// A ticket that nothing else holds.
    pub fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        Ticket(self.last_ticket)
    }

    /// Whether there is work left for when no key waits: [`Msg::Spare`](super::msg::Msg::Spare)
    /// does a piece of it.
    pub fn has_work(&self) -> bool {
        let is_counting = |prompt: &Prompt| prompt.tally.is_some();
        self.browser.listing.is_working()
            || self.seek.is_some()
            || self.prompt.as_ref().is_some_and(is_counting)
            || self.plan.as_ref().is_some_and(Draft::is_arranging)
            || !self.marks.are_ready()
            || !self.browser.listing.are_ready()
    }

    /// Whether somebody waits for a look at where items of the bin would go back to.
    fn is_looking_back(&self) -> bool {
        match self.question.as_ref().map(|question| &question.ask) {
            Some(Ask::Restore { survey, .. }) => survey.ended.is_none(),
            None if self.view == View::Bin => {
                let look = self.bin.look.as_ref();
                look.is_some_and(|look| look.found.is_none())
            }
            Some(_) | None => false,
        }
    }

    /// Whether an answer or a fact is still to come.
    pub fn is_busy(&self) -> bool {
        self.sweep.is_some()
            || self.yanks.asked.is_some()
            || self.fetches.is_busy()
            || self.asked_link.is_some()
            || self.details.as_ref().is_some_and(Details::is_loading)
            || self.compare.as_ref().is_some_and(Compare::is_loading)
            || self.plan.as_ref().is_some_and(Draft::is_busy)
            || self.planning.is_some()
            || self.is_recalling
            || (self.found.as_ref()).is_some_and(|found| found.awaited.is_some())
            || self.browser.is_loading()
            || self.preview.is_loading()
            || self.past.is_busy()
            || self.tabs.others().any(Browser::is_loading)
            || (self.prompt.as_ref()).is_some_and(|prompt| prompt.names.awaited.is_some())
            || self.places.going.is_some()
            || self.sizes.is_counting()
            || self.weighing.is_some()
            || self.bin.is_loading()
            || self.bin.asks_owners
            || self.is_looking_back()
            || self.results.writing.is_some()
            || self.link.is_asking()
            || self.jobs.running().next().is_some()
    }
}
