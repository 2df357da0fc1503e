//! Times in a rule: `>90d`, `<2024-04-01`, `2023..2024-03`, `today`.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp, ToSpan as _};

use super::Viewpoint;
use crate::texts::tr;

/// The times from one on and before another; none leaves that side open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first that belongs to it.
    pub from: Option<Timestamp>,
    /// The first that no longer does.
    pub until: Option<Timestamp>,
}

/// What one word means.
#[derive(Clone, Copy)]
enum Moment {
    /// So long ago.
    Ago(Timestamp),
    /// A year, a month, a day, an hour, a minute or a second.
    Calendar(Timestamp, Timestamp),
}

impl Period {
    /// Whether a time lies in it.
    pub fn holds(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Reads what stands behind `mod:` and `cre:`. An age is compared as an age: `>90d` is older
    /// than 90 days. A date is compared as a date: `>2024` is after that year.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str, view: &Viewpoint) -> Result<Self, String> {
        if let Some((one, other)) = text.split_once("..") {
            return range(text, one, other, view);
        }
        let (sign, word) = comparison(text);
        let moment = moment(word, view)?;
        let after = |from| Self {
            from: Some(from),
            until: None,
        };
        let before = |until| Self {
            from: None,
            until: Some(until),
        };
        Ok(match (moment, sign) {
            (Moment::Ago(time), ">") => before(time),
            (Moment::Ago(time), ">=") => before(next(time)),
            (Moment::Ago(time), "<") => after(next(time)),
            (Moment::Ago(time), _) => after(time),
            (Moment::Calendar(start, _), "<") => before(start),
            (Moment::Calendar(_, end), "<=") => before(end),
            (Moment::Calendar(_, end), ">") => after(end),
            (Moment::Calendar(start, _), ">=") => after(start),
            (Moment::Calendar(start, end), _) => Self {
                from: Some(start),
                until: Some(end),
            },
        })
    }
}

fn range(text: &str, one: &str, other: &str, view: &Viewpoint) -> Result<Period, String> {
    let read = |word: &str| {
        let is_open = word.is_empty();
        (!is_open).then(|| moment(word, view)).transpose()
    };
    let (from, until) = match (read(one)?, read(other)?) {
        (None, None) => return Err(tr!("the range needs a time, such as 2023..2024-03").into()),
        // Ages grow backwards.
        (Some(Moment::Ago(time)), None) => (None, Some(next(time))),
        (None, Some(Moment::Ago(time))) => (Some(time), None),
        (Some(Moment::Ago(one)), Some(Moment::Ago(other))) => {
            (Some(one.min(other)), Some(next(one.max(other))))
        }
        (one, other) => (
            one.map(|moment| match moment {
                Moment::Ago(start) | Moment::Calendar(start, _) => start,
            }),
            other.map(|moment| match moment {
                Moment::Ago(end) | Moment::Calendar(_, end) => end,
            }),
        ),
    };
    match (from, until) {
        (Some(from), Some(until)) if from >= until => Err(tr!(
            "{text} ends before it begins: nothing lies between",
            text
        )),
        _ => Ok(Period { from, until }),
    }
}

fn next(time: Timestamp) -> Timestamp {
    time.checked_add(1.nanosecond()).unwrap_or(Timestamp::MAX)
}

/// The sign of a comparison, if one stands at the beginning, and the rest.
pub fn comparison(text: &str) -> (&str, &str) {
    let signs = [">=", "<=", ">", "<", "="];
    let sign = signs.iter().find(|sign| text.starts_with(*sign));
    text.split_at(sign.map_or(0, |sign| sign.len()))
}

fn moment(word: &str, view: &Viewpoint) -> Result<Moment, String> {
    let now = view.now.to_zoned(view.zone.clone());
    let calendar = |start: DateTime, length: Span| {
        let instant = |time: DateTime| {
            let zoned = view.zone.to_zoned(time);
            zoned.map(|zoned| zoned.timestamp()).ok()
        };
        let end = start.checked_add(length).ok()?;
        Some(Moment::Calendar(instant(start)?, instant(end)?))
    };
    let today = now.date().to_datetime(Time::midnight());
    let found = match word {
        "today" => calendar(today, 1.day()),
        "yesterday" => today
            .checked_sub(1.day())
            .ok()
            .and_then(|start| calendar(start, 1.day())),
        _ => {
            if let Some(length) = age(word)? {
                let then = now.checked_sub(length).ok();
                then.map(|then| Moment::Ago(then.timestamp()))
            } else {
                date_of(word).and_then(|(start, length)| calendar(start, length))
            }
        }
    };
    found.ok_or_else(|| {
        tr!(
            "'{word}' is no time; write 90d, 2024, 2024-04, 2024-04-01, 2024-04-01T12:30 or today",
            word
        )
    })
}

/// `90d` and its kin; none for what does not look like an age.
fn age(word: &str) -> Result<Option<Span>, String> {
    let end = word
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(word.len());
    let (number, unit) = word.split_at(end);
    let is_age = !number.is_empty() && unit.starts_with(|c: char| c.is_ascii_alphabetic());
    let Some(number) = number.parse::<i64>().ok().filter(|_| is_age) else {
        return Ok(None);
    };
    let span = match unit {
        "s" => Span::new().try_seconds(number),
        "min" => Span::new().try_minutes(number),
        "h" => Span::new().try_hours(number),
        "d" => Span::new().try_days(number),
        "w" => Span::new().try_weeks(number),
        "mo" => Span::new().try_months(number),
        "y" => Span::new().try_years(number),
        "m" => {
            return Err(tr!(
                "write {number}mo for months or {number}min for minutes",
                number
            ));
        }
        _ => return Ok(None),
    };
    Ok(span.ok())
}

/// When a date begins and how long what it names lasts.
fn date_of(word: &str) -> Option<(DateTime, Span)> {
    let (day, time) = match word.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (word, None),
    };
    let parts: Vec<i16> = numbers(day, '-')?;
    let (start, length) = match *parts.as_slice() {
        [year] if day.len() == 4 => ((year, 1, 1), 1.year()),
        [year, month] => ((year, month, 1), 1.month()),
        [year, month, day] => ((year, month, day), 1.day()),
        _ => return None,
    };
    let (year, month, day) = start;
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let start = Date::new(year, month, day).ok()?;
    let Some(time) = time else {
        return Some((start.to_datetime(Time::midnight()), length));
    };
    let clock: Vec<i16> = numbers(time, ':')?;
    let (hour, minute, second, length) = match *clock.as_slice() {
        [hour] => (hour, 0, 0, 1.hour()),
        [hour, minute] => (hour, minute, 0, 1.minute()),
        [hour, minute, second] => (hour, minute, second, 1.second()),
        _ => return None,
    };
    if parts.len() < 3 {
        return None;
    }
    let small = |number: i16| i8::try_from(number).ok();
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    Some((start.to_datetime(time), length))
}

fn numbers(text: &str, sign: char) -> Option<Vec<i16>> {
    text.split(sign)
        .map(|part| {
            let is_plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| is_plain)
        })
        .collect()
}
