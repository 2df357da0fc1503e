//! Text for people: sizes, counts, times, and names made safe for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::texts::translated;

/// Bytes in units of 1,024: `512 B`, `88 KB`, `4.1 MB`, `640 MB`, `18.4 GB`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    // What would be shown as 1024 belongs to the next unit.
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = match unit {
        0 => 0,
        1 if value >= 9.95 => 0,
        _ => 1,
    };
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// A number with its thousands set apart: `4,210`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 item`, `1,271 items`: a number and its noun. The tables of languages have the noun as
/// `# item`, for it may be another word where no number stands before it.
pub fn counted(number: usize, noun: &str) -> String {
    if let Some(noun) = translated(&format!("# {noun}")) {
        return format!("{} {noun}", count(number));
    }
    format!(
        "{} {noun}{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}

/// Seconds as `0:22` or `1:02:09`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// The time of day of an event: `14:02:31`.
pub fn clock(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// A time in eleven cells, as near as it matters: `03-28 09:20` in the year of `now`, else
/// `2023-03-28 `.
pub fn day(time: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let time = time.to_zoned(zone.clone());
    if time.year() == now.to_zoned(zone.clone()).year() {
        time.strftime("%m-%d %H:%M").to_string()
    } else {
        time.strftime("%Y-%m-%d ").to_string()
    }
}

/// A name or message of somebody else, made safe for a terminal and honest to the eye.
///
/// Control characters, escape sequences, marks that turn the direction of writing, and characters
/// without a width are spelled out; blanks at the ends become visible. Selectors and joiners of
/// emoji are dropped, because terminals disagree about their width.
pub fn printable(text: &str) -> Cow<'_, str> {
    let plain = |c: char| (' '..='~').contains(&c) || ('\u{4e00}'..='\u{9fff}').contains(&c);
    if text.chars().all(plain) && !text.starts_with(' ') && !text.ends_with(' ') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    spell_out(text, |_, character| {
        shown.push_str(character);
    });
    Cow::Owned(shown)
}

/// The same, and where in it these bytes of the text have come to stand.
pub fn printable_with(text: &str, hits: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let mut shown = String::with_capacity(text.len() + 8);
    let mut moved = vec![0..0; hits.len()];
    spell_out(text, |at, character| {
        let start = shown.len();
        shown.push_str(character);
        for (hit, moved) in hits.iter().zip(&mut moved) {
            if hit.contains(&at) {
                moved.start = if *moved == (0..0) { start } else { moved.start };
                moved.end = shown.len();
            }
        }
    });
    (shown, moved)
}

/// What is shown of each character, and where in the text it begins.
fn spell_out(text: &str, mut show: impl FnMut(usize, &str)) {
    let first = text.len() - text.trim_start_matches(' ').len();
    let last = text.trim_end_matches(' ').len();
    let mut buffer = [0; 4];
    for (at, character) in text.char_indices() {
        match character {
            ' ' if at < first || at >= last => show(at, "␣"),
            '\0'..='\u{1f}' => {
                show(at, &format!("^{}", char::from(character as u8 + b'@')));
            }
            '\u{7f}' => show(at, "^?"),
            '\u{fe00}'..='\u{fe0f}' | '\u{200d}' => {}
            _ if is_deceptive(character) => show(at, &format!("<U+{:04X}>", character as u32)),
            _ => show(at, character.encode_utf8(&mut buffer)),
        }
    }
}

/// Characters that a terminal would obey, hide or use to reorder its line.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// The width of a text in terminal cells.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text cut to at most `cells`, with `~` where something is missing.
pub fn cut(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}~", &text[..head(text, cells)]))
}

/// How much of a text stays that is cut to `cells`, the sign of the cut among them.
fn head(text: &str, cells: usize) -> usize {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += width(cluster);
        if used + 1 > cells {
            return at;
        }
    }
    text.len()
}

/// A name or path cut to at most `cells`, with `~` in its middle: names that differ differ mostly
/// at their ends.
pub fn cut_middle(text: &str, cells: usize) -> Cow<'_, str> {
    match missing(text, cells) {
        None => Cow::Borrowed(text),
        Some(_) if cells == 0 => Cow::Borrowed(""),
        Some(gap) => Cow::Owned(format!("{}~{}", &text[..gap.start], &text[gap.end..])),
    }
}

/// The bytes of a name that give way when it is cut to `cells`, in its middle if there is room for
/// both ends; none if nothing has to. A `~` stands for them.
pub fn missing(text: &str, cells: usize) -> Option<Range<usize>> {
    if width(text) <= cells {
        return None;
    }
    let mut tail = text.len();
    if cells >= 8 {
        let mut used = 0;
        for (at, cluster) in text.grapheme_indices(true).rev() {
            used += width(cluster);
            if used > cells / 3 {
                break;
            }
            tail = at;
        }
    }
    Some(head(text, cells - width(&text[tail..]))..tail)
}

/// The end of a path: the part that differs from folder to folder.
pub fn cut_left(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut start = text.len();
    for (at, _) in text.char_indices().rev() {
        if width(&text[at..]) >= cells {
            break;
        }
        start = at;
    }
    format!("~{}", &text[start..])
}

