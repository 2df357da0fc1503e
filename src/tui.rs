//! The screen.
//!
//! ```text
//!  view/header.rs
//! ┌─ view/browser.rs ──────────────────────────────┐┌─ view/marks.rs ─────────────┐
//! │  the list of a directory; in its place also    ││ sums of the marks           │
//! │  marks.rs, plan.rs, jobs.rs, results.rs, bin.rs│└─────────────────────────────┘
//! │  help.rs; question.rs lies above all           │┌─ the current row ───────────┐
//! └────────────────────────────────────────────────┘└─────────────────────────────┘
//! ┌─ view/jobs.rs ───────────────────────────────────────────────────────────────┐
//! └──────────────────────────────────────────────────────────────────────────────┘
//!  view/status.rs message
//!  view/status.rs facts
//!  view/keybar.rs
//! ```
//!
//! A key travels `runtime → Msg → update(&mut State) → Effect → runtime`, then `view(&State)` draws.
//! Only `runtime` and `terminal` know of the outside world.

pub mod action;
pub mod availability;
pub mod command;
pub mod effect;
pub mod history;
pub mod keymap;
pub mod layout;
pub mod msg;
pub mod runtime;
pub mod state;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
