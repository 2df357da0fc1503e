//! Colours, from the sixteen that every terminal has and its user has chosen. No state is told by
//! colour alone: each has a sign or a word too.

use ratatui::style::{Color, Modifier, Style};

pub const BORDER: Style = Style::new().fg(Color::DarkGray);
pub const TITLE: Style = Style::new().fg(Color::Reset).add_modifier(Modifier::BOLD);
pub const CURRENT: Style = Style::new().add_modifier(Modifier::REVERSED);
pub const DIM: Style = Style::new().add_modifier(Modifier::DIM);
pub const DIRECTORY: Style = Style::new().fg(Color::Blue).add_modifier(Modifier::BOLD);
pub const LINK: Style = Style::new().fg(Color::Cyan);
pub const MARKED: Style = Style::new().fg(Color::Green).add_modifier(Modifier::BOLD);
pub const LEAVING: Style = Style::new().fg(Color::Yellow);
pub const FAILED: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
pub const PROTECTED: Style = Style::new().fg(Color::Magenta);
pub const HEADER: Style = Style::new().add_modifier(Modifier::REVERSED);
pub const KEY: Style = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
pub const DANGER: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
pub const FOCUS: Style = Style::new()
    .add_modifier(Modifier::REVERSED)
    .add_modifier(Modifier::BOLD);
