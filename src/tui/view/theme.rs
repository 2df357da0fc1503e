//! The roles that panes paint; what they look like is for the theme to say. No state is told by
//! colour alone: each has a sign or a word too.

use ratatui::style::Style;

use crate::tui::theme::Role;

pub const BORDER: Style = Role::Border.style();
pub const TITLE: Style = Role::Title.style();
pub const CURRENT: Style = Role::Current.style();
pub const DIM: Style = Role::Dim.style();
pub const DISABLED: Style = Role::Disabled.style();
pub const DIRECTORY: Style = Role::Directory.style();
pub const LINK: Style = Role::Link.style();
pub const MARKED: Style = Role::Marked.style();
pub const LEAVING: Style = Role::Leaving.style();
pub const FAILED: Style = Role::Failed.style();
pub const PROTECTED: Style = Role::Protected.style();
pub const HIT: Style = Role::Hit.style();
pub const HEADER: Style = Role::Header.style();
pub const KEY: Style = Role::Key.style();
pub const DANGER: Style = Role::Danger.style();
pub const FOCUS: Style = Role::Focus.style();
