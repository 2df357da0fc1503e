//! Colours by role. Panes paint roles; [`Look::paint`] turns them into what the terminal can show,
//! once per frame and in one place.

pub mod depth;

use std::collections::BTreeMap;
use std::str::FromStr;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use strum::{EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use toml::Spanned;

pub use self::depth::Depth;
use crate::config::written::{self, Fault, did_you_mean};

/// What a piece of the screen is. Its word is its name in a theme.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    EnumCount,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Whatever has no other role.
    Text,
    /// Less important than what is around it.
    Dim,
    /// A key that cannot work now.
    Disabled,
    /// Lines around panes.
    Border,
    /// Titles of panes.
    Title,
    /// A folder.
    Directory,
    /// A symbolic link.
    Link,
    /// Marked, in a range, or a running job.
    Marked,
    /// A job works on it.
    Leaving,
    /// It has failed.
    Failed,
    /// It may not be deleted.
    Protected,
    /// A key to press.
    Key,
    /// A question whose yes is final.
    Danger,
    /// The letters that a search has found.
    Hit,
    /// The row under the cursor.
    Current,
    /// The first line.
    Header,
    /// The button in focus.
    Focus,
}

/// Roles are painted as colours of the 256, from this one on; panes use none of them otherwise.
const FIRST: u8 = 128;

impl Role {
    /// A style that stands for the role until the frame is painted.
    pub const fn style(self) -> Style {
        let color = Color::Indexed(FIRST + self as u8);
        match self {
            // These lie under the text, which may have roles of its own.
            Self::Current | Self::Header | Self::Focus => Style::new().bg(color),
            _ => Style::new().fg(color),
        }
    }

    fn of(color: Color) -> Option<Self> {
        let Color::Indexed(number) = color else {
            return None;
        };
        Self::iter().nth(usize::from(number.checked_sub(FIRST)?))
    }
}

/// A style for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme([Style; Role::COUNT]);

/// The themes of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum BuiltIn {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// Without colours.
    Mono,
}

impl BuiltIn {
    /// Its text, which is also what a theme of one's own begins with.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Dark => include_str!("../../assets/themes/dark.toml"),
            Self::Light => include_str!("../../assets/themes/light.toml"),
            Self::Mono => include_str!("../../assets/themes/mono.toml"),
        }
    }
}

const SIXTEEN: &str = include_str!("../../assets/themes/sixteen.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a file has a word for each attribute"
)]
struct Written {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underlined: bool,
    #[serde(default)]
    reversed: bool,
}

impl Theme {
    /// The theme with the roles of `text` over it.
    ///
    /// # Errors
    /// A role or a word that does not exist, or a colour that is none, with its line.
    pub fn with(mut self, text: &str) -> Result<Self, Fault> {
        let written: BTreeMap<Spanned<String>, Written> = written::read(text)?;
        for (name, role) in &written {
            let known = || Role::iter().map(<&'static str>::from);
            let Ok(found) = Role::from_str(name.as_ref()) else {
                let word = name.as_ref();
                return Err(Fault {
                    line: written::line_at(text, name.span().start),
                    message: format!("there is no role '{word}'{}", did_you_mean(word, known())),
                });
            };
            self.0[found as usize] = role.style(text)?;
        }
        Ok(self)
    }

    /// All that is wrong with roles of one's own, by line. The parser stops at the first mistake: each
    /// line that has one is left out, and the rest read again.
    pub fn faults(text: &str) -> Vec<Fault> {
        let mut lines: Vec<&str> = text.lines().collect();
        let mut faults: Vec<Fault> = Vec::new();
        while let Err(fault) = Self::built_in(SIXTEEN).with(&lines.join("\n")) {
            let wrong = lines.get_mut(fault.line - 1);
            faults.push(fault);
            // A table without its head would only be mistaken for another one.
            match wrong {
                Some(wrong) if !wrong.is_empty() && !wrong.trim_start().starts_with('[') => {
                    *wrong = "";
                }
                _ => break,
            }
        }
        faults.sort_by_key(|fault| fault.line);
        faults
    }

    fn built_in(text: &str) -> Self {
        Self([Style::new(); Role::COUNT])
            .with(text)
            .expect("the themes of the program are read by a test")
    }

    /// The same in the nearest colours that a terminal has.
    fn in_colors_of(mut self, depth: Depth) -> Self {
        for style in &mut self.0 {
            style.fg = style.fg.map(|color| depth.nearest(color));
            style.bg = style.bg.map(|color| depth.nearest(color));
        }
        self
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.0[role as usize]
    }
}

impl Written {
    fn style(&self, text: &str) -> Result<Style, Fault> {
        let color = |written: &Option<Spanned<String>>| {
            match written {
            None => Ok(None),
            Some(written) => written.as_ref().parse().map(Some).map_err(|_| Fault {
                line: written::line_at(text, written.span().start),
                message: format!(
                    "'{}' is no colour: write \"#rrggbb\", a number from 0 to 255, or a name such as \"light blue\"",
                    written.as_ref()
                ),
            }),
        }
        };
        let mut modifier = Modifier::empty();
        for (is_set, one) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ] {
            modifier.set(one, is_set);
        }
        Ok(Style {
            fg: color(&self.fg)?,
            bg: color(&self.bg)?,
            add_modifier: modifier,
            ..Style::new()
        })
    }
}

