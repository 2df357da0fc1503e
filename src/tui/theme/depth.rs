//! How many colours a terminal has, and which of them is nearest to one of a theme.

use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Those that its user has chosen.
    Sixteen,
    /// The usual palette.
    Palette,
    /// All of them.
    True,
}

impl Depth {
    /// The nearest colour that a terminal of this kind has.
    pub(super) fn nearest(self, color: Color) -> Color {
        match (color, self) {
            (Color::Rgb(r, g, b), Self::Palette) => Color::Indexed(nearest_of_256([r, g, b])),
            (Color::Rgb(r, g, b), Self::Sixteen) => Color::Indexed(nearest_of_16([r, g, b])),
            (color, _) => color,
        }
    }
}

/// The colours 16 to 255 are the same everywhere: a cube of six steps and a ladder of greys.
pub(super) fn value_of_256(number: u8) -> [u8; 3] {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match number.checked_sub(16) {
        None => SIXTEEN_VALUES[usize::from(number)],
        Some(cube @ 0..216) => [cube / 36, cube / 6 % 6, cube % 6].map(|at| STEPS[usize::from(at)]),
        Some(grey) => [8 + (grey - 216) * 10; 3],
    }
}

/// What xterm shows for the sixteen.
const SIXTEEN_VALUES: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn nearest_of_256(color: [u8; 3]) -> u8 {
    nearest(color, 16..=255)
}

fn nearest_of_16(color: [u8; 3]) -> u8 {
    nearest(color, 0..=15)
}

fn nearest(color: [u8; 3], among: impl Iterator<Item = u8>) -> u8 {
    let distance = |number: &u8| -> u32 {
        let other = value_of_256(*number);
        (0..3)
            .map(|part| u32::from(color[part].abs_diff(other[part])).pow(2))
            .sum()
    };
    among.min_by_key(distance).unwrap_or(0)
}
