//! Asks the terminal for its background and how wide it draws lines, once, before anything else
//! reads from it.
//!
//! The questions are followed by one that every terminal answers, so that a terminal that knows no
//! background costs one round trip and a silent one a moment. Keys that arrive in between are kept.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Draws a line where the screen begins, and asks with `CSI 6n` where the cursor is now: terminals for
/// East Asian scripts may give a line two cells. `CSI K` wipes it away again.
const WIDTH: &[u8] = "\x1b[H\u{2500}\x1b[6n\x1b[H\x1b[K".as_bytes();
/// `OSC 11 ?` asks for the background.
const BACKGROUND: &[u8] = b"\x1b]11;?\x1b\\";
/// `CSI c` asks what the terminal is.
const IDENTITY: &[u8] = b"\x1b[c";
/// The longest that a silent terminal is waited for.
const PATIENCE: Duration = Duration::from_millis(250);

/// What the terminal sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether its background is light; none if it did not say.
    pub is_light: Option<bool>,
    /// Whether a line takes two cells.
    pub has_wide_lines: bool,
    /// Keys that were pressed meanwhile.
    pub keys: Vec<KeyEvent>,
    /// What remains to be waited for; the answer must not be taken for keys.
    pub late: Late,
}

/// Asks and waits; for the background only if that matters. The terminal has to be raw, and nobody
/// else may read from it.
///
/// # Errors
/// The terminal cannot be read or written.
#[cfg(unix)]
pub fn ask(background: bool) -> io::Result<Heard> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut out = io::stdout();
    out.write_all(WIDTH)?;
    if background {
        out.write_all(BACKGROUND)?;
    }
    out.write_all(IDENTITY)?;
    out.flush()?;
    let stdin = rustix::stdio::stdin();
    let end = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut buffer = [0; 256];
    while !is_answered(&bytes) {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => break,
            Ok(_) => {}
            // A resize, for example.
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match rustix::io::read(stdin, &mut buffer) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut heard = understand(&bytes);
    if !background {
        heard.late = Late::default();
    }
    Ok(heard)
}

/// Nothing is asked where answers cannot be waited for.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn ask(_background: bool) -> io::Result<Heard> {
    Ok(Heard::default())
}

/// One thing that a terminal sends.
enum Piece {
    Background(bool),
    Identity,
    /// The column of the cursor, counted from 1.
    Column(u16),
    Key(KeyEvent),
    /// A sequence of no interest here.
    Other,
}

fn is_answered(mut bytes: &[u8]) -> bool {
    while let Some((piece, length)) = first(bytes) {
        if matches!(piece, Piece::Identity) {
            return true;
        }
        bytes = &bytes[length..];
    }
    false
}

fn understand(bytes: &[u8]) -> Heard {
    let mut heard = Heard::default();
    heard.late.is_awaited = true;
    let mut used = 0;
    while let Some((piece, length)) = first(&bytes[used..]) {
        used += length;
        match piece {
            Piece::Background(is_light) => {
                heard.is_light = Some(is_light);
                heard.late.is_awaited = false;
            }
            Piece::Column(column) => heard.has_wide_lines = column > 2,
            Piece::Key(key) => heard.keys.push(key),
            // A multiplexer says at once what it is, and asks the terminal around it for the rest.
            Piece::Identity | Piece::Other => {}
        }
    }
    // Cut off in the middle of the answer: what follows is the rest of it.
    if let Some(begun) = bytes[used..].strip_prefix(b"\x1b]") {
        heard.late.begun = Some(String::from_utf8_lossy(begun).into_owned());
    }
    heard
}

