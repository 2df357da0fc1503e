//! How far a walk has come, on standard error where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A number that grows.
pub struct Count(ProgressBar);

impl Count {
    /// Nothing yet; `what` follows the number.
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// It has come to this.
    pub fn reach(&self, number: usize) {
        self.0.set_position(number as u64);
    }

    /// Writes something else without leaving a trace of the number in it.
    pub fn hidden(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
