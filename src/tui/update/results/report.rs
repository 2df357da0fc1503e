//! What is typed for the results of a job, and what leaves the program of them: its filter, the
//! report, a reason for the clipboard.

use super::motion;
use crate::domain::format::printable;
use crate::domain::job::{Job, JobId};
use crate::domain::path::RemotePath;
use crate::domain::rule::{Complaint, Field, Rule, Viewpoint};
use crate::texts::{heard, tr};
use crate::tui::effect::{Effect, Told};
use crate::tui::msg::Ticket;
use crate::tui::state::prompt::{Prompt, Purpose};
use crate::tui::state::results::Row;
use crate::tui::state::typed::Typed;
use crate::tui::state::{State, View};

/// Opens the line for the filter, with the one that is set.
pub fn open_filter(state: &mut State) {
    let filter = state.results.filter.as_ref();
    let before = filter.map(|(text, _)| text.clone());
    let line = Typed::new(before.clone().unwrap_or_default());
    state.prompt = Some(Prompt::new(Purpose::Results { before }, line));
}

/// Opens the line for the name of a file for the report of a job.
pub fn open(state: &mut State, id: JobId, extension: &str) {
    let at = state.now.to_zoned(state.zone.clone());
    let at = at.strftime("%Y-%m-%d-%H%M%S");
    let line = Typed::proposing(format!("job-{id}-{at}.{extension}"));
    let remark = tr!(".json .csv .jsonl, else text");
    state.prompt = Some(Prompt::new(Purpose::Report(id), line).remarking(remark));
}

/// Filters by what was typed so far; the last filter that could be read stays.
pub fn apply_filter(state: &mut State) {
    let Some(prompt) = &state.prompt else { return };
    let text = prompt.line.value().to_owned();
    let complaint = set(state, &text);
    if let Some(prompt) = &mut state.prompt {
        prompt.complaint = complaint.err().map(|complaint| complaint.message);
    }
}

/// Goes back to the filter from before.
pub fn restore_filter(state: &mut State, before: Option<&str>) {
    // It could be read once, and so it can again.
    let _ = set(state, before.unwrap_or_default());
}

fn set(state: &mut State, text: &str) -> Result<(), Complaint> {
    let view = Viewpoint {
        here: RemotePath::root(),
        ..state.viewpoint()
    };
    let unknown = [
        Field::Modified,
        Field::Created,
        Field::Owner,
        Field::Label,
        Field::Copies,
        Field::Mark,
    ];
    let rule = Rule::parse_without(text, &view, &unknown, |word| {
        tr!("results do not tell {word}:", word)
    })?;
    state.results.filter = rule.map(|rule| (text.to_owned(), rule));
    if let Some(job) = state.results.job.and_then(|id| state.jobs.get(id)) {
        state.results.arrange(job);
    }
    if state.view == View::Results {
        motion::go(state, state.place().0.row);
    }
    Ok(())
}

/// The name was given: the report is written.
pub fn write(state: &mut State, id: JobId, file: &str) -> Vec<Effect> {
    let file = file.trim().to_owned();
    let Some(job) = state.jobs.get(id).filter(|_| !file.is_empty()) else {
        state.say(tr!("No name was given; nothing was written."));
        return Vec::new();
    };
    let told = Told(job.clone());
    let ticket = state.ticket();
    state.results.writing = Some(ticket);
    vec![Effect::WriteReport(ticket, file, Box::new(told))]
}

/// The report was written, or not.
pub fn written(state: &mut State, ticket: Ticket, file: &str, outcome: Result<usize, String>) {
    if state.results.writing == Some(ticket) {
        state.results.writing = None;
    }
    let file = printable(file);
    match outcome {
        Ok(items) => {
            let items = crate::domain::format::counted(items, "item");
            state.tell(
                tr!("{file} tells what became of {items}.", file, items),
                false,
            );
        }
        Err(why) => state.tell(
            tr!("{file} was not written: {why}.", file, why = heard(&why)),
            true,
        ),
    }
}

/// Why an item, or the items of a reason, came to their end, and which request told so.
pub fn reason(job: &Job, row: &Row) -> String {
    match row {
        Row::Item(index) => {
            let path = job.spec.path(*index);
            match job.outcomes.failure(*index) {
                Some(failure) => format!("{path}: {failure}"),
                None => path.to_string(),
            }
        }
        Row::Reason(reason, items) => {
            let ids = job.exchanges.iter();
            let ids: Vec<&str> = ids
                .filter_map(|exchange| exchange.request_id.as_deref())
                .collect();
            let items = crate::domain::format::counted(*items, "item");
            let words = reason.words(job.spec.kind());
            let mut text = tr!("job {job}: {items} {words}", job = job.id, items, words);
            if !ids.is_empty() {
                text.push_str(&tr!("   requests {ids}", ids = ids.join(", ")));
            }
            text
        }
    }
}
