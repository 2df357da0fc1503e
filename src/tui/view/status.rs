//! The lines below the list that say what just happened and what is true now.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::header::NARROW;
use super::{boxed_question, clear, jobs, theme, typed};
use crate::domain::entries::EntryRef;
use crate::domain::format::{
    bytes, count, counted, cut, cut_middle, duration, fit, printable, width,
};
use crate::domain::job::JobKind;
use crate::texts::tr;
use crate::tui::keymap::spell;
use crate::tui::layout::Layout;
use crate::tui::state::places::Letter;
use crate::tui::state::prompt::Purpose;
use crate::tui::state::question::{Ask, Question};
use crate::tui::state::{Recycling, State, Tone, View};

/// The most cells for the name of a tab.
const TAB_NAME: usize = 16;

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
