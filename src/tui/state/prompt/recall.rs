//! Commands that were typed before, and what one can become while it is typed.

use crate::tui::state::typed::Typed;

/// Lines that are remembered; older ones are forgotten first.
const KEPT: usize = 500;

/// What the keys for completing and for earlier commands have come to.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    /// What the line can become, and which of that it is now; while Tab is being pressed.
    pub choices: Option<(Vec<String>, usize)>,
    /// How far back in the history, and what had been typed before going there.
    back: Option<(usize, String)>,
}

impl Recall {
    /// Writes a command before the present one; with nothing older, the same.
    pub fn older(&mut self, line: &mut Typed, history: &[String]) {
        let typed = match &self.back {
            None => line.value().to_owned(),
            Some((_, typed)) => typed.clone(),
        };
        let steps = self.back.as_ref().map_or(0, |(steps, _)| *steps);
        let older = (steps + 1..=history.len())
            .find(|steps| history[history.len() - steps].starts_with(&typed));
        if let Some(steps) = older {
            *line = Typed::new(history[history.len() - steps].as_str());
            self.back = Some((steps, typed));
        }
    }

    /// Writes a command after the present one; behind the latest, what had been typed.
    pub fn newer(&mut self, line: &mut Typed, history: &[String]) {
        let Some((steps, typed)) = self.back.take() else {
            return;
        };
        let newer = (1..steps)
            .rev()
            .find(|steps| history[history.len() - steps].starts_with(&typed));
        match newer {
            Some(steps) => {
                *line = Typed::new(history[history.len() - steps].as_str());
                self.back = Some((steps, typed));
            }
            None => *line = Typed::new(typed),
        }
    }

    /// Forgets what Tab and the history were doing: something was typed.
    pub fn typed(&mut self) {
        self.choices = None;
        self.back = None;
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
        let (mut recall, mut line) = (Recall::default(), Typed::new("th"));
        let mut shown = Vec::new();
        for older in [true, true, true, false, false, false] {
            if older {
                recall.older(&mut line, &history);
            } else {
                recall.newer(&mut line, &history);
            }
            shown.push(line.value().to_owned());
        }
        let (light, dark) = ("theme light", "theme dark");
        assert_eq!(shown, [dark, light, light, dark, "th", "th"]);
    }
}
