//! The lines around the list: header, message, facts, keys.

use std::fmt::Write as _;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{boxed_question, clear, is_answerable, jobs, theme, typed};
use crate::domain::entries::EntryRef;
use crate::domain::format::{
    bytes, count, counted, cut, cut_left, cut_middle, duration, fit, printable, width,
};
use crate::domain::job::JobKind;
use crate::texts::{say, tr};
use crate::tui::availability::availability;
use crate::tui::keymap::{Call, Context, spell};
use crate::tui::layout::Layout;
use crate::tui::state::found::Catch;
use crate::tui::state::places::Letter;
use crate::tui::state::prompt::Purpose;
use crate::tui::state::question::{Answer, Ask, Question};
use crate::tui::state::{Recycling, State, Tone, View};

/// Draws the first line: the program, the library, the place in it, and the connection.
pub fn header(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let cells = usize::from(area.width);
    let label = printable(&state.label);
    let place = match state.view {
        View::Browse | View::Found | View::Compare | View::Preview | View::Details => {
            printable(&state.browser.directory.to_string()).into_owned()
        }
        View::Marks => tr!("Marks").into(),
        View::Plan => tr!("Plan").into(),
        View::Jobs => tr!("Jobs").into(),
        View::Results => tr!("Results").into(),
        View::Past => tr!("Undo history").into(),
        View::Bin => tr!("Recycle bin").into(),
        View::Libraries => tr!("Libraries").into(),
        View::Help => tr!("Keys").into(),
    };
    let only = if state.caution.is_read_only {
        tr!("  [RO]")
    } else {
        ""
    };
    let left = if cells < NARROW {
        format!("{only} ")
    } else {
        format!(" mediasweep{only}  {label}  ")
    };
    let mut right = String::new();
    for part in connection(state) {
        // The path needs some room as well.
        if width(&left) + width(&part) + width(&right) + PLACE <= cells {
            right = format!("{part}  {right}");
        }
    }
    let right = format!("  {}", right.trim_end());
    let left = format!(
        "{left}{}",
        cut_left(
            &place,
            cells.saturating_sub(width(&left) + width(&right) + 1)
        )
    );
    let text = format!(
        "{}{right} ",
        fit(&left, cells.saturating_sub(width(&right) + 1))
    );
    frame.render_widget(Line::styled(text, theme::HEADER), area);
}

/// The most cells for the name of a tab.
const TAB_NAME: usize = 16;

/// Cells of the header that are kept for the path.
const PLACE: usize = 14;

/// Fewer cells than this are left to the path, and to what is marked.
const NARROW: usize = 60;

/// What the header says on the right, the most important part first; the last one stands first.
fn connection(state: &State) -> Vec<String> {
    let mut parts = Vec::new();
    if !state.is_connected {
        return parts;
    }
    match state.recycling {
        Recycling::Off => parts.push(tr!("NO RECYCLE BIN: deletes are final").to_owned()),
        Recycling::Unknown => parts.push(tr!("recycle bin: not known").to_owned()),
        Recycling::On => {}
    }
    match state.link.trip {
        _ if state.link.is_lost => parts.push(tr!("NO ANSWER").to_owned()),
        Some(trip) => parts.push(tr!("ok {time} ms", time = count(millis(trip)))),
        None => {}
    }
    let usage = state.link.usage;
    match (usage.used, usage.capacity) {
        (Some(used), Some(capacity)) => {
            let (used, all) = (bytes(used), bytes(capacity));
            parts.push(tr!("quota {used} of {all}", used, all));
        }
        (Some(used), None) => parts.push(tr!("{used} used", used = bytes(used))),
        (None, _) => {}
    }
    parts
}

fn millis(time: Duration) -> usize {
    usize::try_from(time.as_millis()).unwrap_or(usize::MAX)
}

/// Draws the line for messages, which is also where a filter is typed and small questions stand.
pub fn message(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = layout.message;
    let cells = usize::from(area.width);
    if layout.main.intersects(area) {
        // There is but one line, which is the list's as long as nothing is said.
        if !has_message(state) {
            return;
        }
        clear(frame, layout.all, area);
    }
    if let Some(prompt) = &state.prompt {
        typed::prompt(state, prompt, frame, area);
        return;
    }
    if let Some(letter) = state.places.awaits {
        frame.render_widget(letters(state, letter, cells), area);
        return;
    }
    if let Some(question) = &state.question
        && boxed_question(state).is_none()
    {
        frame.render_widget(one_line(state, question, cells), area);
        return;
    }
    if let Some(planning) = &state.planning {
        let items = counted(planning.items, "item");
        let text = if planning.asks() {
            tr!(
                " Working out the plan for {items} ... Esc drops it; nothing has been sent.",
                items
            )
        } else {
            tr!(" Working out the plan for {items} ...", items)
        };
        frame.render_widget(Line::raw(text), area);
        return;
    }
    told(state, frame, layout);
}

