//! What the terminal sends, and how the system asks the program to end.

use crossterm::event::{Event, EventStream, KeyEvent, MouseEventKind};
use futures_util::StreamExt;
use jiff::Timestamp;
use ratatui::layout::Size;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;

use crate::tui::msg::Msg;
use crate::tui::terminal::background::{Late, Picked};

/// What the terminal sends, stamped on arrival: a question must know which keys came before it.
pub(super) struct Input {
    events: UnboundedReceiver<Msg>,
    reader: JoinHandle<()>,
}

impl Input {
    /// Listens, with keys that have arrived already.
    pub(super) fn listen(early: Vec<KeyEvent>, mut late: Late) -> Self {
        let (send, events) = mpsc::unbounded_channel();
        for key in early {
            // The receiver is right here.
            let _ = send.send(Msg::Key(key, Timestamp::now()));
        }
        let reader = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                let msg = match event {
                    Ok(Event::Key(key)) => match late.pick(key) {
                        Picked::Key => Msg::Key(key, Timestamp::now()),
                        Picked::Answer(Some(is_light)) => Msg::Background { is_light },
                        Picked::Part | Picked::Answer(None) => continue,
                    },
                    Ok(Event::Paste(text)) => Msg::Paste(text, Timestamp::now()),
                    Ok(Event::Resize(width, height)) => Msg::Resized(Size::new(width, height)),
                    // Every cell that the mouse crosses without a button held.
                    Ok(Event::Mouse(event)) if event.kind == MouseEventKind::Moved => continue,
                    Ok(Event::Mouse(event)) => Msg::Mouse(event, Timestamp::now()),
                    Ok(Event::FocusGained) => Msg::Focus(true),
                    Ok(Event::FocusLost) => Msg::Focus(false),
                    Err(error) => {
                        tracing::error!(%error, "the terminal cannot be read");
                        Msg::Terminate
                    }
                };
                if send.send(msg).is_err() {
                    break;
                }
            }
        });
        Self { events, reader }
    }

    pub(super) async fn next(&mut self) -> Msg {
        // A stream that has ended means that the terminal is gone.
        self.events.recv().await.unwrap_or(Msg::Terminate)
    }

    pub(super) fn next_ready(&mut self) -> Option<Msg> {
        self.events.try_recv().ok()
    }

    pub(super) fn stop(&self) {
        self.reader.abort();
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // Left alone it would take the first key from whoever reads next.
        self.stop();
    }
}

/// The ways in which the system asks the program to end. A lost terminal is one of them: reading
/// from it would never end by itself.
#[cfg(unix)]
pub(super) struct Ends([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Ends {
    pub(super) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
        ]))
    }

    /// The next of them. While the terminal is lent, Ctrl-c is meant for who has it.
    pub(super) async fn next(&mut self, is_lent: bool) {
        let [terminate, hangup, interrupt] = &mut self.0;
        let interrupted = async {
            while interrupt.recv().await.is_some() {
                if !is_lent {
                    break;
                }
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            () = interrupted => {}
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Ends;

#[cfg(not(unix))]
impl Ends {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self, _is_lent: bool) {
        // Ctrl-c arrives as a key while the terminal is raw.
        let _ = tokio::signal::ctrl_c().await;
    }
}
