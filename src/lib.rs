//! mediasweep: a terminal file manager for bulk clean-up of media libraries on Tencent Cloud Smart
//! Media Hosting, and an embedded service that speaks the same protocol over a local folder.
//!
//! # The house
//!
//! Seven floors; arrows point down only, and a test reads `src/` and fails when one does not
//! (`tests/it/house.rs` holds the table).
//!
//! ```text
//! main      parse, start logging, run, end with a code
//! cli       which command runs, with which library; alone reads settings and the environment
//! tui       the screen: update(&mut State, Msg) -> Vec<Effect>, view(&State)
//! jobs      the background worker: commands in, facts out
//! keep      what is kept of a space between sessions: marks, remembered folders
//! transfer  one file up or down, going on where it broke off
//! client    typed calls over HTTP      server    the same protocol over a folder
//! domain    the vocabulary             protocol  the wire shapes, shared by both
//! texts     what the screen says, in the language of its reader
//! ```
//!
//! `client` and `server` never name each other: they meet on the wire. So the embedded service is
//! also what the tests run against, and there is no mock.
//!
//! # How a key press travels
//!
//! ```text
//!  terminal ── Msg::Key ──▶ update ── Effect::Start ──▶ runtime ══ JobCommand ══▶ jobs
//!                             │                                                     │ POST batch?delete
//!                           view                                                    ▼
//!  terminal ◀── a frame ──────┘        update ◀── Msg::Job ══ JobEvent ════════  service
//! ```
//!
//! - The screen never waits for the network: the only thing it awaits is the next message.
//! - Messages and effects are plain data, so a test can read what would happen.
//! - The worker tells facts; a [`Job`](domain::job::Job) is their fold, in the panel on the screen
//!   and in the headless commands alike.
//! - An answer carries the ticket of its request; one that nobody awaits any more is thrown away.
//! - Time, ids and sizes come in with messages: the same messages give the same screens.
//!
//! # What must never happen
//!
//! - A request that deletes is never sent again after an unclear answer: the worker looks first
//!   (protocol part A 2.9).
//! - An item is never told done unless the service said so, or it was looked for and is gone.
//! - `domain` does no I/O and is not serialisable; `update` reads no clock; `view` changes nothing.
//! - A token or secret never reaches a log, an error text, or a screen.

pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod keep;
pub mod logging;
pub mod protocol;
#[cfg(feature = "server")]
pub mod server;
pub mod speed;
pub mod texts;
pub mod transfer;
pub mod tui;
