//! In which way the terminal shows pictures, as far as the environment tells.
//!
//! The terminal itself is not asked: one that stays silent would cost seconds, and an answer that
//! comes late would be taken for keys.

use ratatui_image::picker::{Picker, ProtocolType};

/// A wish of the user's about pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// As well as the terminal can, as far as it is known.
    #[default]
    Auto,
    /// None.
    Off,
    /// By the protocol of kitty.
    Kitty,
    /// By that of iTerm2.
    Iterm2,
    /// As sixels.
    Sixel,
    /// As characters with two colours, which every terminal can.
    Blocks,
}

impl std::str::FromStr for Pictures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "off" => Self::Off,
            "kitty" => Self::Kitty,
            "iterm2" => Self::Iterm2,
            "sixel" => Self::Sixel,
            "blocks" => Self::Blocks,
            _ => return Err("auto, off, kitty, iterm2, sixel or blocks is wanted".into()),
        })
    }
}

/// What the environment says about the terminal, by the name of a variable.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How pictures are drawn; none if they are not. `cell` is the width and height of a character in
/// pixels, where the terminal tells: without it no protocol of pixels can be used. There are no
/// half blocks without `blocks`.
pub fn picker(
    pictures: Pictures,
    variable: Variable<'_>,
    cell: Option<(u16, u16)>,
    blocks: bool,
) -> Option<Picker> {
    let wanted = match pictures {
        Pictures::Off => return None,
        Pictures::Auto => by_environment(variable),
        Pictures::Kitty => ProtocolType::Kitty,
        Pictures::Iterm2 => ProtocolType::Iterm2,
        Pictures::Sixel => ProtocolType::Sixel,
        Pictures::Blocks => ProtocolType::Halfblocks,
    };
    let Some(cell) = cell.filter(|_| wanted != ProtocolType::Halfblocks) else {
        return blocks.then(Picker::halfblocks);
    };
    #[expect(deprecated, reason = "what is to be used instead asks the terminal")]
    let mut picker = Picker::from_fontsize(cell.into());
    picker.set_protocol_type(wanted);
    Some(picker)
}

fn by_environment(variable: Variable<'_>) -> ProtocolType {
    let is = |name: &str, wanted: &[&str]| {
        let value = variable(name).unwrap_or_default();
        wanted.iter().any(|wanted| value.starts_with(wanted))
    };
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    // A multiplexer passes nothing on unless it is told to, and its variables outlive terminals.
    if is_set("TMUX") || is_set("STY") || is_set("ZELLIJ") {
        ProtocolType::Halfblocks
    } else if is_set("KITTY_WINDOW_ID")
        || is("TERM", &["xterm-kitty", "xterm-ghostty"])
        || is("TERM_PROGRAM", &["ghostty"])
    {
        ProtocolType::Kitty
    } else if is("TERM_PROGRAM", &["iTerm", "WezTerm", "mintty", "vscode"])
        || is("LC_TERMINAL", &["iTerm2"])
        || is_set("KONSOLE_VERSION")
    {
        ProtocolType::Iterm2
    } else if is("TERM", &["foot", "mlterm", "contour", "yaft"]) {
        ProtocolType::Sixel
    } else {
        ProtocolType::Halfblocks
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn drawn_by(variables: &[(&str, &str)]) -> ProtocolType {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let picker = picker(Pictures::Auto, &variable, Some((9, 18)), true);
        picker.unwrap().protocol_type()
    }

    #[test]
    fn the_environment_tells_what_the_terminal_can() {
        assert_eq!(drawn_by(&[("TERM", "xterm-kitty")]), ProtocolType::Kitty);
        assert_eq!(
            drawn_by(&[("TERM_PROGRAM", "WezTerm")]),
            ProtocolType::Iterm2
        );
        assert_eq!(drawn_by(&[("TERM", "foot")]), ProtocolType::Sixel);
        assert_eq!(
            drawn_by(&[("TERM", "xterm-256color")]),
            ProtocolType::Halfblocks
        );
        assert_eq!(
            drawn_by(&[("KITTY_WINDOW_ID", "1"), ("TMUX", "/tmp/tmux")]),
            ProtocolType::Halfblocks
        );
    }

    #[test]
    fn without_the_size_of_a_cell_there_are_blocks() {
        let blocks = picker(Pictures::Kitty, &|_| None, None, true);
        assert_eq!(blocks.unwrap().protocol_type(), ProtocolType::Halfblocks);
        assert!(picker(Pictures::Off, &|_| None, Some((9, 18)), true).is_none());
    }

    #[test]
    fn what_has_but_ascii_shows_facts_in_the_place_of_blocks() {
        for pictures in [Pictures::Auto, Pictures::Blocks] {
            assert!(picker(pictures, &|_| None, Some((9, 18)), false).is_none());
        }
        let kitty = picker(Pictures::Kitty, &|_| None, Some((9, 18)), false);
        assert_eq!(kitty.unwrap().protocol_type(), ProtocolType::Kitty);
    }
}
