//! The command line while it is being typed, and the lines that were typed before.

use tui_input::Input;

/// Lines that are remembered; older ones are forgotten first.
const KEPT: usize = 500;

/// The line after `:`.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// What was typed.
    pub input: Input,
    /// Why it could not be understood.
    pub complaint: Option<String>,
    /// What it can become, and which of that it is now; while Tab is being pressed.
    pub choices: Option<(Vec<String>, usize)>,
    /// How far back in the history, and what had been typed before going there.
    back: Option<(usize, String)>,
}

impl CommandLine {
    /// Shows a line before the present one; with nothing older, the same.
    pub fn older(&mut self, history: &[String]) {
        let typed = match &self.back {
            None => self.input.value().to_owned(),
            Some((_, typed)) => typed.clone(),
        };
        let steps = self.back.as_ref().map_or(0, |(steps, _)| *steps);
        let older = (steps + 1..=history.len())
            .find(|steps| history[history.len() - steps].starts_with(&typed));
        if let Some(steps) = older {
            self.input = Input::new(history[history.len() - steps].clone());
            self.back = Some((steps, typed));
        }
    }

    /// Shows a line after the present one; behind the latest, what had been typed.
    pub fn newer(&mut self, history: &[String]) {
        let Some((steps, typed)) = self.back.take() else {
            return;
        };
        let newer = (1..steps)
            .rev()
            .find(|steps| history[history.len() - steps].starts_with(&typed));
        match newer {
            Some(steps) => {
                self.input = Input::new(history[history.len() - steps].clone());
                self.back = Some((steps, typed));
            }
            None => self.input = Input::new(typed),
        }
    }

    /// Forgets what Tab and the history were doing: something was typed.
    pub fn typed(&mut self) {
        self.choices = None;
        self.back = None;
        self.complaint = None;
    }
}

/// Puts a line behind the others, once.
pub fn remember(history: &mut Vec<String>, line: &str) {
    history.retain(|known| known != line);
    history.push(line.to_owned());
    if history.len() > KEPT {
        history.drain(..history.len() - KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_keeps_to_lines_with_the_same_beginning_and_returns_to_what_was_typed() {
        let mut history = Vec::new();
        for line in ["theme light", "sort size", "theme dark", "sort size"] {
            remember(&mut history, line);
        }
        assert_eq!(history, ["theme light", "theme dark", "sort size"]);
        let mut line = CommandLine {
            input: Input::new("th".into()),
            ..CommandLine::default()
        };
        let mut shown = Vec::new();
        for older in [true, true, true, false, false, false] {
            if older {
                line.older(&history);
            } else {
                line.newer(&history);
            }
            shown.push(line.input.value().to_owned());
        }
        let (light, dark) = ("theme light", "theme dark");
        assert_eq!(shown, [dark, light, light, dark, "th", "th"]);
    }
}