/// The first piece and its length; none if nothing whole is left.
fn first(bytes: &[u8]) -> Option<(Piece, usize)> {
    match bytes {
        [] => None,
        [0x1b, b']', ..] => {
            let end = bytes
                .windows(2)
                .position(|pair| pair == b"\x1b\\" || pair[0] == 7);
            let end = end.or_else(|| (bytes.last() == Some(&7)).then(|| bytes.len() - 1))?;
            let length = if bytes[end] == 7 { end + 1 } else { end + 2 };
            let piece = match is_light(&bytes[2..end]) {
                Some(is_light) => Piece::Background(is_light),
                None => Piece::Other,
            };
            Some((piece, length))
        }
        [0x1b, b'[', ..] => {
            let end = bytes
                .iter()
                .skip(2)
                .position(|byte| (0x40..=0x7e).contains(byte))?
                + 2;
            let piece = match bytes[end] {
                b'c' if bytes[2] == b'?' => Piece::Identity,
                b'R' => column(&bytes[2..end]).map_or(Piece::Other, Piece::Column),
                _ => Piece::Other,
            };
            Some((piece, end + 1))
        }
        [0x1b, b'O', _, ..] => Some((Piece::Other, 3)),
        [0x1b, ..] => Some((key(KeyCode::Esc, KeyModifiers::NONE), 1)),
        [b'\r' | b'\n', ..] => Some((key(KeyCode::Enter, KeyModifiers::NONE), 1)),
        [b'\t', ..] => Some((key(KeyCode::Tab, KeyModifiers::NONE), 1)),
        [0x7f, ..] => Some((key(KeyCode::Backspace, KeyModifiers::NONE), 1)),
        [control @ 1..=26, ..] => {
            let letter = char::from(b'a' + control - 1);
            Some((key(KeyCode::Char(letter), KeyModifiers::CONTROL), 1))
        }
        _ => {
            let text = bytes.utf8_chunks().next()?.valid();
            Some(match text.chars().next() {
                Some(letter) => (
                    key(KeyCode::Char(letter), KeyModifiers::NONE),
                    letter.len_utf8(),
                ),
                None => (Piece::Other, 1),
            })
        }
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Piece {
    Piece::Key(KeyEvent::new(code, modifiers))
}

/// Reads `1;2`, of which the second is the column. The line is the first, else it is a key: F3 with
/// others looks the same.
fn column(place: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(place).ok()?;
    text.strip_prefix("1;")?.parse().ok()
}

/// Reads `11;rgb:RRRR/GGGG/BBBB`, with one to four digits each.
fn is_light(answer: &[u8]) -> Option<bool> {
    let text = std::str::from_utf8(answer).ok()?.strip_prefix("11;")?;
    let parts = text
        .strip_prefix("rgb:")
        .or_else(|| text.strip_prefix("rgba:"))?;
    let values: Vec<f64> = parts
        .split('/')
        .take(3)
        .map(|part| {
            let value = u16::from_str_radix(part, 16).ok()?;
            let most = (1_u32 << (4 * part.len().min(4))) - 1;
            Some(f64::from(value) / f64::from(most))
        })
        .collect::<Option<_>>()?;
    let [red, green, blue] = values.try_into().ok()?;
    // How bright eyes find it, near enough to tell light from dark.
    Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
}

/// Picks an answer that comes late out of the keys: read as keys, a letter `d` in it would open a
/// question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Late {
    is_awaited: bool,
    /// As much of the answer as has come.
    begun: Option<String>,
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A key that was pressed.
    Key,
    /// A part of the answer.
    Part,
    /// Its end; whether the background is light, if that is what it says.
    Answer(Option<bool>),
}

impl Late {
    /// Looks at the next key.
    pub fn pick(&mut self, event: KeyEvent) -> Picked {
        let (code, modifiers) = (event.code, event.modifiers);
        let Some(begun) = &mut self.begun else {
            let begins = code == KeyCode::Char(']') && modifiers == KeyModifiers::ALT;
            if self.is_awaited && begins {
                self.begun = Some(String::new());
                return Picked::Part;
            }
            return Picked::Key;
        };
        let is_end = modifiers == KeyModifiers::ALT && code == KeyCode::Char('\\')
            || modifiers == KeyModifiers::CONTROL && code == KeyCode::Char('g');
        if is_end {
            let is_light = is_light(begun.as_bytes());
            *self = Self::default();
            return Picked::Answer(is_light);
        }
        match code {
            KeyCode::Char(letter) if may_follow(begun, letter) => {
                begun.push(letter);
                Picked::Part
            }
            // Somebody pressed that key after all.
            _ => {
                self.begun = None;
                Picked::Key
            }
        }
    }
}

/// Whether the letter can come next in an answer that has begun like this.
fn may_follow(begun: &str, letter: char) -> bool {
    const START: &str = "11;rgb";
    match START.chars().nth(begun.len()) {
        Some(wanted) => letter == wanted,
        None => letter.is_ascii_hexdigit() || "a:/".contains(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(heard: &Heard) -> String {
        heard
            .keys
            .iter()
            .filter_map(|key| key.code.as_char())
            .collect()
    }

    #[test]
    fn answers_are_told_from_keys() {
        let heard = understand("jj\x1b]11;rgb:ffff/fafa/e0e0\x1b\\杭\x1b[?62;22cd".as_bytes());
        assert_eq!(heard.is_light, Some(true));
        assert_eq!(letters(&heard), "jj杭d");
        assert_eq!(heard.late, Late::default());
        let heard = understand(b"\x1b]11;rgb:1e/1e/2e\x07\x1b[?1;2c");
        assert_eq!(heard.is_light, Some(false));
    }

    #[test]
    fn lines_of_two_cells_are_noticed() {
        assert!(understand(b"j\x1b[1;3R\x1b[?62;22c").has_wide_lines);
        assert!(!understand(b"\x1b[1;2R\x1b[?62;22c").has_wide_lines);
        assert!(!understand(b"\x1b[7;9R\x1b[?62;22c").has_wide_lines);
    }

    #[test]
    fn a_terminal_that_knows_no_background_is_no_later_than_one_that_does() {
        let heard = understand(b"\x1b[?1;2c");
        assert_eq!((heard.is_light, heard.keys), (None, Vec::new()));
        assert!(is_answered(b"x\x1b[?6c"));
        assert!(!is_answered(b"\x1b]11;rgb:0/0/0\x07\x1b[?6"));
        assert!(understand(b"jj").late.is_awaited);
    }

    #[test]
    fn an_answer_that_comes_late_is_no_key() {
        let press = |letter, modifiers| KeyEvent::new(KeyCode::Char(letter), modifiers);
        let end = press('\\', KeyModifiers::ALT);
        // Wholly late, and cut off in the middle.
        // As well as from a multiplexer that says first what it is.
        for (early, rest) in [
            ("j", "11;rgb:1e1e/dddd/2e2e"),
            ("j\x1b[?62;22c", "11;rgb:1e1e/dddd/2e2e"),
            ("j\x1b]11;rgb:1e", "1e/dddd/2e2e"),
        ] {
            let heard = understand(early.as_bytes());
            assert_eq!(letters(&heard), "j");
            let mut late = heard.late;
            if late.begun.is_none() {
                assert_eq!(late.pick(press('j', KeyModifiers::NONE)), Picked::Key);
                assert_eq!(late.pick(press(']', KeyModifiers::ALT)), Picked::Part);
            }
            for letter in rest.chars() {
                let picked = late.pick(press(letter, KeyModifiers::NONE));
                assert_eq!(picked, Picked::Part, "{letter}");
            }
            assert_eq!(late.pick(end), Picked::Answer(Some(true)));
            assert_eq!(late.pick(press('d', KeyModifiers::NONE)), Picked::Key);
            let again = late.pick(press(']', KeyModifiers::ALT));
            assert_eq!(again, Picked::Key, "there is one answer");
        }
    }

    #[test]
    fn keys_that_only_begin_like_an_answer_stay_keys() {
        let press = |letter, modifiers| KeyEvent::new(KeyCode::Char(letter), modifiers);
        let mut late = understand(b"\x1b[?1;2c").late;
        for letter in ['d', 'g', ':'] {
            assert_eq!(late.pick(press(']', KeyModifiers::ALT)), Picked::Part);
            let picked = late.pick(press(letter, KeyModifiers::NONE));
            assert_eq!(picked, Picked::Key, "{letter}");
        }
    }
}
