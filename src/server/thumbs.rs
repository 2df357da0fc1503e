//! Small pictures of pictures, made when somebody asks and kept in memory for a while, so that
//! looking writes nothing to the disk. Knows no requests.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Seek as _};
use std::sync::{Arc, Mutex};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;

use super::space::facts::Facts;

/// So many are made at once: each may need the memory of a large picture.
const AT_ONCE: usize = 2;

/// The memory that one picture may need, and its longest side: a small file can claim to be huge.
const MOST_MEMORY: u64 = 256 << 20;
const LONGEST_SIDE: u32 = 20_000;

/// The longest side of what is made.
const LARGEST: u32 = 2048;

/// So many bytes are kept.
const KEPT: usize = 32 << 20;

const QUALITY: u8 = 80;

/// How a picture is made smaller (part B 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The square in its middle, so many pixels wide.
    Square(u32),
    /// So many percent of its size.
    Percent(u32),
    /// So wide and so high; 0 for what follows from the other.
    Box(u32, u32),
}

impl Shape {
    /// As text in a URL.
    pub fn text(self) -> String {
        match self {
            Self::Square(size) => format!("s{size}"),
            Self::Percent(percent) => format!("p{percent}"),
            Self::Box(width, height) => format!("w{width}h{height}"),
        }
    }

    /// The opposite of [`Shape::text`].
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(size) = text.strip_prefix('s') {
            return size.parse().ok().map(Self::Square);
        }
        if let Some(percent) = text.strip_prefix('p') {
            return percent.parse().ok().map(Self::Percent);
        }
        let (width, height) = text.strip_prefix('w')?.split_once('h')?;
        Some(Self::Box(width.parse().ok()?, height.parse().ok()?))
    }

    fn apply(self, picture: &DynamicImage) -> DynamicImage {
        let (width, height) = (picture.width().max(1), picture.height().max(1));
        match self {
            Self::Square(size) => {
                let shorter = width.min(height);
                let (x, y) = ((width - shorter) / 2, (height - shorter) / 2);
                let size = size.clamp(1, LARGEST);
                picture
                    .crop_imm(x, y, shorter, shorter)
                    .thumbnail_exact(size, size)
            }
            Self::Percent(percent) => {
                let part = |side: u32| (u64::from(side) * u64::from(percent) / 100).max(1);
                fit(picture, part(width), part(height))
            }
            Self::Box(wide, 0) => fit(picture, wide.into(), LARGEST.into()),
            Self::Box(0, high) => fit(picture, LARGEST.into(), high.into()),
            Self::Box(wide, high) => fit(picture, wide.into(), high.into()),
        }
    }
}

/// Inside of a box, as it is proportioned.
fn fit(picture: &DynamicImage, width: u64, height: u64) -> DynamicImage {
    let side = |side: u64| u32::try_from(side).unwrap_or(LARGEST).clamp(1, LARGEST);
    picture.thumbnail(side(width), side(height))
}

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
    shape: Shape,
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
    pub async fn of(&self, file: File, facts: &Facts, shape: Shape) -> Option<Arc<Thumb>> {
        let file_identity = facts.identity();
        let key = Key {
            inode: file_identity.inode,
            born: file_identity.born,
            modified: facts.modified.as_nanosecond(),
            size: facts.size,
            shape,
        };
        if let Some(thumb) = self.cache().get(&key) {
            return Some(thumb);
        }
        let _turn = self.turns.acquire().await.ok()?;
        // Somebody else may have made it while this one waited.
        if let Some(thumb) = self.cache().get(&key) {
            return Some(thumb);
        }
        let made = tokio::task::spawn_blocking(move || make(file, shape)).await;
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

fn make(mut file: File, shape: Shape) -> ImageResult<Thumb> {
    file.rewind()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let picture = DynamicImage::from_decoder(decoder)?;
    // First smaller, then turned: turning a large picture needs its memory once more. What lies on
    // its side is measured on its side.
    let is_on_side = matches!(orientation.to_exif(), 5..=8);
    let shape = match shape {
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
    fn a_shape_is_text_and_back() {
        for shape in [
            Shape::Square(128),
            Shape::Percent(50),
            Shape::Box(0, 40),
            Shape::Box(30, 40),
        ] {
            assert_eq!(Shape::parse(&shape.text()), Some(shape));
        }
        assert_eq!(Shape::parse("x1"), None);
    }

    #[test]
    fn the_cache_lets_go_of_what_was_not_used() {
        let mut cache = Cache::default();
        let key = |inode| Key {
            inode,
            born: 0,
            modified: 0,
            size: 0,
            shape: Shape::Square(1),
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
