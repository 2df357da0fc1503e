//! The words that settings are chosen by.

use serde::Deserialize;

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnName {
    /// What the extension stands for.
    Type,
    /// Labels.
    Labels,
    /// Bytes.
    Size,
    /// When it last changed.
    Modified,
    /// When it was created.
    Created,
    /// Who made it.
    Owner,
}

/// The form of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimesName {
    /// By the clock of the user.
    Local,
    /// By the clock of the world.
    Utc,
    /// How long ago.
    Relative,
    /// With the distance from UTC.
    Iso,
}

/// The units of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitsName {
    /// Of 1,024 bytes.
    Binary,
    /// Of 1,000 bytes.
    Decimal,
    /// Single bytes.
    Bytes,
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeName {
    /// As the background of the terminal is.
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// No colours.
    Mono,
}

/// The language of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum LangName {
    /// As the locale says.
    #[serde(rename = "auto")]
    Auto,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}

/// How a user who looks elsewhere is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// As the terminal is known to like it, else by the bell.
    Auto,
    /// By the bell.
    Bell,
    /// By the sequence that iTerm2 began.
    Osc9,
    /// By the sequence that urxvt began.
    Osc777,
    /// Not at all.
    Off,
}
