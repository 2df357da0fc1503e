//! How lists are shown: which columns, times in which form, sizes in which units.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::format::{bytes, count, day};
use crate::texts::{later, tr, translated};

/// A column behind the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// What the extension stands for, or the kind.
    Type,
    /// Labels.
    Labels,
    /// Bytes.
    Size,
    /// When it last changed.
    Modified,
    /// When it was created or uploaded.
    Created,
    /// The id of who made it.
    Owner,
}

impl Column {
    /// All of them, in the order in which they stand.
    pub const ALL: [Self; 6] = [
        Self::Type,
        Self::Labels,
        Self::Size,
        Self::Modified,
        Self::Created,
        Self::Owner,
    ];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Type => translated(later!("# type")).unwrap_or("type"),
            Self::Labels => tr!("labels"),
            Self::Size => tr!("size"),
            Self::Modified => tr!("modified"),
            Self::Created => tr!("created"),
            Self::Owner => tr!("owner"),
        }
    }
}

/// The form of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// By the clock of the user.
    Local,
    /// By the clock of the world.
    Utc,
    /// How long ago.
    Relative,
    /// With date, time and the distance from UTC.
    Iso,
}

/// The units of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// 1,024 bytes are a KB.
    Binary,
    /// 1,000 bytes are a kB.
    Decimal,
    /// None: every byte is counted.
    Bytes,
}

/// How lists are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Show {
    /// The columns.
    pub columns: Vec<Column>,
    /// The form of times.
    pub times: Times,
    /// The units of sizes.
    pub units: Units,
    /// Whether names that begin with a dot are listed.
    pub dot_files: bool,
}

impl Default for Show {
    fn default() -> Self {
        Self {
            columns: vec![Column::Size, Column::Modified],
            times: Times::Local,
            units: Units::Binary,
            dot_files: true,
        }
    }
}

impl Show {
    /// Takes a column away, or puts it where it belongs.
    pub fn toggle(&mut self, column: Column) {
        let has = |columns: &[Column], other| columns.contains(&other);
        let before = std::mem::take(&mut self.columns);
        let all = Column::ALL.into_iter();
        let kept = all.filter(|other| has(&before, *other) != (*other == column));
        self.columns = kept.collect();
    }

    /// A size for people.
    pub fn bytes(&self, size: u64) -> String {
        match self.units {
            Units::Binary => bytes(size),
            Units::Decimal => decimal(size),
            Units::Bytes => usize::try_from(size).map_or_else(|_| size.to_string(), count),
        }
    }

    /// A time for people.
    pub fn time(&self, time: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        match self.times {
            Times::Local => day(time, now, zone),
            Times::Utc => day(time, now, &TimeZone::UTC),
            Times::Relative => ago(time, now),
            Times::Iso => {
                let time = time.to_zoned(zone.clone());
                time.strftime("%Y-%m-%dT%H:%M%:z").to_string()
            }
        }
    }

    /// Cells of a column, with the gap before it.
    pub fn width(&self, column: Column) -> usize {
        match column {
            Column::Type => 9,
            Column::Labels => 16,
            Column::Size if self.units == Units::Bytes => 20,
            Column::Size => 11,
            Column::Modified | Column::Created => match self.times {
                Times::Local | Times::Utc => 13,
                Times::Relative => 12,
                Times::Iso => 24,
            },
            Column::Owner => 10,
        }
    }

    /// What is not as people find it at first, in words.
    pub fn remark(&self) -> String {
        let usual = Self::default();
        let mut parts = Vec::new();
        if self.columns != usual.columns {
            let words: Vec<&str> = self.columns.iter().map(|column| column.word()).collect();
            parts.push(tr!("columns: {columns}", columns = words.join(" ")));
        }
        match self.times {
            Times::Local | Times::Relative | Times::Iso => {}
            Times::Utc => parts.push(tr!("times: UTC").to_owned()),
        }
        match self.units {
            Units::Binary | Units::Bytes => {}
            Units::Decimal => parts.push(tr!("units of 1,000").to_owned()),
        }
        parts.join("   ")
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn decimal(size: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if size < 1000 {
        return format!("{size} B");
    }
    let mut value = size as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 || value < 9.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// How long ago, in the largest unit that fits twice or once.
fn ago(time: Timestamp, now: Timestamp) -> String {
    let units = [
        (365 * 86_400, tr!("y")),
        (30 * 86_400, tr!("mo")),
        (86_400, tr!("d")),
        (3_600, tr!("h")),
        (60, tr!("min")),
        (1, tr!("s")),
    ];
    let seconds = now.duration_since(time).as_secs();
    let number = seconds.abs();
    let unit = units.iter().find(|(length, _)| number >= *length);
    match unit {
        Some((length, unit)) if seconds < 0 => {
            tr!("{number} {unit} ahead", number = number / length, unit)
        }
        Some((length, unit)) => tr!("{number} {unit} ago", number = number / length, unit),
        None => tr!("now").to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_said_as_wanted() {
        let mut show = Show::default();
        assert_eq!(show.bytes(4_300_000), "4.1 MB");
        show.units = Units::Decimal;
        assert_eq!(
            [1, 999, 1000, 4_300_000].map(|size| show.bytes(size)),
            ["1 B", "999 B", "1.0 kB", "4.3 MB"]
        );
        show.units = Units::Bytes;
        assert_eq!(show.bytes(4_300_000), "4,300,000");
        let now = "2026-01-15T12:00:00Z".parse().unwrap();
        let said = |show: &Show, time: &str| {
            let zone = TimeZone::fixed(jiff::tz::offset(8));
            show.time(time.parse().unwrap(), now, &zone)
        };
        assert_eq!(said(&show, "2026-01-03T09:20:00Z"), "01-03 17:20");
        show.times = Times::Utc;
        assert_eq!(said(&show, "2026-01-03T09:20:00Z"), "01-03 09:20");
        show.times = Times::Relative;
        assert_eq!(said(&show, "2026-01-03T09:20:00Z"), "12 d ago");
        assert_eq!(said(&show, "2023-01-03T09:20:00Z"), "3 y ago");
        assert_eq!(said(&show, "2026-01-15T12:00:00Z"), "now");
        assert_eq!(said(&show, "2026-01-15T12:01:00Z"), "1 min ahead");
        show.times = Times::Iso;
        assert_eq!(
            said(&show, "2026-01-03T09:20:00Z"),
            "2026-01-03T17:20+08:00"
        );
    }

    #[test]
    fn columns_come_and_go_in_their_order() {
        let mut show = Show::default();
        show.toggle(Column::Owner);
        show.toggle(Column::Type);
        show.toggle(Column::Size);
        assert_eq!(
            show.columns,
            [Column::Type, Column::Modified, Column::Owner]
        );
        assert_eq!(show.remark(), "columns: type modified owner");
        show.toggle(Column::Size);
        assert_eq!(show.columns.len(), 4);
    }
}
