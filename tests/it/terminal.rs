//! The program in a real terminal: what is left of the terminal after each kind of end.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use mediasweep::tui::terminal::Ours;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::{Color, MouseProtocolMode, Parser};

/// Longer than anything here takes; only a test that would hang meets it.
const FOR_EVER: Duration = Duration::from_secs(60);
/// The local flags of a terminal that edits lines and echoes, as a shell wants it.
const CANONICAL_ECHO: u64 = 0o2 | 0o10;

struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: Parser,
    child: Box<dyn Child + Send + Sync>,
    /// Everything that the program has written.
    written: Vec<u8>,
    _home: TempDir,
}

impl Terminal {
    fn run(mut command: CommandBuilder) -> Self {
        let home = tempfile::tempdir().unwrap();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "0");
        for name in ["XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env_remove(name);
        }
        let pty = native_pty_system().openpty(size(80, 24)).unwrap();
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (send, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pty.master.take_writer().unwrap();
        let parser = Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        Self {
            master: pty.master,
            keys,
            output,
            parser,
            child,
            written: Vec::new(),
            _home: home,
        }
    }

    fn open(folder: &TempDir) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
        command.arg("open");
        command.arg(folder.path());
        Self::run(command)
    }

    /// The same with a program that edits lists of names.
    fn with_editor(folder: &TempDir, editor: &str) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
        command.arg("open");
        command.arg(folder.path());
        command.env_remove("VISUAL");
        command.env("EDITOR", editor);
        Self::run(command)
    }

    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        while !wanted(self.parser.screen()) {
            match self.output.recv_timeout(FOR_EVER) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.written.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!(
                    "waited in vain for {what}:\n{}",
                    self.parser.screen().contents()
                ),
            }
        }
    }

    /// Reads until the program asks the terminal something.
    fn until_asked(&mut self, question: &[u8]) {
        while !(self.written.windows(question.len())).any(|part| part == question) {
            let bytes = self.output.recv_timeout(FOR_EVER).unwrap();
            self.parser.process(&bytes);
            self.written.extend(bytes);
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, signal: &str) {
        let id = self.child.process_id().unwrap().to_string();
        let told = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(told.success());
    }

    /// Reads what the program says to its end, and how it ended.
    fn end(&mut self) -> u32 {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.parser.process(&bytes);
        }
        status.exit_code()
    }

    fn assert_whole(&self) {
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the shell's screen is back");
        assert!(!screen.hide_cursor(), "the cursor is back");
        assert!(!screen.bracketed_paste(), "pastes are plain again");
        assert_eq!(
            screen.mouse_protocol_mode(),
            MouseProtocolMode::None,
            "the mouse is the terminal's again"
        );
        let termios = self.master.get_termios().unwrap();
        let flags = u64::from(termios.local_flags.bits());
        assert_eq!(
            flags & CANONICAL_ECHO,
            CANONICAL_ECHO,
            "lines are edited and echoed again"
        );
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["IMG_0001.jpg", "场记.txt"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    folder
}

#[test]
fn it_starts_follows_the_size_and_gives_the_terminal_back() {
    let folder = folder();
    let mut terminal = Terminal::open(&folder);
    terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
    assert!(terminal.parser.screen().alternate_screen());
    terminal.master.resize(size(59, 10)).unwrap();
    terminal
        .parser
        .screen_mut()
        .set_size(10.try_into().unwrap(), 59.try_into().unwrap());
    terminal.until("the small size", |screen| {
        screen.contents().lines().count() <= 10 && screen.contents().contains("场记.txt")
    });
    terminal.master.resize(size(100, 30)).unwrap();
    terminal
        .parser
        .screen_mut()
        .set_size(30.try_into().unwrap(), 100.try_into().unwrap());
    terminal.until("the large size", |screen| {
        screen.contents().contains("This row")
    });
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn the_theme_follows_the_background_and_keys_pressed_meanwhile_are_kept() {
    let folder = folder();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
    command.arg("open");
    command.arg(folder.path());
    command.env("COLORTERM", "truecolor");
    let mut terminal = Terminal::run(command);
    terminal.until("the alternate screen", vt100::Screen::alternate_screen);
    terminal.until_asked(b"\x1b]11;?");
    terminal.press("w\x1b]11;rgb:ffff/fdfd/f6f6\x1b\\\x1b[?62;22c");
    terminal.until("the jobs", |screen| {
        screen.contents().contains("No jobs yet")
    });
    terminal.press("q");
    // The terminal's own cursor rests there, for screen readers.
    terminal.until("the current row in the light theme", |screen| {
        let cell = screen.cell(2, 2);
        screen.cursor_position() == (2, 1)
            && cell.is_some_and(|cell| cell.bgcolor() == Color::Rgb(0xcf, 0xe0, 0xf7))
    });
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn where_lines_are_two_cells_wide_borders_are_of_ascii() {
    let folder = folder();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
    command.args(["open", "--theme", "dark"]);
    command.arg(folder.path());
    let mut terminal = Terminal::run(command);
    terminal.until_asked(b"\x1b[6n");
    terminal.press("\x1b[1;3R\x1b[?62;22c");
    terminal.until("borders of ASCII", |screen| {
        let text = screen.contents();
        text.contains("+ / ---") && text.contains("IMG_0001.jpg") && !text.contains('─')
    });
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn the_first_library_is_chosen_and_another_one_later() {
    let (one, other) = (folder(), folder());
    std::fs::write(other.path().join("other.mov"), "x").unwrap();
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("config")).unwrap();
    let settings = format!(
        "[profile.one]\nlocal = '{}'\n[profile.other]\nlocal = '{}'\n\
         [profile.shut]\nurl = 'http://127.0.0.1:9'\nlibrary = 'x'\nsecret_env = 'NOBODY_SET_THIS'\n",
        one.path().display(),
        other.path().display()
    );
    std::fs::write(home.path().join("config/config.toml"), settings).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
    command.env("MEDIASWEEP_HOME", home.path());
    let mut terminal = Terminal::run(command);
    let shows = |text: &'static str| move |screen: &vt100::Screen| screen.contents().contains(text);
    terminal.until("the libraries", shows("which library?"));
    terminal.press("j\r");
    terminal.until("the other folder", shows("other.mov"));
    terminal.press("gl");
    terminal.until("the libraries again", shows("(open)"));
    terminal.press("k\r");
    terminal.until("the first folder", |screen| {
        let text = screen.contents();
        text.contains("IMG_0001.jpg") && !text.contains("other.mov") && !text.contains("(open)")
    });
    // One that cannot be opened says why, and the others are still there.
    terminal.press("glG\r");
    terminal.until("why not", shows("NOBODY_SET_THIS"));
    terminal.press("gg\r");
    terminal.until("the first folder again", shows("IMG_0001.jpg"));
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn asked_to_end_by_the_system_it_gives_the_terminal_back() {
    let folder = folder();
    let mut terminal = Terminal::open(&folder);
    terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
    terminal.signal("-TERM");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn a_storm_of_sizes_ends_in_the_last_one() {
    let folder = folder();
    let mut terminal = Terminal::open(&folder);
    terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
    for step in 0..60_u16 {
        terminal
            .master
            .resize(size(20 + step * 3, 5 + step % 40))
            .unwrap();
    }
    // What is drawn for a size that is gone may be anything; the last one is drawn whole.
    let (width, height) = (110, 30);
    terminal.master.resize(size(width, height)).unwrap();
    terminal
        .parser
        .screen_mut()
        .set_size(height.try_into().unwrap(), width.try_into().unwrap());
    terminal.until("all edges of the last size", |screen| {
        let lines: Vec<String> = screen.rows(0, width).collect();
        lines[1].ends_with('┐') && lines[29].contains("? more") && lines[26].ends_with('┘')
    });
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

/// Keys that lead to a state, and what is seen there.
const STATES: &[(&str, &str)] = &[
    ("j", "场记.txt"),
    ("v", "RNG"),
    (" ", "1 marked"),
    ("f", "filter"),
    ("d", "y/N"),
    ("gt", "Recycle bin"),
    ("w", "Jobs"),
    ("?", "Keys of"),
    ("jl", "PRE"),
];

#[test]
fn ended_in_any_state_it_gives_the_terminal_back() {
    for (keys, seen) in STATES {
        let folder = folder();
        let mut terminal = Terminal::open(&folder);
        terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
        terminal.press(keys);
        terminal.until(seen, |screen| screen.contents().contains(seen));
        terminal.signal("-TERM");
        assert_eq!(terminal.end(), 0, "after {keys}");
        terminal.assert_whole();
    }
}

#[test]
fn suspended_it_leaves_the_terminal_to_the_shell_and_takes_it_again() {
    let folder = folder();
    let mut command = CommandBuilder::new("sh");
    command.arg("-i");
    command.env("PS1", "ready> ");
    let mut terminal = Terminal::run(command);
    terminal.until("the shell", |screen| screen.contents().contains("ready> "));
    terminal.press(&format!(
        "set -m; '{}' open '{}'\n",
        env!("CARGO_BIN_EXE_mediasweep"),
        folder.path().display()
    ));
    terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
    terminal.press("j\u{1a}");
    terminal.until("the shell again", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("ready>")
    });
    assert!(!terminal.parser.screen().bracketed_paste());
    terminal.press("echo still $((40 + 2))\n");
    terminal.until("keys to go to the shell", |screen| {
        screen.contents().contains("still 42")
    });
    terminal.press("fg\n");
    terminal.until("the rows again", |screen| {
        screen.alternate_screen() && screen.contents().contains(">  场记.txt")
    });
    terminal.press("q");
    terminal.until("the shell at the end", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("ready>")
    });
    terminal.press("exit\n");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn after_a_panic_the_terminal_is_whole_and_the_reason_can_be_read() {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "terminal::child::that_panics",
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    let mut terminal = Terminal::run(command);
    assert_ne!(terminal.end(), 0);
    terminal.assert_whole();
    let shown = terminal.parser.screen().contents();
    assert!(shown.contains("a row that is not there"), "{shown}");
}

mod child {
    use super::Ours;

    /// Not a test of its own: the test above runs it in a terminal.
    #[test]
    #[ignore = "takes the terminal and panics; run by another test"]
    fn that_panics() {
        let mut ours = Ours::take().unwrap();
        ours.screen
            .draw(|frame| frame.render_widget("rows", frame.area()))
            .unwrap();
        panic!("a row that is not there");
    }
}

#[test]
fn an_editor_has_the_terminal_and_gives_it_back() {
    let folder = folder();
    // It waits for a line, so that it can be seen to have the terminal.
    let editor = "sh -c 'echo edit now; read line; sed -i s/IMG_/take/ \"$0\"'";
    let mut terminal = Terminal::with_editor(&folder, editor);
    terminal.until("the first screen", |screen| {
        screen.contents().contains("IMG_0001.jpg")
    });
    terminal.press(" r");
    terminal.until("the editor", |screen| {
        !screen.alternate_screen() && screen.contents().contains("edit now")
    });
    terminal.assert_whole();
    terminal.press("\n");
    terminal.until("the question", |screen| {
        screen.alternate_screen() && screen.contents().contains("Rename 1 item?")
    });
    // A key is heard once the question has stood there for a moment.
    while folder.path().join("IMG_0001.jpg").exists() {
        terminal.press("y");
        thread::sleep(Duration::from_millis(50));
    }
    terminal.until("the new name", |screen| {
        screen.contents().contains("take0001.jpg")
    });
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn how_to_begin_is_told_once() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    for is_first in [true, false] {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
        command.args(["open", "--plain"]);
        command.arg(folder.path());
        command.env("MEDIASWEEP_HOME", home.path());
        let mut terminal = Terminal::run(command);
        terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
        let contents = terminal.parser.screen().contents();
        assert_eq!(
            contents.contains("Space marks, d asks"),
            is_first,
            "{contents}"
        );
        terminal.press("q");
        assert_eq!(terminal.end(), 0);
    }
}
