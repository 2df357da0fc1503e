//! Marks and remembered folders on the shelf: written a while after they changed, read at the start.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Runtime;
use crate::keep::{Kept, Shelf};
use crate::tui::msg::Msg;
use crate::tui::state::State;

/// How long after a change marks are written.
const KEEP: Duration = Duration::from_secs(2);

impl Runtime {
    /// The same, and marks and remembered folders are kept on this shelf.
    #[must_use]
    pub fn keeping(mut self, place: Option<Arc<Shelf>>, state: &State) -> Self {
        self.shelf = place;
        self.kept = (state.marks.revision(), state.places.letters.clone());
        self
    }

    /// When what is to be kept should be written, if it is not what was kept last. Many marks take
    /// longer to copy, so they are written less often.
    pub(super) fn keep_due(&mut self, state: &State) -> Option<Instant> {
        if let Some(letters) = self.recalled.get()
            && self.kept.1.is_empty()
        {
            self.kept.1.clone_from(letters);
        }
        let is_kept = self.kept.0 == state.marks.revision() && self.kept.1 == state.places.letters;
        if self.shelf.is_none() || is_kept || state.is_recalling {
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
        if state.is_recalling && !has_marks {
            // What is there has not been offered yet.
            return None;
        }
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

    /// Reads what was kept, beside everything else: there may be a million marks.
    pub(super) fn recall(&self) {
        let (send, kept_on) = (self.send.clone(), self.shelf.clone());
        let letters = Arc::clone(&self.recalled);
        // Not a task of the runtime: the program does not wait for it when it is left.
        std::thread::spawn(move || {
            let kept = kept_on.and_then(|shelf| {
                shelf.load().unwrap_or_else(|error| {
                    tracing::error!(%error, "the marks of the session before cannot be read");
                    None
                })
            });
            if let Some(kept) = &kept {
                // Nobody else tells what is there.
                let _ = letters.set(kept.letters.clone());
            }
            let Kept { marks, letters, at } = kept.unwrap_or_default();
            // Nobody is watching any more.
            let _ = send.send(Msg::Recalled { marks, letters, at });
        });
    }
}