/// What panes are framed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borders {
    /// Box lines.
    Lines,
    /// `+`, `-` and `|`.
    Ascii,
    /// Nothing.
    Blank,
}

/// How everything looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The built-in theme that is shown.
    pub shown: BuiltIn,
    theme: Theme,
    /// The user's own roles.
    own: String,
    depth: Depth,
    borders: Borders,
}

impl Default for Look {
    fn default() -> Self {
        let theme = Theme::built_in(SIXTEEN);
        Self {
            shown: BuiltIn::Dark,
            theme,
            own: String::new(),
            depth: Depth::Sixteen,
            borders: Borders::Lines,
        }
    }
}

impl Look {
    /// A look with the user's own roles over the theme.
    ///
    /// # Errors
    /// Those of [`Theme::with`].
    pub fn new(shown: BuiltIn, own: &str, depth: Depth, borders: Borders) -> Result<Self, Fault> {
        let built_in = match (shown, depth) {
            (BuiltIn::Dark | BuiltIn::Light, Depth::Sixteen) => SIXTEEN,
            _ => shown.text(),
        };
        Ok(Self {
            shown,
            // Once, not for each cell of each frame.
            theme: Theme::built_in(built_in).with(own)?.in_colors_of(depth),
            own: own.to_owned(),
            depth,
            borders,
        })
    }

    /// The same with another theme.
    #[must_use]
    pub fn showing(&self, theme: BuiltIn) -> Self {
        Self::new(theme, &self.own, self.depth, self.borders).unwrap_or_else(|_| self.clone())
    }

    /// The same with borders that every terminal draws one cell wide.
    #[must_use]
    pub fn without_lines(&self) -> Self {
        let borders = match self.borders {
            Borders::Lines => Borders::Ascii,
            other => other,
        };
        Self {
            borders,
            ..self.clone()
        }
    }

    /// Whether pictures may be made of half blocks: not where there is but ASCII, nor where the screen
    /// is heard.
    pub fn has_blocks(&self) -> bool {
        self.borders == Borders::Lines
    }

    /// Turns the roles in a frame into colours, and its borders into what they should be.
    pub fn paint(&self, buffer: &mut Buffer) {
        for cell in &mut buffer.content {
            let (above, below) = (Role::of(cell.fg), Role::of(cell.bg));
            // Questions are framed in the colours of their titles.
            let is_frame = matches!(above, Some(Role::Border | Role::Danger | Role::Title));
            if self.borders != Borders::Lines && is_frame {
                self.frame(cell);
            }
            if self.borders == Borders::Ascii && cell.symbol() == "␣" {
                cell.set_symbol("_");
            }
            let has_no_role = above.is_none() && cell.fg == Color::Reset && below.is_none();
            let above = above.or(has_no_role.then_some(Role::Text));
            if above.is_none() && below.is_none() {
                continue;
            }
            let mut style = below.map_or(Style::new(), |role| self.theme.style(role));
            if let Some(role) = above {
                let over = self.theme.style(role);
                style = style.patch(Style {
                    bg: over.bg.filter(|_| below.is_none()),
                    ..over
                });
            }
            if above.is_some() || cell.fg == Color::Reset {
                cell.fg = style.fg.unwrap_or(Color::Reset);
            }
            if below.is_some() || cell.bg == Color::Reset {
                cell.bg = style.bg.unwrap_or(Color::Reset);
            }
            cell.modifier |= style.add_modifier;
        }
    }