/// Draws what is going on, what was pressed or what was said, where nothing is typed.
fn told(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = layout.message;
    let cells = usize::from(area.width);
    if let Some(going) = &state.places.going {
        let path = printable(&going.to.to_string()).into_owned();
        let text = tr!(" Asking whether {path} is there. Esc stays here.", path);
        frame.render_widget(Line::raw(cut(&text, cells).into_owned()), area);
        return;
    }
    if let Some(gathering) = &state.fetches.gathering {
        let text = tr!(
            " Looking for what is to be fetched: {files} files, {size}. Esc stops.",
            files = count(gathering.files),
            size = bytes(gathering.bytes)
        );
        frame.render_widget(Line::raw(text), area);
        return;
    }
    if !state.pressed.is_empty() {
        let pressed = format!(" {} ...", spell(&state.pressed));
        frame.render_widget(Line::styled(pressed, theme::KEY), area);
        return;
    }
    if state.view == View::Help && state.notice.is_none() {
        typed::draw(
            frame,
            area,
            &typed::label(tr!("search")),
            &state.help.query,
            "",
        );
        return;
    }
    if let Some(notice) = state.notice.as_ref().filter(|_| layout.log.is_none()) {
        let style = match notice.tone {
            Tone::Plain => Style::new(),
            Tone::Trouble => theme::FAILED,
        };
        let text = printable(&notice.text).into_owned();
        frame.render_widget(
            Line::styled(format!(" {}", cut(&text, cells.saturating_sub(1))), style),
            area,
        );
    }
}

/// Whether the line for messages has anything to say.
fn has_message(state: &State) -> bool {
    state.prompt.is_some()
        || state.places.awaits.is_some()
        || state.question.is_some()
        || state.places.going.is_some()
        || state.fetches.gathering.is_some()
        || !state.pressed.is_empty()
        || state.view == View::Help
        || state.notice.is_some()
}

/// The letters that may follow `m` or `'`.
fn letters(state: &State, wanted: Letter, cells: usize) -> Line<'static> {
    let mut text = match wanted {
        Letter::Remember => tr!(" m   a to z: remember this folder under that letter").to_owned(),
        Letter::GoTo => tr!(" '   ' last folder").to_owned(),
    };
    for (letter, place) in &state.places.letters {
        let _ = write!(text, "   {letter} {}", printable(&place.to_string()));
    }
    Line::styled(cut(&text, cells).into_owned(), theme::KEY)
}

/// The smallest question: one file, one line.
fn one_line(state: &State, question: &Question, cells: usize) -> Line<'static> {
    let Ask::Delete { plan, kind, .. } = &question.ask else {
        return Line::default();
    };
    let Some(item) = plan.items.first() else {
        return Line::default();
    };
    let tail = match kind {
        JobKind::DeleteForever => tr!(" for ever? y/N"),
        _ if state.recycling == Recycling::On => {
            tr!(" to the bin? y/N   a: yes, and never ask this again")
        }
        _ => tr!(" to the bin? y/N"),
    };
    let tail = match tail.split_once("   ") {
        Some((short, _)) if cells < 100 => short,
        _ => tail,
    };
    let name = printable(item.path.name()).into_owned();
    let name = cut_middle(&name, cells.saturating_sub(width(tail) + 7)).into_owned();
    Line::from(vec![
        Span::raw(tr!(" Move ")),
        Span::styled(name, theme::MARKED),
        Span::styled(tail, theme::KEY),
    ])
}

