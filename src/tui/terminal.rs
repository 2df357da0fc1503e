//! The terminal: taken over at the start, given back at the end, whatever the end is.
//!
//! Only declares its child, which asks the terminal for its background.

pub mod background;

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, window_size,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// A terminal that collects what it draws before it writes it.
pub type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// A whole screen of a large terminal fits; slow links get it in one piece.
const BUFFER: usize = 64 * 1024;

/// The terminal while it is ours; gives it back when dropped.
pub struct Ours {
    /// To draw on.
    pub screen: Screen,
}

impl Ours {
    /// Takes the terminal over. To be called on the thread that draws: a panic there gives the
    /// terminal back before it is told.
    ///
    /// # Errors
    /// There is no terminal, or it does not take the settings.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic(thread::current().id());
        enter()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
        Ok(Self {
            screen: Terminal::new(backend)?,
        })
    }

    /// The width and height of a character in pixels, where the terminal tells.
    pub fn cell(&self) -> Option<(u16, u16)> {
        let size = window_size().ok()?;
        let of_one = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|one| *one > 0);
        Some((
            of_one(size.width, size.columns)?,
            of_one(size.height, size.rows)?,
        ))
    }

    /// Listens to the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        HAS_MOUSE.store(on, Ordering::SeqCst);
        if on {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Tells a user who looks elsewhere, in the way that the terminal knows.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn notify(&mut self, way: Notice, text: &str) -> io::Result<()> {
        // The text ends the sequence where it has a control character.
        let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
        let mut out = io::stdout();
        match way {
            Notice::Off => {}
            Notice::Bell => out.write_all(b"\x07")?,
            Notice::Osc9 => write!(out, "\x1b]9;{text}\x07")?,
            Notice::Osc777 => write!(out, "\x1b]777;notify;mediasweep;{text}\x07")?,
        }
        out.flush()
    }

    /// Gives the terminal back to the shell, stops, and takes it again when continued.
    ///
    /// # Errors
    /// The terminal does not take the settings.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        #[cfg(unix)]
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        self.retake()
    }

    /// Lends the terminal to another program.
    pub fn lend(&mut self) {
        give_back();
    }

    /// Takes the terminal again after it was lent.
    ///
    /// # Errors
    /// The terminal does not take the settings.
    pub fn retake(&mut self) -> io::Result<()> {
        enter()?;
        self.redraw()
    }

    /// Sends a text to the clipboard of the terminal, by OSC 52; many terminals take it, and none
    /// answers.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        write!(out, "\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text))?;
        out.flush()
    }

    /// Draws everything at the next frame, whatever is on the screen.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`, which asks the terminal for its cursor and waits for the answer.
        let size = self.screen.size()?;
        self.screen
            .resize(ratatui::layout::Rect::new(0, 0, size.width, size.height))
    }
}

/// How a user who looks elsewhere is told that a long job is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notice {
    /// Not at all.
    Off,
    /// By the bell.
    #[default]
    Bell,
    /// By a notification of iTerm2, `WezTerm`, kitty, Ghostty or Windows Terminal.
    Osc9,
    /// By a notification of urxvt, foot or the terminals of GNOME.
    Osc777,
}

impl Drop for Ours {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is ours now: given back twice, it would put the cursor back to where it was
/// before and what was said in between would be written over.
static IS_OURS: AtomicBool = AtomicBool::new(false);
/// Whether the mouse is listened to; again after the program was suspended.
static HAS_MOUSE: AtomicBool = AtomicBool::new(false);

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    IS_OURS.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )?;
    if HAS_MOUSE.load(Ordering::SeqCst) {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Errors are ignored: there may be no terminal any more.
fn give_back() {
    if !IS_OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = out.flush();
}

/// A panic of the thread that draws ends the program, so the terminal is given back first. A panic
/// of any other thread ends one job or request: it is logged, and the screen stays.
fn give_back_on_panic(drawing: ThreadId) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == drawing {
                give_back();
                before(panic);
            } else {
                tracing::error!("{panic}");
            }
        }));
    });
}