/// The text in lines of at most `cells`, broken between words where there are words, and at most
/// `most` of them: the last one is cut.
pub fn wrap(text: &str, cells: usize, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while lines.len() + 1 < most && width(rest) > cells {
        let mut fitting = 0;
        let mut used = 0;
        for cluster in rest.graphemes(true) {
            used += width(cluster);
            if used > cells {
                break;
            }
            fitting += cluster.len();
        }
        if fitting == 0 {
            break;
        }
        let end = break_before(rest, fitting);
        lines.push(rest[..end].trim_end_matches(' ').to_owned());
        rest = rest[end..].trim_start_matches(' ');
    }
    if !rest.is_empty() {
        lines.push(cut(rest, cells).into_owned());
    }
    lines
}

/// Where a line ends that has room for the first `fitting` bytes of a text: at a blank, or between
/// Chinese characters, which need none; but no line begins with a sign that ends a phrase.
fn break_before(text: &str, fitting: usize) -> usize {
    let is_wide = |character| matches!(character, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}');
    let mut ends = text[..fitting].char_indices().rev().map(|(at, character)| {
        let end = at + character.len_utf8();
        (at, end, character, text[end..].chars().next())
    });
    let end = ends.find_map(|(at, end, last, next)| match next {
        Some(' ') => Some(end),
        _ if last == ' ' && at > 0 => Some(at),
        Some('，' | '。' | '：' | '；' | '？' | '！' | '、' | '）' | '】') => None,
        _ if matches!(last, '（' | '【') => None,
        Some(next) if is_wide(last) || is_wide(next) => Some(end),
        _ => None,
    });
    end.unwrap_or(fitting)
}

/// The text in exactly `cells`: cut, or filled with blanks on the right.
pub fn fit(text: &str, cells: usize) -> String {
    let mut fitted = cut(text, cells).into_owned();
    let missing = cells.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// The text in exactly `cells`: cut, or filled with blanks on the left.
pub fn fit_right(text: &str, cells: usize) -> String {
    let cut = cut(text, cells);
    let missing = cells.saturating_sub(width(&cut));
    format!("{}{cut}", " ".repeat(missing))
}

/// JSON leaves some characters as they are that a terminal would act upon, or that turn the
/// direction of text. Outside of its strings JSON has none of them, but for line breaks.
pub fn escaped(json: String) -> String {
    let is_unsafe = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if !json.contains(is_unsafe) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_unsafe(c) {
            // Writing to a String does not fail.
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(90_112), "88 KB");
        assert_eq!(bytes(4_300_000), "4.1 MB");
        assert_eq!(bytes(671_088_640), "640 MB");
        assert_eq!(bytes(19_756_849_152), "18.4 GB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.0 MB");
        assert_eq!(bytes(u64::MAX), "16.0 EB");
    }

    #[test]
    fn counts_set_their_thousands_apart() {
        assert_eq!(count(7), "7");
        assert_eq!(count(4210), "4,210");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(counted(1, "item"), "1 item");
    }

    #[test]
    fn a_terminal_obeys_no_name() {
        assert_eq!(printable("\u{1b}[31mred\u{7}"), "^[[31mred^G");
        assert_eq!(printable("gpj.\u{202e}exe"), "gpj.<U+202E>exe");
        assert_eq!(printable(" take "), "␣take␣");
        assert_eq!(printable("杭州 外拍"), "杭州 外拍");
        assert_eq!(printable("a\u{9b}2J"), "a<U+009B>2J");
        for byte in 0..=0x9f_u8 {
            let shown = printable(&char::from(byte).to_string()).into_owned();
            assert!(
                !shown.chars().any(char::is_control),
                "{byte:#x} came through"
            );
        }
    }

    #[test]
    fn long_texts_break_between_words() {
        assert_eq!(wrap("no right to delete", 9, 3), ["no right", "to delete"]);
        assert_eq!(
            wrap("no right to delete this", 9, 2),
            ["no right", "to delet~"]
        );
        assert_eq!(wrap("测试片段废弃", 5, 9), ["测试", "片段", "废弃"]);
        assert_eq!(wrap("作业 3 已经结束。", 15, 9), ["作业 3 已经结", "束。"]);
        assert_eq!(wrap("按 Enter 打开", 6, 9), ["按", "Enter", "打开"]);
        assert_eq!(wrap("abc", 0, 9), [""]);
    }

    #[test]
    fn what_was_found_in_a_name_is_found_in_what_is_shown_of_it() {
        let found = |text: &str, hits: &[Range<usize>]| {
            let (shown, hits) = printable_with(text, hits);
            assert_eq!(shown, printable(text));
            hits.into_iter()
                .map(|hit| shown[hit].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(found("abc", &[0..1, 1..2]), ["a", "b"]);
        assert_eq!(
            found("\u{1b}[31m测试 ", &[0..1, 5..8, 11..12]),
            ["^[", "测", "␣"]
        );
        assert_eq!(found("a\u{fe0f}b", &[1..4, 3..5]), ["", "b"]);
    }

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        assert_eq!(cut("测试片段", 5), "测试~");
        assert_eq!(cut("测试片段", 4), "测~");
        assert_eq!(fit("测试片段", 4), "测~ ");
        assert_eq!(fit_right("ab", 4), "  ab");
        assert_eq!(cut("ab", 0), "");
        assert_eq!(cut_middle("interview_take1.mov", 12), "intervi~.mov");
        assert_eq!(cut_middle("很长很长很长_01.mov", 12), "很长很~.mov");
    }
}
