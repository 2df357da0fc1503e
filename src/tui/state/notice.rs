//! What just happened, in one line.

use super::State;

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Plain,
    /// Something did not work.
    Trouble,
}

/// The one line that says what just happened; it goes with the next key.
#[derive(Clone, Debug)]
pub struct Notice {
    /// A sentence, safe to show.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// Whether it stays when the next key is pressed.
    pub stays: bool,
    /// Whether it was put among what was said.
    pub is_said: bool,
}

impl Notice {
    /// One that stays until the next one.
    pub fn told(text: String) -> Self {
        Self {
            text,
            tone: Tone::Plain,
            stays: true,
            is_said: false,
        }
    }
}

impl State {
    /// Says something.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice {
            text: text.into(),
            tone: Tone::Plain,
            stays: false,
            is_said: false,
        });
    }

    /// Tells how something ended that the user may not have watched: it stays until the next
    /// message.
    pub fn tell(&mut self, text: impl Into<String>, is_trouble: bool) {
        let tone = if is_trouble {
            Tone::Trouble
        } else {
            Tone::Plain
        };
        self.notice = Some(Notice {
            text: text.into(),
            tone,
            stays: true,
            is_said: false,
        });
    }

    /// Says that something did not work.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice {
            text: text.into(),
            tone: Tone::Trouble,
            stays: false,
            is_said: false,
        });
    }

    /// Puts what is said among what was said before.
    pub fn keep_said(&mut self) {
        if let Some(notice) = self.notice.as_mut().filter(|notice| !notice.is_said) {
            notice.is_said = true;
            let cells = usize::from(self.size.width.saturating_sub(2));
            self.said.add(&notice.text, notice.tone, cells);
        }
    }
}