/// Draws what is true now: the place in the list, the marks, the jobs.
pub fn facts(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = layout.status;
    let cells = usize::from(area.width);
    let mut left = format!(" {}", mode(state));
    if state.view == View::Browse {
        let listing = &state.browser.listing;
        let row = if listing.rows() == 0 {
            0
        } else {
            state.browser.cursor.row + 1
        };
        let _ = write!(left, "  {}/{}", count(row), count(listing.rows()));
        let size = state.browser.under_cursor().and_then(EntryRef::size);
        if let Some(size) = size.filter(|_| cells >= NARROW) {
            let _ = write!(left, "  {}", state.show.bytes(size));
        }
    }
    if state.view == View::Help {
        // The list has no room for long sentences.
        let lines = state.help.lines(&state.keymap);
        if let Some(line) = lines.get(state.help.cursor.row) {
            let _ = write!(left, "  {}", line.help());
        }
    }
    if let Some(rows) = state
        .browser
        .range_rows()
        .filter(|_| state.view == View::Browse)
    {
        let rows = count(rows.count());
        let range = if state.browser.is_unmarking {
            tr!("{rows} in the range to unmark", rows)
        } else {
            tr!("{rows} in the range", rows)
        };
        let _ = write!(left, "   {range}");
    }
    let marked = marked(state);
    let yanked = state
        .yanks
        .waiting
        .as_ref()
        .map_or_else(String::new, |yank| {
            let rows = count(yank.len());
            let yanked = match yank.kind {
                JobKind::Move => tr!("{rows} cut", rows),
                _ => tr!("{rows} yanked", rows),
            };
            format!("{yanked}   ")
        });
    let number = if state.count > 0 {
        format!("{}  ", state.count)
    } else {
        String::new()
    };
    let tabs = match state.tabs.count() {
        1 => String::new(),
        all => {
            let at = state.tabs.current() + 1;
            format!("   {}", tr!("{at}/{all} tabs", at, all))
        }
    };
    let name = printable(&state.browser.tab_name);
    let tabs = match name.as_ref() {
        "" => tabs,
        name => format!("{tabs}   {}", cut(name, TAB_NAME)),
    };
    // Where the panel is but a line, that says the same.
    let running = match layout.jobs {
        Some(panel) if panel.height == 1 => String::new(),
        _ => running(state),
    };
    let right = format!("{number}{yanked}{running}{tabs} ");
    let room = cells.saturating_sub(width(&right));
    let left = if marked.is_empty() {
        left
    } else {
        format!("{left}   ")
    };
    let spans = vec![
        Span::raw(cut(&left, room).into_owned()),
        Span::styled(
            fit(&marked, room.saturating_sub(width(&left))),
            if marked.is_empty() {
                theme::DIM
            } else {
                theme::MARKED
            },
        ),
        Span::raw(right),
    ];
    frame.render_widget(Line::from(spans), area);
}

/// How much is marked, and what of it a filter hides; empty where nothing is.
fn marked(state: &State) -> String {
    let totals = state.sizes.with_below(&state.marks);
    let mut marked = String::new();
    if totals.count > 0 {
        let number = tr!("{marked} marked", marked = count(totals.count));
        marked = match totals.size() {
            size if size.is_empty() => number,
            size => format!("{number}  {size}"),
        };
        if state.hidden_marks() > 0 {
            marked.push_str(&tr!(
                ", {hidden} hidden",
                hidden = count(state.hidden_marks())
            ));
        }
    }
    marked
}

fn mode(state: &State) -> &'static str {
    match state.view {
        _ if state.question.is_some() => tr!("ASK"),
        _ if state.form.is_some() => tr!("SRC"),
        _ if state.prompt.is_some() => typed_mode(state),
        View::Browse if state.browser.range.is_some() => tr!("RNG"),
        View::Browse => tr!("NOR"),
        View::Marks if state.marked.range.is_some() => tr!("RNG"),
        View::Marks => tr!("MRK"),
        View::Plan => tr!("PLAN"),
        View::Jobs => tr!("JOB"),
        View::Results => tr!("RES"),
        View::Past => tr!("UNDO"),
        View::Bin if state.bin.range.is_some() => tr!("RNG"),
        View::Bin => tr!("BIN"),
        View::Found
            if state
                .found
                .as_ref()
                .is_some_and(|found| found.range.is_some()) =>
        {
            tr!("RNG")
        }
        View::Found => tr!("FND"),
        View::Preview => tr!("PRE"),
        View::Compare => tr!("CMP"),
        View::Details => tr!("INF"),
        View::Libraries => tr!("LIB"),
        View::Help => tr!("HLP"),
    }
}

/// The same while a line is typed.
fn typed_mode(state: &State) -> &'static str {
    match state.prompt.as_ref().map(|prompt| &prompt.purpose) {
        Some(Purpose::Command) => tr!("CMD"),
        Some(Purpose::Path) => tr!("GO "),
        Some(purpose) if purpose.is_file() => tr!("FILE"),
        Some(purpose) if purpose.is_rule() => tr!("FLT"),
        _ => tr!("ASK"),
    }
}

