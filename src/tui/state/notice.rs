//! What just happened, in one line.

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
