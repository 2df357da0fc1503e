//! Small pictures of pictures, made when somebody asks and kept in memory for a while, so that
//! looking writes nothing to the disk. Composes its children. Knows no requests.

mod film;
mod shape;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Seek as _};
use std::sync::{Arc, Mutex};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;

pub use shape::{Look, Shape};

use super::space::facts::Facts;

/// So many are made at once: each may need the memory of a large picture.
const AT_ONCE: usize = 2;

/// The memory that one picture may need, and its longest side: a small file can claim to be huge.
const MOST_MEMORY: u64 = 256 << 20;
const LONGEST_SIDE: u32 = 20_000;

/// So many bytes are kept.
const KEPT: usize = 32 << 20;

const QUALITY: u8 = 80;

/// A small picture.
pub struct Thumb {
    /// The file.
    pub bytes: Vec<u8>,
    /// What it is.
    pub media_type: &'static str,
}

/// Of which content, and how.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    inode: u64,
    born: u64,
    modified: i128,
    size: u64,
    look: Look,
}

#[derive(Default)]
struct Cache {
    thumbs: HashMap<Key, (u64, Arc<Thumb>)>,
    bytes: usize,
    /// Counts the uses, to tell which was the last.
    uses: u64,
}

/// All that are kept.
pub struct Thumbs {
    cache: Mutex<Cache>,
    turns: Semaphore,
}

impl Default for Thumbs {
    fn default() -> Self {
        Self {
            cache: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
        }
    }
}

impl Thumbs {
    /// The small picture of a file; none if it cannot be made.
    pub async fn of(&self, file: File, facts: &Facts, look: Look) -> Option<Arc<Thumb>> {
        let file_identity = facts.identity();
        let key = Key {
            inode: file_identity.inode,
            born: file_identity.born,
            modified: facts.modified.as_nanosecond(),
            size: facts.size,
            look,
        };
        if let Some(thumb) = self.cache().get(&key) {
            return Some(thumb);
        }
        let _turn = self.turns.acquire().await.ok()?;
        // Somebody else may have made it while this one waited.
        if let Some(thumb) = self.cache().get(&key) {
            return Some(thumb);
        }
        let made = tokio::task::spawn_blocking(move || make(file, look)).await;
        let thumb = match made.ok()? {
            Ok(thumb) => Arc::new(thumb),
            Err(error) => {
                tracing::debug!(%error, "no preview can be made");
                return None;
            }
        };
        self.cache().keep(key, Arc::clone(&thumb));
        Some(thumb)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache
            .lock()
            .expect("no thread panics while holding the previews")
    }
}

impl Cache {
    fn get(&mut self, key: &Key) -> Option<Arc<Thumb>> {
        self.uses += 1;
        let (last, thumb) = self.thumbs.get_mut(key)?;
        *last = self.uses;
        Some(Arc::clone(thumb))
    }

    /// Keeps one more, and lets go of those that were not used for the longest time.
    fn keep(&mut self, key: Key, thumb: Arc<Thumb>) {
        self.uses += 1;
        self.bytes += thumb.bytes.len();
        if let Some((_, former)) = self.thumbs.insert(key, (self.uses, thumb)) {
            self.bytes -= former.bytes.len();
        }
        while self.bytes > KEPT {
            let oldest = self.thumbs.iter().min_by_key(|(_, (used, _))| *used);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                return;
            };
            if let Some((_, thumb)) = self.thumbs.remove(&oldest) {
                self.bytes -= thumb.bytes.len();
            }
        }
    }
}

fn make(mut file: File, look: Look) -> ImageResult<Thumb> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    file.rewind()?;
    let mut reader = ImageReader::new(BufReader::new(&mut file)).with_guessed_format()?;
    reader.limits(limits.clone());
    if let (Some(most), Some(ImageFormat::Gif)) = (look.frames, reader.format()) {
        drop(reader);
        return match film::make(&mut file, look.shape, most.into(), &limits)? {
            Some(bytes) => Ok(Thumb {
                bytes,
                media_type: "image/gif",
            }),
            None => make(
                file,
                Look {
                    frames: None,
                    ..look
                },
            ),
        };
    }
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let picture = DynamicImage::from_decoder(decoder)?;
    // First smaller, then turned: turning a large picture needs its memory once more. What lies on
    // its side is measured on its side.
    let is_on_side = matches!(orientation.to_exif(), 5..=8);
    let shape = match look.shape {
        Shape::Box(width, height) if is_on_side => Shape::Box(height, width),
        other => other,
    };
    let mut small = shape.apply(&picture);
    drop(picture);
    small.apply_orientation(orientation);
    let mut bytes = Vec::new();
    if small.color().has_alpha() {
        let small = small.into_rgba8();
        small.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        return Ok(Thumb {
            bytes,
            media_type: "image/png",
        });
    }
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    small.into_rgb8().write_with_encoder(encoder)?;
    Ok(Thumb {
        bytes,
        media_type: "image/jpeg",
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_lets_go_of_what_was_not_used() {
        let mut cache = Cache::default();
        let key = |inode| Key {
            inode,
            born: 0,
            modified: 0,
            size: 0,
            look: Look {
                shape: Shape::Square(1),
                frames: None,
            },
        };
        let thumb = || {
            Arc::new(Thumb {
                bytes: vec![0; KEPT / 3],
                media_type: "image/png",
            })
        };
        for inode in 0..3 {
            cache.keep(key(inode), thumb());
        }
        assert!(cache.get(&key(0)).is_some());
        cache.keep(key(3), thumb());
        assert!(cache.get(&key(0)).is_some());
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.bytes <= KEPT);
    }
}