/// The running job in a few words, for terminals without room for the panel.
fn running(state: &State) -> String {
    let Some(job) = state.jobs.running().next() else {
        return String::new();
    };
    let waiting = state.jobs.running().count() - 1;
    let waiting = if waiting > 0 {
        format!(" +{waiting}")
    } else {
        String::new()
    };
    let settled = job.tally.settled();
    let percent = jobs::percent(settled, job.spec.len());
    let stalled = job
        .progressed
        .or(job.started)
        .map(|at| state.now.duration_since(at).as_secs().max(0).unsigned_abs())
        .filter(|seconds| *seconds >= 15)
        .map_or_else(String::new, |seconds| {
            let time = duration(seconds);
            format!("  {}", tr!("waiting for server, {time}", time))
        });
    let stalled = if job.paused {
        format!("  {}", tr!("paused"))
    } else {
        stalled
    };
    let running = tr!("job {job} {percent}%", job = job.id, percent);
    format!("{running}{waiting}{stalled}")
}

/// Draws the most useful keys; those that can do nothing now are grey.
pub fn keys(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let cells = usize::from(area.width);
    if let Some((choices, at)) = state
        .prompt
        .as_ref()
        .and_then(|prompt| prompt.recall.choices.as_ref())
    {
        frame.render_widget(Line::from(candidates(choices, *at, cells)), area);
        return;
    }
    let more = if state.view == View::Help {
        String::new()
    } else {
        format!(" {} ", tr!("more"))
    };
    let for_more = if more.is_empty() { 0 } else { width(&more) + 1 };
    let mut spans = Vec::new();
    let mut used = 0;
    let mut add = |key: &str, text: &str, can: bool| {
        let room = width(key) + width(text) + 3;
        let fits = used + room + for_more < cells;
        if fits {
            used += room;
            let (for_key, for_text) = if can {
                (theme::KEY, Style::new())
            } else {
                (theme::DISABLED, theme::DISABLED)
            };
            spans.push(Span::styled(format!(" {key}"), for_key));
            spans.push(Span::styled(format!(" {text} "), for_text));
        }
        fits
    };
    if let Some(keys) = special(state) {
        for (key, text) in keys {
            add(key, text, true);
        }
        frame.render_widget(Line::from(spans), area);
        return;
    }
    let context = state.view.context();
    for binding in state.keymap.bindings(context) {
        let (Some(text), Some(keys)) = (&binding.bar, binding.keys.first()) else {
            continue;
        };
        let is_elsewhere = match (&binding.call, &state.found) {
            (Call::Action(action), Some(found)) => {
                state.view == View::Found
                    && action.is_about_copies()
                    && !matches!(found.catch, Catch::Duplicates(_))
            }
            _ => false,
        };
        if is_elsewhere {
            continue;
        }
        let can = match &binding.call {
            Call::Action(action) => availability(state, *action).is_ok(),
            Call::Line(_) => true,
        };
        if !add(&spell(keys), say(text), can) {
            break;
        }
    }
    if !matches!(context, Context::Browse | Context::Help) {
        add("Esc", tr!("back"), true);
    }
    let gap = cells.saturating_sub(used + for_more);
    spans.push(Span::raw(" ".repeat(gap)));
    if !more.is_empty() {
        spans.push(Span::styled("?", theme::KEY));
        spans.push(Span::raw(more));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What a line can become, from the present choice on.
fn candidates(choices: &[String], at: usize, cells: usize) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (number, choice) in choices.iter().enumerate().skip(at) {
        let word = printable(choice.split_once(' ').map_or(&**choice, |(_, rest)| rest));
        let room = width(&word) + 2;
        if used + room > cells {
            break;
        }
        used += room;
        let style = if number == at {
            theme::FOCUS
        } else {
            Style::new()
        };
        spans.push(Span::styled(word.into_owned(), style));
        spans.push(Span::raw("  "));
    }
    spans
}

/// A key and what it does.
type Choice = (&'static str, &'static str);

/// Keys of a line that is typed for this.
fn while_typing(purpose: &Purpose) -> Vec<Choice> {
    let enter = match purpose {
        Purpose::Filter { .. }
        | Purpose::Find { .. }
        | Purpose::Bin { .. }
        | Purpose::Results { .. }
        | Purpose::Marks { .. }
        | Purpose::Plan { .. } => tr!("keep"),
        Purpose::Mark => tr!("mark"),
        Purpose::Unmark => tr!("unmark"),
        Purpose::Search => tr!("search"),
        Purpose::TabName => tr!("name it"),
        Purpose::ListFile | Purpose::PlanFile | Purpose::Report(_) => tr!("write"),
        Purpose::Command
        | Purpose::Path
        | Purpose::NewFolder
        | Purpose::Name(_)
        | Purpose::Folder(_)
        | Purpose::Batch => tr!("do it"),
    };
    let is_find = matches!(purpose, Purpose::Find { .. });
    let mut keys = vec![
        ("Enter", enter),
        ("Esc", if is_find { tr!("back") } else { tr!("drop") }),
    ];
    if purpose.may_be_fuzzy() {
        keys.push(("Ctrl-t", tr!("fuzzy or not")));
    }
    let completes = purpose.is_rule() || purpose.is_local();
    if completes || matches!(purpose, Purpose::Command | Purpose::Path) {
        keys.push(("Tab", tr!("complete")));
    }
    match purpose {
        Purpose::Command => keys.push(("Up Down", tr!("earlier lines"))),
        Purpose::Find { .. } => keys.push(("Up Down", tr!("other hits"))),
        purpose if purpose.is_rule() => keys.push(("Up Down", tr!("move in the list"))),
        _ => {}
    }
    keys
}

/// Keys of what is open above the list.
fn special(state: &State) -> Option<Vec<Choice>> {
    if let Some(prompt) = state.prompt.as_ref().filter(|_| state.question.is_none()) {
        return Some(while_typing(&prompt.purpose));
    }
    if state.view == View::Help && state.question.is_none() {
        return Some(vec![
            (tr!("type"), tr!("to search")),
            ("Up Down", tr!("move")),
            ("Enter", tr!("do it")),
            ("Esc", tr!("back")),
        ]);
    }
    if state.form.is_some() {
        return Some(vec![
            ("Enter", tr!("search")),
            ("Tab", tr!("next field")),
            ("Esc", tr!("back")),
        ]);
    }
    let question = state.question.as_ref()?;
    if is_answerable(state) {
        Some(answers(question))
    } else {
        Some(vec![("Esc", tr!("back"))])
    }
}

/// The keys of an open question.
fn answers(question: &Question) -> Vec<Choice> {
    match (&question.ask, &question.answer) {
        (Ask::Quit, _) => vec![
            ("w", tr!("stay")),
            ("f", tr!("finish, then quit")),
            ("x", tr!("cancel and quit")),
            ("l", tr!("leave")),
            ("Esc", tr!("stay")),
        ],
        (Ask::CutOff(_), _) => vec![
            ("r", tr!("go on")),
            ("c", tr!("check, leave the rest")),
            ("x", tr!("drop")),
            ("Esc", tr!("later")),
        ],
        (Ask::Delete { .. }, Answer::Words { typed, .. }) if typed.value().is_empty() => vec![
            (tr!("type the words"), tr!("then Enter")),
            ("p", tr!("plan")),
            ("t", tr!("dry run")),
            ("Esc", tr!("back")),
        ],
        (Ask::Paste(paste), Answer::Buttons { .. }) if paste.replaceable() == 0 => {
            vec![
                ("k", tr!("keep both")),
                ("s", tr!("skip")),
                ("Esc", tr!("cancel")),
            ]
        }
        _ if question.wants_choice() => vec![
            ("k", tr!("keep both")),
            ("s", tr!("skip")),
            ("o", tr!("overwrite")),
            ("Esc", tr!("cancel")),
        ],
        (_, Answer::Words { .. }) => vec![
            (tr!("type the words"), tr!("then Enter")),
            ("Esc", tr!("back")),
        ],
        (Ask::Delete { .. }, _) if question.waits() => vec![
            ("w", tr!("type the words")),
            ("n Esc", tr!("no")),
            ("p", tr!("plan")),
            ("t", tr!("dry run")),
            ("j k", tr!("scroll")),
        ],
        (Ask::Delete { .. }, Answer::Buttons { .. }) => vec![
            ("y", tr!("yes")),
            ("n Esc", tr!("no")),
            ("p", tr!("plan")),
            ("t", tr!("dry run")),
            ("Tab", tr!("other button")),
            ("j k", tr!("scroll")),
        ],
        (Ask::Restore { .. }, Answer::Buttons { .. }) => vec![
            ("y", tr!("yes")),
            ("n Esc", tr!("no")),
            ("c", tr!("on a clash")),
            ("Tab", tr!("other button")),
            ("j k", tr!("scroll")),
        ],
        (_, Answer::Buttons { .. }) => vec![
            ("y", tr!("yes")),
            ("n Esc", tr!("no")),
            ("Tab", tr!("other button")),
            ("j k", tr!("scroll")),
        ],
    }
}