    fn frame(&self, cell: &mut Cell) {
        let symbol = match (self.borders, cell.symbol()) {
            (Borders::Blank, "│" | "─" | "┌" | "┐" | "└" | "┘") => " ",
            (Borders::Ascii, "│") => "|",
            (Borders::Ascii, "─") => "-",
            (Borders::Ascii, "┌" | "┐" | "└" | "┘") => "+",
            _ => return,
        };
        cell.set_symbol(symbol);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Backgrounds that terminals really have: the darkest and the lightest of each side.
    const DARK: [&str; 3] = ["#000000", "#1e1e2e", "#2e3440"];
    const LIGHT: [&str; 3] = ["#ffffff", "#fdf6e3", "#eee8d5"];
    const ENOUGH: f64 = 4.5;

    fn rgb(color: Color) -> [u8; 3] {
        match color {
            Color::Rgb(r, g, b) => [r, g, b],
            Color::Indexed(number) => depth::value_of_256(number),
            other => panic!("{other} has no value of its own"),
        }
    }

    /// WCAG 2.1, relative luminance.
    fn luminance(color: Color) -> f64 {
        let [r, g, b] = rgb(color).map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn both_themes_can_be_read_on_every_background_and_on_the_current_row() {
        for (theme, backgrounds) in [(BuiltIn::Dark, DARK), (BuiltIn::Light, LIGHT)] {
            for depth in [Depth::True, Depth::Palette] {
                let look = Look::new(theme, "", depth, Borders::Lines).unwrap();
                let current = look.theme.style(Role::Current).bg.unwrap();
                for role in Role::iter() {
                    let style = look.theme.style(role);
                    let mut under: Vec<Color> = match style.bg {
                        Some(own) => vec![own],
                        None => backgrounds.map(|text| text.parse().unwrap()).to_vec(),
                    };
                    if style.bg.is_none() {
                        under.push(current);
                    }
                    let Some(fg) = style.fg else { continue };
                    for bg in under {
                        let found = contrast(fg, depth.nearest(bg));
                        assert!(
                            found >= ENOUGH,
                            "{theme:?} {depth:?} {role:?} on {bg}: {found:.2}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn without_colours_there_is_none() {
        let look = Look::new(BuiltIn::Mono, "", Depth::True, Borders::Lines).unwrap();
        for role in Role::iter() {
            let style = look.theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn every_theme_says_something_about_every_role() {
        for text in [
            BuiltIn::Dark.text(),
            BuiltIn::Light.text(),
            BuiltIn::Mono.text(),
            SIXTEEN,
        ] {
            let written: BTreeMap<String, Written> = toml::from_str(text).unwrap();
            assert_eq!(written.len(), Role::COUNT);
            Theme::built_in(text);
        }
    }

    #[test]
    fn all_mistakes_are_told_with_their_lines_and_the_words_that_were_meant() {
        let text = "markd = { fg = 'red' }\ndim = { fg = 'grey' }\nkey = { bld = true }\nhit = { fg = 'rde' }";
        let faults: Vec<String> = Theme::faults(text).iter().map(Fault::to_string).collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert_eq!(
            faults[0],
            "line 1: there is no role 'markd'; did you mean 'marked'?"
        );
        assert!(faults[1].starts_with("line 3: unknown field"), "{faults:?}");
        assert!(faults[1].ends_with("did you mean 'bold'?"), "{faults:?}");
        assert!(
            faults[2].starts_with("line 4: 'rde' is no colour"),
            "{faults:?}"
        );
    }

    #[test]
    fn roles_of_ones_own_lie_over_the_theme_and_mistakes_have_their_line() {
        let own = "# mine\nmarked = { fg = \"#ff00ff\", italic = true }\n";
        let look = Look::new(BuiltIn::Dark, own, Depth::True, Borders::Lines).unwrap();
        assert_eq!(
            look.theme.style(Role::Marked).fg,
            Some(Color::Rgb(255, 0, 255))
        );
        let look = look.showing(BuiltIn::Light);
        assert_eq!(
            look.theme.style(Role::Marked).fg,
            Some(Color::Rgb(255, 0, 255))
        );
        let fault = |own| Look::new(BuiltIn::Dark, own, Depth::True, Borders::Lines).unwrap_err();
        assert_eq!(
            fault("\nmarkd = {}").to_string(),
            "line 2: there is no role 'markd'; did you mean 'marked'?"
        );
        assert!(
            fault("marked = { fg = 'purpel' }")
                .message
                .contains("'purpel' is no colour")
        );
        assert!(fault("marked = { blink = true }").message.contains("blink"));
    }

    #[test]
    fn the_text_above_a_row_keeps_its_colour_and_the_row_its_ground() {
        let look = Look::new(BuiltIn::Dark, "", Depth::True, Borders::Ascii).unwrap();
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 3, 1));
        buffer[(0, 0)].set_style(Role::Current.style().patch(Role::Marked.style()));
        buffer[(1, 0)]
            .set_symbol("│")
            .set_style(Role::Border.style());
        buffer[(2, 0)].set_symbol("│");
        look.paint(&mut buffer);
        assert_eq!(Some(buffer[(0, 0)].fg), look.theme.style(Role::Marked).fg);
        assert_eq!(Some(buffer[(0, 0)].bg), look.theme.style(Role::Current).bg);
        assert_eq!(buffer[(1, 0)].symbol(), "|");
        assert_eq!(buffer[(2, 0)].symbol(), "│", "names are not changed");
    }
}
