//! A look at a file: fetched, decoded and made ready for the terminal, away from the screen.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use image::{ImageReader, Limits};
use lru::LruCache;
use ratatui_image::Resize;
use ratatui_image::picker::Picker;

use super::text;
use crate::client::Client;
use crate::domain::failure::Failure;
use crate::texts::later;
use crate::tui::state::preview::{Look, Picture, Shown, Wish};

/// So long the cursor has to rest on a file before anything is asked for.
pub const REST: Duration = Duration::from_millis(150);
/// Larger things are not fetched to be looked at, in bytes: the service offers the file itself
/// where it cannot make a small picture.
const LARGEST: usize = 20 * 1024 * 1024;
/// A text is read so far, in bytes.
const BEGINNING: usize = 64 * 1024;
/// Pictures and texts that are kept, in bytes as far as they are known.
const KEPT: usize = 64 * 1024 * 1024;
/// A picture of more pixels on one side is not decoded.
const WIDEST: u32 = 20_000;
/// Memory that decoding one picture may take, in bytes.
const DECODING: u64 = 256 * 1024 * 1024;

/// Looks at files, and remembers what was seen lately.
#[derive(Clone)]
pub struct Looker {
    client: Client,
    /// How the terminal shows pictures; none if it does not.
    picker: Option<Picker>,
    rest: Duration,
    seen: Arc<Mutex<Seen>>,
}

impl Looker {
    /// Looks through this client, for a terminal that shows pictures in this way, once the cursor
    /// has rested for so long.
    pub fn new(client: Client, picker: Option<Picker>, rest: Duration) -> Self {
        Self {
            client,
            picker,
            rest,
            seen: Arc::new(Mutex::new(Seen::new())),
        }
    }

    /// How long the cursor has to rest.
    pub fn rest(&self) -> Duration {
        self.rest
    }

    /// What there is to see. To be dropped when it is not wanted any more.
    pub async fn look(&self, wish: Wish) -> Result<Shown, Failure> {
        if let Some(shown) = self.seen().get(&wish) {
            return Ok(shown);
        }
        tokio::time::sleep(self.rest).await;
        let (shown, bytes) = match wish.look {
            Look::Picture => self.picture(&wish).await?,
            Look::Text => self.text(&wish).await?,
        };
        self.seen().keep(wish, shown.clone(), bytes);
        Ok(shown)
    }

    async fn picture(&self, wish: &Wish) -> Result<(Shown, usize), Failure> {
        let Some(picker) = self.picker.clone() else {
            return Ok((Shown::Nothing(later!("Pictures are off.")), 0));
        };
        let font = picker.font_size();
        let pixels = |cells: u16, of_one: u16| u32::from(cells) * u32::from(of_one);
        let size = (
            pixels(wish.room.width, font.width),
            pixels(wish.room.height, font.height),
        );
        let fetched = self.client.picture(&wish.path, size, LARGEST).await?;
        let Some(bytes) = fetched else {
            return Ok((
                Shown::Nothing(later!("The service has no picture of this file.")),
                0,
            ));
        };
        let (room, kept) = (wish.room, bytes.len());
        let decoded = tokio::task::spawn_blocking(move || {
            let mut reader = ImageReader::new(Cursor::new(bytes))
                .with_guessed_format()
                .ok()?;
            let mut limits = Limits::default();
            limits.max_image_width = Some(WIDEST);
            limits.max_image_height = Some(WIDEST);
            limits.max_alloc = Some(DECODING);
            reader.limits(limits);
            let image = reader.decode().ok()?;
            picker.new_protocol(image, room, Resize::Fit(None)).ok()
        });
        Ok(match decoded.await.ok().flatten() {
            Some(protocol) => (Shown::Picture(Picture(Arc::new(protocol))), kept * 4),
            None => (
                Shown::Nothing(later!("This kind of picture cannot be shown.")),
                0,
            ),
        })
    }

    async fn text(&self, wish: &Wish) -> Result<(Shown, usize), Failure> {
        let Some(bytes) = self.client.beginning(&wish.path, BEGINNING).await? else {
            return Ok((Shown::Nothing(later!("This file is gone.")), 0));
        };
        let (name, kept) = (wish.path.name().to_owned(), bytes.len());
        let lines = tokio::task::spawn_blocking(move || text::lines(&name, &bytes));
        Ok(match lines.await.ok().flatten() {
            Some(lines) => (Shown::Text(lines.into()), kept * 4),
            None => (Shown::Nothing(later!("This is not a text.")), 0),
        })
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was seen lately, within a bound.
struct Seen {
    shown: LruCache<Wish, (Shown, usize)>,
    bytes: usize,
}

impl Seen {
    fn new() -> Self {
        Self {
            shown: LruCache::unbounded(),
            bytes: 0,
        }
    }

    fn get(&mut self, wish: &Wish) -> Option<Shown> {
        self.shown.get(wish).map(|(shown, _)| shown.clone())
    }

    fn keep(&mut self, wish: Wish, shown: Shown, bytes: usize) {
        // The wish itself takes a little as well.
        let bytes = bytes + 1024;
        self.bytes += bytes;
        if let Some((_, before)) = self.shown.put(wish, (shown, bytes)) {
            self.bytes -= before;
        }
        while self.bytes > KEPT
            && let Some((_, (_, oldest))) = self.shown.pop_lru()
        {
            self.bytes -= oldest;
        }
    }
}
