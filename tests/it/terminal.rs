//! The program in a real terminal: what is left of the terminal after each kind of end.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use mediasweep::tui::terminal::Ours;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::Parser;

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
            _home: home,
        }
    }

    fn open(folder: &TempDir) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mediasweep"));
        command.arg("open");
        command.arg(folder.path());
        Self::run(command)
    }

    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        while !wanted(self.parser.screen()) {
            match self.output.recv_timeout(FOR_EVER) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!(
                    "waited in vain for {what}:\n{}",
                    self.parser.screen().contents()
                ),
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
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
        screen.contents().contains("59x10 is too small")
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
fn asked_to_end_by_the_system_it_gives_the_terminal_back() {
    let folder = folder();
    let mut terminal = Terminal::open(&folder);
    terminal.until("the rows", |screen| screen.contents().contains("场记.txt"));
    let id = terminal.child.process_id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
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
